"""Logs for tests of the command line: entries by number, and a folder served over HTTP, requests counted."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from consent_ledger import leaf
from consent_ledger.leaf import ErasureLeaf

Reply = tuple[int, dict[str, str], bytes]


@dataclass(slots=True)
class StaticLog:
    """Where the folder is served, and what was asked for; `instead` answers in its place when it wants to."""

    url: str = ""
    asked: list[str] = field(default_factory=list)
    instead: Callable[[str], Reply | None] = lambda _: None

    def taken(self) -> list[str]:
        """What was asked for since the last time."""
        taken, self.asked = self.asked, []
        return taken


def entry_lines(count: int, *, first: int = 0) -> list[bytes]:
    """Leaves that name no document, each on a line of its own."""
    nonces = (hashlib.sha256(b"%d" % number).digest()[:16] for number in range(first, first + count))
    return [leaf.to_bytes(ErasureLeaf(1, nonce)) + b"\n" for nonce in nonces]


@contextmanager
def static_log(folder: Path) -> Iterator[StaticLog]:
    """Serve a folder under `/ledger` until the body ends."""
    served = StaticLog()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body are two small writes: without this every answer would wait 40 ms for the other side.
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            path = self.path.removeprefix("/ledger/")
            served.asked.append(path)
            reply = served.instead(path)
            if reply is None:
                file = folder / path
                reply = (200, {}, file.read_bytes()) if file.is_file() else (404, {}, b"nothing here")
            status, headers, body = reply
            self.send_response(status)
            for name, value in {"content-length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A visitor may hang up whenever it wants."""

    server = Quiet(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    served.url = f"http://127.0.0.1:{server.server_address[1]}/ledger"
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
