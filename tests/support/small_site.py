"""A site of files on the loopback interface, which answers as it is told and remembers what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Reply = tuple[int, dict[str, str], bytes]
HTML = {"content-type": "text/html; charset=utf-8"}


@dataclass(slots=True)
class SmallSite:
    """What is there, by path; `asked` are the paths that were asked for, in order."""

    url: str = ""
    replies: dict[str, Reply] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def page(self, path: str, title: str) -> None:
        """Have a page."""
        html = f"<html lang='en'><head><title>{title}</title></head><body></body></html>"
        self.replies[path] = (200, HTML, html.encode())

    def sitemap(self, *addresses: str, path: str = "/sitemap.xml") -> None:
        """Have a sitemap of these addresses; those that begin with a slash are the site's own."""
        rows = "".join(
            f"<url><loc>{self.url + each if each[0] == '/' else each}</loc></url>" for each in addresses
        )
        self.replies[path] = (200, {"content-type": "application/xml"}, f"<urlset>{rows}</urlset>".encode())


@contextmanager
def small_site() -> Iterator[SmallSite]:
    """Serve a site until the body ends."""
    site = SmallSite()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body are two small writes: without this every answer would wait for the other side.
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            site.asked.append(self.path)
            status, headers, body = site.replies.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in {"content-length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
