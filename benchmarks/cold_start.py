"""How soon a device can ask its model, side by side: `python -m benchmarks.cold_start`.

From an empty worker to the first answer of one model of 5,000 pages, in a real Chromium, a new browser and a
new profile each time: Python from our parts over our kernel, npm's Pyodide over ONNX Runtime Web, ONNX
Runtime Web without Python, and TensorFlow.js. In turns, so that other work on the machine falls on all alike;
every way gives the same pages. Nothing is decided yet: `benchmarks.first_visit` measures a whole visit.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Final

import brotli  # type: ignore[import-untyped]  # it has no types
import numpy as np
import psutil  # type: ignore[import-untyped]  # it has no types
from playwright.sync_api import BrowserContext, Playwright, sync_playwright
from rich.console import Console
from rich.table import Table

from benchmarks.kernels import fitted_of, table_of
from lambdas.shared.publishing.device_code import TWIN
from model_export.shipping.convert import export_onnx
from model_export.shipping.quantise import QuantisedTable
from nearside.edge_build import ROOT, build_edge, bundle, of_python
from tests.support.browser import CHROMIUM, PATIENCE_MS, QUIET

TURNS: Final = 3
PAGES: Final = 5_000
FAST_BYTES_A_SECOND: Final = 12_500_000
SETTLING_MS: Final = 1_000
TYPES: Final = {
    ".bin": "application/octet-stream",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".onnx": "application/octet-stream",
    ".wasm": "application/wasm",
}
POLICY: Final = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
NOTHING: Final = "//"
MEGABYTE: Final = 1_000_000


@dataclass(frozen=True)
class Way:
    """A worker's file, the way that it is told to take, and what the server does not have meanwhile."""

    worker: str
    way: str
    model: str = "/nearside/model.onnx"
    missing: str = NOTHING


WAYS: Final = {
    "our Python, from the library": Way("cold_start.js", "kernel", missing="/memory.bin"),
    "our Python, from the memory": Way("cold_start.js", "kernel"),
    "npm's Pyodide, ONNX Runtime Web": Way("cold_start.js", "library", missing="/python/"),
    "ONNX Runtime Web alone": Way("cold_start.js", "alone"),
    "TensorFlow.js": Way("tensorflow.js", "", model="/nearside/model-tensors.bin"),
}
START = """
([address, order]) => new Promise((resolve, reject) => {
  const begun = performance.now();
  const worker = new Worker(address, { type: "module" });
  worker.onmessage = ({ data }) => resolve([data.best ?? data.failed, performance.now() - begun]);
  worker.onerror = ({ message }) => reject(new Error(message));
  worker.postMessage(order);
})
"""


@dataclass
class Shelf:
    """A folder on loopback, compressed as it is published; counts the bytes that it gave."""

    folder: Path
    missing: str = NOTHING
    served: int = 0
    compressed: dict[Path, bytes] = field(default_factory=dict)
    url: str = field(default="", init=False)

    @contextmanager
    def open(self) -> Iterator[None]:
        """Serve until the body ends."""
        shelf = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

            def do_GET(self) -> None:
                body, headers = shelf.answer(self.path)
                self.send_response(200 if body else 404)
                for name, value in {**headers, "content-length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
                shelf.served += len(body)

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()
        server.server_close()

    def answer(self, path: str) -> tuple[bytes, dict[str, str]]:
        """Return what is served for a path, empty where it is missing."""
        if path == "/":
            return b"<!doctype html><title>Cold start</title>", {"content-type": "text/html"}
        file = self.folder / path.removeprefix("/nearside/")
        if self.missing in path or not file.is_file():
            return b"", {}
        headers = {
            "content-type": TYPES.get(file.suffix, "application/octet-stream"),
            "cache-control": "public, max-age=31536000, immutable",
            "content-security-policy": POLICY,
        }
        twin = file.with_name(file.name + TWIN)
        if twin.is_file():
            return twin.read_bytes(), {**headers, "content-encoding": "br"}
        if file.suffix in TYPES:
            # As it is compressed on the way (`nearside/local/compression.py`).
            body = self.compressed.setdefault(file, b"") or brotli.compress(file.read_bytes(), quality=5)
            self.compressed[file] = body
            return body, {**headers, "content-encoding": "br"}
        return file.read_bytes(), headers


@dataclass
class Measured:
    """What one way took: milliseconds in new profiles and again, bytes served, memory above a blank page."""

    cold: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    sent: int = 0
    memory: list[float] = field(default_factory=list)
    best: set[str] = field(default_factory=set)


def memory_of(profile: Path) -> int:
    """Return the bytes that this profile's browser holds, in all its processes; shared ones count once."""
    (browser,) = [
        process
        for process in psutil.process_iter(["cmdline"])
        if f"--user-data-dir={profile}" in (process.info["cmdline"] or ())
        and not any(word.startswith("--type=") for word in process.info["cmdline"])
    ]
    return sum(each.memory_full_info().pss for each in (browser, *browser.children(recursive=True)))


def answered(
    playwright: Playwright, profile: Path, address: str, order: tuple[str, dict[str, object]]
) -> tuple[str, float, int]:
    """Start a worker with its message in a browser of its own; return the best pages, the milliseconds until
    they were there, and the bytes that the browser then held above those with a blank page."""
    context: BrowserContext = playwright.chromium.launch_persistent_context(
        profile, executable_path=CHROMIUM, args=list(QUIET), headless=True
    )
    try:
        page = context.pages[0]
        page.set_default_timeout(PATIENCE_MS)
        page.goto(address)
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        speed = {"downloadThroughput": FAST_BYTES_A_SECOND, "uploadThroughput": FAST_BYTES_A_SECOND}
        session.send("Network.emulateNetworkConditions", {"offline": False, "latency": 0, **speed})
        page.wait_for_timeout(SETTLING_MS)
        blank = memory_of(profile)
        said, spent = page.evaluate(START, list(order))
        page.wait_for_timeout(SETTLING_MS)
        held = memory_of(profile) - blank
    finally:
        context.close()
    return str(said), float(spent), held


def put_workers(folder: Path, runtime: Path, work: Path) -> None:
    """Put the workers that know every way beside the product's own, and the model that they ask."""
    work.mkdir()
    more = of_python(work, runtime / "python")
    for source, name in (
        ("cold_start_worker.js", "cold_start.js"),
        ("tensorflow_worker.js", "tensorflow.js"),
    ):
        bundle(work, f"../../benchmarks/{source}", runtime / name, runtime="./", more=more)
    fitted = fitted_of(PAGES)
    table = table_of(fitted, 0)
    (folder / "model.onnx").write_bytes(export_onnx(fitted, table))
    (folder / "model-tensors.bin").write_bytes(tensors_of(table))


def tensors_of(table: QuantisedTable) -> bytes:
    """Return popularity (pages), neighbours and values (pages, across) one after the other, in 32 bits."""
    lengths = np.diff(table.starts)
    row = np.repeat(np.arange(table.items), lengths)
    place = np.arange(table.entries) - np.repeat(table.starts[:-1], lengths)
    neighbours = np.zeros((table.items, lengths.max()), dtype=np.int32)
    values = np.zeros(neighbours.shape, dtype=np.float32)
    neighbours[row, place] = table.neighbours
    values[row, place] = table.values() * table.scale[row]
    return table.popularity.tobytes() + neighbours.tobytes() + values.tobytes()


def main() -> int:
    """Print the table; 1 where there is no browser, or where two ways give other pages."""
    if not CHROMIUM.exists():
        print("Chromium not found", file=sys.stderr)
        return 1
    measured = {what: Measured() for what in WAYS}
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        edge = build_edge(Path(name) / "edge", notices=ROOT / "demo/agency/notices")
        put_workers(edge.folder, edge.folder / "runtime" / edge.runtime, Path(name) / "work")
        shelf = Shelf(edge.folder)
        with shelf.open():
            for turn in range(TURNS):
                for at, (what, way) in enumerate(WAYS.items()):
                    shelf.missing, shelf.served = way.missing, 0
                    one = measured[what]
                    worker = f"/nearside/runtime/{edge.runtime}/{way.worker}"
                    order = (worker, {"way": way.way, "address": way.model, "pages": PAGES})
                    for times in (one.cold, one.warm):
                        profile = Path(name) / f"{turn}-{at}"
                        pages, spent, held = answered(playwright, profile, shelf.url, order)
                        one.best.add(pages)
                        times.append(spent)
                        one.sent = one.sent or shelf.served
                    one.memory.append(held / MEGABYTE)
    title = f"To the first answer of a model of {PAGES:,} pages: median (least to largest)"
    table = Table("way", "bytes", "new profile, ms", "again, ms", "memory above blank, MB", title=title)
    for what, one in measured.items():
        spreads = [
            f"{statistics.median(values):,.0f} ({min(values):,.0f} to {max(values):,.0f})"
            for values in (one.cold, one.warm, one.memory)
        ]
        table.add_row(what, f"{one.sent:,}", *spreads)
    Console(width=140).print(table)
    print(f"load average {os.getloadavg()[0]:.1f}")
    if len(set().union(*(one.best for one in measured.values()))) == 1:
        return 0
    print(f"not the same pages: { {what: one.best for what, one in measured.items()} }", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
