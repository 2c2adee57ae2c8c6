"""What scores on a device, side by side on sites of 5,000 and 20,000 pages: `python -m benchmarks.kernels`.

A real Chromium runs our kernel, ONNX Runtime Web and a contender in WebAssembly in one worker, on the same
model files, and then the device's Python over our kernel: one recommendation, and a whole decision.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.table import Table

from consent_ledger import canonical
from model_export.choosing.layout import Layout, Spread, Whole
from model_export.shipping.convert import export_onnx
from model_export.shipping.quantise import QuantisedTable, TableModel
from nearside.edge_build import ORT_FILES, PYODIDE_FILES, ROOT, build_wheel
from tests.support import layouts
from tests.support.browser import CHROMIUM, QUIET
from tests.support.large_site import large_catalogue

SITES = tuple((pages, rank) for pages in (5_000, 20_000) for rank in (0, 8))
RUNS = 200
DECISIONS = 40
MEASURE = """
import json
from edge_client.pyodide_host import BrowserHost
bundle = bundle_of(*(bytes(raw) for raw in files))
visited = [bundle.catalogue.items[at * 97].id for at in range(5)]
found = {}
for name, links in (("one page", 0), ("24 pages", 40)):
    found[name] = await measure(bundle, BrowserHost(host), visited=visited, links=links, runs=runs)
json.dumps(found)
"""
RUN = """
(order) => new Promise((resolve, reject) => {
  const worker = new Worker("/worker.js", { type: "module" });
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = ({ message }) => reject(new Error(message));
  worker.postMessage(order);
})
"""


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder to pages of its own alone, whose clocks are then exact to five microseconds, and says
    nothing of it."""

    def end_headers(self) -> None:
        """Keep pages of others apart from these."""
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve `folder` on this machine alone until the body ends; yields its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def fitted_of(pages: int) -> TableModel:
    """A model in which most pages lead to near ones, and some are wanted everywhere."""
    rng = np.random.default_rng(1)
    moves = pages * 60
    source = rng.integers(0, pages, moves)
    near = (source + rng.integers(1, 60, moves)) % pages
    wanted = (rng.pareto(1.2, moves) * pages / 50).astype(np.int64) % pages
    target = np.where(rng.random(moves) < 0.7, near, wanted)
    return layouts.model_of(source, target, rng.pareto(1, moves) + 1, pages=pages)


def table_of(fitted: TableModel, rank: int) -> QuantisedTable:
    """Its table with 32 neighbours for each page, in eight bits."""
    return Whole.of(fitted).cut(Layout(Spread.EVEN, 32 * fitted.n_features_in_, 8, rank))


def model_of(pages: int, rank: int) -> bytes:
    """Both as a model file."""
    fitted = fitted_of(pages)
    return export_onnx(fitted, table_of(fitted, rank))


def rules() -> bytes:
    """One slot of three on every page."""
    slot = {
        "count": 3, "explore_milli": 100, "kinds": ["information"], "not_topics": [], "pages": [],
        "per_topic": 2, "slot": "related",
    }  # fmt: skip
    return canonical.encode(
        {
            "decay_milli": 600, "keep_days": 90, "never_items": [], "never_topics": [], "recent_pages": 5,
            "slots": [slot], "v": 1,
        }
    )  # fmt: skip


def set_up(folder: Path) -> dict[str, Any]:
    """Put everything that the worker loads into `folder`, and return what it is told to do."""
    for package, files in (("pyodide", PYODIDE_FILES), ("ort", ORT_FILES)):
        (folder / package).mkdir()
        source = ROOT / "node_modules" / ("pyodide" if package == "pyodide" else "onnxruntime-web/dist")
        for file in files:
            shutil.copy(source / file, folder / package / file)
    shutil.copy(build_wheel(folder), folder / "edge_client.whl")
    subprocess.run(
        [
            ROOT / "node_modules/.bin/esbuild", ROOT / "benchmarks/kernels_worker.js", "--bundle",
            "--format=esm", "--target=es2022", "--external:./pyodide/*", "--external:./ort/*",
            "--log-level=warning", f"--outfile={folder / 'worker.js'}",
        ],
        check=True,
    )  # fmt: skip
    wat, wasm = ROOT / "benchmarks/kernels_rest.wat", folder / "rest.wasm"
    subprocess.run([ROOT / "node_modules/.bin/wat2wasm", wat, "-o", wasm], check=True)
    (folder / "rules.json").write_bytes(rules())
    (folder / "index.html").write_text("<!doctype html><title>kernels</title>")
    sites = []
    for pages, rank in SITES:
        path = f"{pages}-{rank}.onnx"
        (folder / path).write_bytes(model_of(pages, rank))
        (folder / f"{pages}.json").write_bytes(large_catalogue(pages).to_bytes())
        name = f"{pages:,} pages" + (f", {rank} factors" if rank else "")
        sites.append(
            {"name": name, "path": path, "runs": RUNS, "catalogue": f"{pages}.json", "rules": "rules.json"}
        )
    deciding = (ROOT / "benchmarks/deciding.py").read_text(encoding="utf-8")
    return {
        "models": sites,
        "sites": sites,
        "wat": "rest.wasm",
        "wheel": "edge_client.whl",
        "programs": {"deciding": deciding, "measure": MEASURE},
        "runs": DECISIONS,
    }


def spread(values: Sequence[float]) -> str:
    """The median, with the least and the largest."""
    return f"{statistics.median(values):.3f} ({min(values):.3f} to {max(values):.3f})"


def show(console: Console, found: dict[str, Any]) -> None:
    """Print what was measured."""
    for site in found["kernels"]:
        title = f"{site['name']}: {'the same answers' if site['same'] else 'OTHER ANSWERS'}"
        table = Table("in JavaScript", "ms: median (least to largest)", title=title)
        for what, values in site["found"].items():
            table.add_row(what, spread(values))
        console.print(table)
    table = Table("a decision in the device's Python", "part", "ms: median (least to largest)")
    for site in found["decisions"]:
        for pages, parts in site["found"].items():
            slots = int(parts.pop("slots")[0])
            whole = [sum(each) for each in zip(*parts.values(), strict=True)]
            for part, values in {"whole": whole, **parts}.items():
                table.add_row(f"{site['name']}: {pages}, {slots} slots", part, spread(values))
    console.print(table)


def main() -> int:
    """Print the tables; 1 where there is no browser, or where the answers differ."""
    if not CHROMIUM.exists():
        print("Chromium not found", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        order = set_up(Path(name))
        with served(Path(name)) as address:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
            page = browser.new_page()
            page.goto(address)
            page.set_default_timeout(600_000)
            found: dict[str, Any] = page.evaluate(RUN, order)
            version = browser.version
            browser.close()
    if "failed" in found:
        raise RuntimeError(f"kernels: {found['failed']}")
    console = Console(width=110)
    show(console, found)
    console.print(f"Chromium {version}")
    return 0 if all(site["same"] for site in found["kernels"]) else 1


if __name__ == "__main__":
    sys.exit(main())
