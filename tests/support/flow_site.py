"""One page of questions, any flows, published and logged in memory: for suites that watch a browser at it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from consent_ledger import canonical
from demo.stage import AGENCY
from edge_client.wire.flow import Flow, print_flows
from lambdas.shared.publishing.publication import publish
from nearside import edge_build
from tests.support.city import SITE, City

RUNTIME = "nearside/runtime/0000000000000000"
PAGE = """<!doctype html><html lang="en"><head><title>Questions</title><meta name="nearside:item" content="/questions">
<script type="module" src="/nearside/loader.js" data-site="{site}" data-agency-key="{agency}" data-ledger-key="{ledger}"></script>
</head><body><main><h1>Questions</h1><nearside-flow name="{name}">Read on.</nearside-flow></main></body></html>
"""  # noqa: E501 - a page, line by line


@dataclass(frozen=True)
class FlowSite:
    """A site whose pages ask the questions of one flow each: `/<name>`; every request line is in `seen`.

    `root` holds what is served.
    """

    url: str
    root: Path
    seen: list[str] = field(default_factory=list)


@contextmanager
def flow_site(folder: Path, flows: tuple[Flow, ...]) -> Iterator[FlowSite]:
    """Publish the flows and serve a page for each until the body ends."""
    city = City(folder / "agency")
    files = city.files()
    files = replace(files, by_name={**files.by_name, "flows.json": print_flows(flows)})
    publish(files, shelf=city.shelf, signer=city.agency, log=city.log, keys=city.keys, now=int(time.time()))
    root = folder / "site"
    _build(folder, root)
    for path in city.shelf.paths("nearside/"):
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(city.shelf.read(path) or b"")
    keys = {"agency": str(city.agency.key), "ledger": str(city.log_signer.key)}
    for flow in flows:
        (root / flow.name).mkdir()
        (root / flow.name / "index.html").write_text(PAGE.format(site=SITE, name=flow.name, **keys), "utf-8")
    seen: list[str] = []
    handler = partial(_Handler, seen=seen, directory=str(root))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield FlowSite(f"http://127.0.0.1:{server.server_port}", root, seen)
    finally:
        server.shutdown()
        server.server_close()


def _build(folder: Path, root: Path) -> None:
    """Bundle the loader and the questions alone: no runtime is asked for on these pages."""
    work = folder / "work"
    work.mkdir()
    notices = edge_build.read_notices(AGENCY / "notices")
    (work / "notices.json").write_bytes(canonical.encode(notices))
    edge_build.put_words(work)
    edge_build.bundle(work, "flows/define.js", root / RUNTIME / "flows.js", runtime="./")
    edge_build.bundle(work, "loader.js", root / "nearside/loader.js", runtime=f"/{RUNTIME}/")


class _Handler(SimpleHTTPRequestHandler):
    """Serves files and writes down every request line, and every body."""

    def __init__(self, *arguments: Any, seen: list[str], **options: Any) -> None:
        self.seen = seen
        super().__init__(*arguments, **options)

    def translate_path(self, path: str) -> str:
        file = Path(super().translate_path(path))
        return str(file / "index.html" if file.is_dir() else file)

    def parse_request(self) -> bool:
        parsed = super().parse_request()
        self.seen.append(self.requestline)
        return parsed

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet: the tests look at what was seen."""
