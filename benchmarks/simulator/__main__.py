"""Synthetic citizens over the real device, with every invariant checked at every step.

Each lives on a device of its own: the device's own code on CPython, a bundle that is signed and logged, a
trained model that is read plainly, the real services in memory. Prints what came of it; ends with 1 where
something did not hold.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from benchmarks.simulator.figures import Figures
from benchmarks.simulator.living import live_all
from benchmarks.simulator.world import make_world


def one_part(numbers: range, *, seed: int) -> Figures:
    """Let some citizens live in a world of their own."""
    with TemporaryDirectory() as folder:
        return live_all(make_world(Path(folder), seed=seed), numbers, seed=seed)


def main() -> int:
    """Run the simulation that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulator", description=__doc__)
    parser.add_argument("--citizens", type=int, default=1000, help="how many citizens live (1000)")
    parser.add_argument("--first", type=int, default=0, help="the number of the first one (0)")
    parser.add_argument("--seed", type=int, default=41, help="the same seed gives the same lives (41)")
    parser.add_argument("--processes", type=int, default=2, help="how many at once (2)")
    asked = parser.parse_args()
    console, began = Console(), time.monotonic()
    whole = range(asked.first, asked.first + asked.citizens)
    parts = [whole[start :: asked.processes] for start in range(asked.processes)]
    figures = Figures()
    with ProcessPoolExecutor(asked.processes) as pool:
        for part in pool.map(partial(one_part, seed=asked.seed), parts):
            figures.add(part)
    console.print(figures.table())
    console.print(f"{time.monotonic() - began:.0f} s in {asked.processes} processes, seed {asked.seed}")
    for line in figures.broken:
        console.print(f"broken: {line}", style="red")
    return 1 if figures.broken else 0


if __name__ == "__main__":
    sys.exit(main())
