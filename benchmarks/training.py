"""What training costs as a site grows, and what fits: `python -m benchmarks.training [pages ...]`.

Made-up sites (`tests/support/large_site.py`) of 1,000 to 20,000 pages with about forty counted moves a page.
Each is trained in a process of its own, with a budget of a hundred bytes a page, and that process is asked
for its processor seconds and the most memory that it ever held.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from nearside.edge_build import ROOT
from tests.support.large_site import large_catalogue, large_release

PAGES = (1_000, 5_000, 10_000, 20_000)
BYTES_A_PAGE = 100
PROGRAM = """
import json, sys, time
from pathlib import Path
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.release import Release
from model_export import Settings, train_model
folder, budget = Path(sys.argv[1]), int(sys.argv[2])
release = Release.parse((folder / "release.json").read_bytes())
catalogue = Catalogue.parse((folder / "catalogue.json").read_bytes())
def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
before, wall, begun = peak(), time.perf_counter(), time.process_time()
model = train_model(release, catalogue, settings=Settings(budget_bytes=budget))
print(json.dumps({
    "seconds": time.process_time() - begun, "wall": time.perf_counter() - wall,
    "before_kib": before, "peak_kib": peak(),
    "cells": len(release.cells), "card": json.loads(model.card_bytes),
}))
"""


def measure(pages: int) -> dict[str, Any]:
    """Train a site of so many pages in a process of its own; its seconds, KiB and card."""
    catalogue = large_catalogue(pages)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "release.json").write_bytes(large_release(catalogue).to_bytes())
        (folder / "catalogue.json").write_bytes(catalogue.to_bytes())
        ran = subprocess.run(
            [sys.executable, "-c", PROGRAM, folder, str(BYTES_A_PAGE * pages)],
            cwd=ROOT, check=True, stdout=subprocess.PIPE,
        )  # fmt: skip
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def cost_table(found: dict[int, dict[str, Any]]) -> Table:
    """Seconds, memory and bytes of every site, and how seconds and memory grew from the one before.

    An exponent of 1 is in proportion to pages, 2 to their square.
    """
    table = Table()
    for heading in ("pages", "cells", "seconds", "exponent", "peak MiB", "exponent", "bytes", "compressed"):
        table.add_column(heading, justify="right")
    grown = {later: (earlier, later) for earlier, later in pairwise(found)}
    for pages, one in found.items():
        size = one["card"]["size"]["shipped"]
        exponents = [""] * 2
        if pages in grown:
            earlier, later = grown[pages]
            exponents = [
                f"{math.log(one[key] / found[earlier][key]) / math.log(later / earlier):.2f}"
                for key in ("seconds", "peak_kib")
            ]
        table.add_row(
            f"{pages:,}", f"{one['cells']:,}", f"{one['seconds']:.1f}", exponents[0],
            f"{one['peak_kib'] / 1024:,.0f}", exponents[1], f"{size['bytes']:,}", f"{size['brotli_bytes']:,}",
        )  # fmt: skip
    return table


def size_table(card: dict[str, Any]) -> Table:
    """What each size keeps of the whole table's accuracy on the questions of the gate."""
    table = Table(title=f"{card['pages']:,} pages", title_justify="left")
    for heading in ("bytes", "compressed", "neighbours a page", "bits", "factors", "kept", "first kept"):
        table.add_column(heading, justify="right")
    for size in card["size"]["looked_at"]:
        ships = " *" if size == card["size"]["shipped"] else ""
        table.add_row(
            f"{size['bytes']:,}", f"{size['brotli_bytes']:,}", f"{size['entries'] / card['pages']:.1f}",
            str(size["bits"]), str(size["rank"]), f"{size['kept_milli'] / 1000:.3f}{ships}", size["spread"],
        )  # fmt: skip
    return table


def main(pages: tuple[int, ...]) -> int:
    """Print both tables; 1 when a model takes more than its budget."""
    found = {}
    for number in pages:
        found[number] = measure(number)
        print(f"{number:,} pages: {found[number]['wall']:.0f} s", file=sys.stderr)
    console = Console(width=140)
    console.print(cost_table(found))
    for number, one in found.items():
        if number in (10_000, pages[-1]):
            console.print(size_table(one["card"]))
    over = [n for n, one in found.items() if one["card"]["size"]["shipped"]["bytes"] > BYTES_A_PAGE * n]
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main(tuple(map(int, sys.argv[1:])) or PAGES))
