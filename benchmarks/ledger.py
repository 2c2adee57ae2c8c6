"""The ledger's tree beside `pymerkle`, in one run: `python -m benchmarks.ledger`.

Both hash with SHA-256 as RFC 6962 has it, take the same entries, and arrive at the same roots and paths,
which is checked before anything is timed. Contenders take turns, so that a busy moment falls on all of them;
rates are medians, with the least and the greatest. What does not depend on the machine is counted.
"""

from __future__ import annotations

import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.ledger_contenders import Contender, Trees, durable, tasks
from consent_ledger import merkle, tiles
from tests.support.ledger_costs import counted_hashes, counted_reads, uniform_tiles

SIZES = (1_000, 10_000, 100_000)
DECADES = (10, 100, 1_000, 10_000, 100_000, 1_000_000)
TREES = (1_000, 100_000, 1_000_000, 1_000_000_000)
REPEATS = 7


def race(
    contenders: tuple[Contender, ...], *, clock: Callable[[], float], repeats: int = REPEATS
) -> dict[str, list[float]]:
    """Units a second of each contender in each repeat."""
    rates: dict[str, list[float]] = {each.name: [] for each in contenders}
    for _ in range(repeats):
        for each in contenders:
            ready = each.prepare()
            gc.collect()
            started = clock()
            each.run(ready)
            rates[each.name].append(each.units / (clock() - started))
    return rates


def speed_table(
    title: str, races: dict[str, tuple[Contender, ...]], *, clock: Callable[[], float] = time.process_time
) -> Table:
    """One row a contender; `times` compares ours with the fastest other one of the task.

    What needs a processor alone is measured in processor seconds, which a busy machine disturbs less.
    """
    table = Table(title=title)
    for column in ("task", "contender", "a second: median (least to greatest)", "times"):
        table.add_column(column, justify="left" if column in ("task", "contender") else "right")
    for task, contenders in races.items():
        rates = race(contenders, clock=clock)
        fastest = max(statistics.median(rates[each.name]) for each in contenders if not each.ours)
        for number, each in enumerate(contenders):
            found = rates[each.name]
            middle = statistics.median(found)
            spread = f"{middle:,.0f} ({min(found):,.0f} to {max(found):,.0f})"
            ahead = f"{middle / fastest:.1f}" if each.ours else ""
            table.add_row("" if number else task, each.name, spread, ahead)
        table.add_section()
    return table


def hash_table() -> Table:
    """Hashes for n entries and their root, by decades."""
    table = Table(title="hashes for n entries and the root")
    for column in ("n", "hashes in memory", "for each entry", "hashes in tiles, by 1,024"):
        table.add_column(column, justify="right")
    for count in DECADES:
        entries = [b"entry %d" % number for number in range(count)]
        with counted_hashes() as memory:
            nodes = merkle.Nodes()
            nodes.extend(map(merkle.leaf_hash, entries))
            nodes.root()
        with counted_hashes() as tiled:
            files: dict[str, bytes] = {}
            for start in range(0, count, 1024):
                batch = entries[start : start + 1024]
                leaves = [merkle.leaf_hash(entry) for entry in batch]
                files.update(tiles.grow(start, batch, leaves, files.get))
        table.add_row(f"{count:,}", f"{memory.times:,}", f"{memory.times / count:.3f}", f"{tiled.times:,}")
    return table


def read_table() -> Table:
    """Tiles read for one proof, the most over some places of the tree."""
    table = Table(title="files read for one proof")
    for column in ("tree", "inclusion: files", "bytes", "consistency: files", "bytes"):
        table.add_column(column, justify="right")
    for size in TREES:
        inclusion, growth = [], []
        for index in {0, 1, 255, 256, size // 3, size // 2, size - 300, size - 2}:
            read, count = counted_reads(uniform_tiles(size))
            merkle.inclusion_proof(index, size, tiles.tile_nodes(read, size))
            inclusion.append(count)
            read, count = counted_reads(uniform_tiles(size))
            merkle.consistency_proof(index + 1, size, tiles.tile_nodes(read, size))
            growth.append(count)
        row = [f"{size:,}"]
        for counts in (inclusion, growth):
            row += [f"{max(each.times for each in counts)}", f"{max(each.total_bytes for each in counts):,}"]
        table.add_row(*row)
    return table


def main() -> int:
    """Print the tables."""
    console = Console(width=120)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size in SIZES:
            trees = Trees(size, folder)
            trees.agree()
            console.print(speed_table(f"{size:,} entries", tasks(trees)))
        console.print(speed_table("safe on disk before the answer", durable(folder), clock=time.perf_counter))
    console.print(hash_table())
    console.print(read_table())
    return 0


if __name__ == "__main__":
    sys.exit(main())
