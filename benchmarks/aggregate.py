"""What `nearside aggregate` takes for ten million lines: `python -m benchmarks.aggregate [lines]`.

Writes a log of many visitors, and reports for each engine the lines a second and the peak resident memory of
a process that does nothing else. Plain Python, which holds every visitor, counts the first tenth only; DuckDB
counts that too, to the same result, and then everything.
"""

from __future__ import annotations

import hashlib
import heapq
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.table import Table

LINES, PAGES = 10_000_000, 5_000
MOST_MEMORY_KIB = 1024 * 1024
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "Mozilla/5.0 (compatible; ExampleBot/2.1)",
)


def log_lines(seed: int = 1) -> Iterator[str]:
    """Combined Log Format lines without end, in order of time: about a million an hour and a half.

    Four new sessions a second, a quarter of them by visitors who came before, of four pages on average, half
    of those with a style sheet and a third with a query; now and then a line in no format.
    """
    rng = random.Random(seed)
    words = [f"{rng.choice('abcdefgh')}{number:x}" for number in range(400)]
    paths = [f"/{rng.choice(words)}/{rng.choice(words)}-{number}" for number in range(PAGES)]
    # The next page of each open session: when, a number that breaks ties, who, by which agent, pages to come.
    coming: list[tuple[int, int, int, str, int]] = []
    sessions, visitors = 0, 0
    while True:
        now, sessions = sessions // 4, sessions + 1
        if rng.random() < 0.75:
            visitors += 1
            visitor = visitors
        else:
            visitor = rng.randrange(visitors + 1)
        agent = AGENTS[min(int(rng.expovariate(1.2)), 3)]
        heapq.heappush(coming, (now, sessions, visitor, agent, int(rng.expovariate(0.3))))
        while coming and coming[0][0] <= now:
            at, number, visitor, agent, more = heapq.heappop(coming)
            page = paths[min(int(rng.paretovariate(0.55)) - 1, PAGES - 1)]
            query = f"?ref={rng.randrange(10**9)}" if rng.random() < 0.3 else ""
            yield _line(visitor, at, page + query, agent)
            if rng.random() < 0.5:
                yield _line(visitor, at, "/assets/site.css", agent)
            if more:
                heapq.heappush(coming, (at + rng.randrange(1, 60), number, visitor, agent, more - 1))
        if rng.random() < 0.002:
            yield "a line that is in no format\n"


def _line(visitor: int, at: int, target: str, agent: str) -> str:
    day, rest = divmod(at, 86_400)
    hour, rest = divmod(rest, 3600)
    return (
        f"10.{visitor >> 16 & 255}.{visitor >> 8 & 255}.{visitor & 255} - - "
        f"[{day + 1:02}/Nov/2026:{hour:02}:{rest // 60:02}:{rest % 60:02} +0000] "
        f'"GET {target} HTTP/1.1" 200 512 "-" "{agent}"\n'
    )


def main(lines: int) -> int:
    """Print the table; 1 when the engines disagree or DuckDB needs more than a gibibyte."""
    table = Table(title=f"{lines:,} lines, {PAGES:,} pages")
    for heading in (
        "engine",
        "lines",
        "seconds",
        "lines a second",
        "CPU seconds",
        "peak MiB",
        "visits counted",
        "cells",
    ):
        table.add_column(heading, justify="right")
    with tempfile.TemporaryDirectory() as folder:
        whole, tenth = Path(folder) / "whole.log", Path(folder) / "tenth.log"
        for path, number in ((whole, lines), (tenth, lines // 10)):
            with path.open("w") as file:
                file.writelines(islice(log_lines(), number))
        ran = {}
        for engine, path, number in (
            ("python", tenth, lines // 10),
            ("duckdb", tenth, lines // 10),
            ("duckdb", whole, lines),
        ):
            command = [sys.executable, "-m", __spec__.name, engine, str(path)]
            started = time.perf_counter()
            done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
            seconds = time.perf_counter() - started
            told = json.loads(done.stdout)
            ran[engine, path] = told | {"pace": number / seconds}
            table.add_row(
                engine,
                f"{number:,}",
                f"{seconds:.1f}",
                f"{number / seconds:,.0f}",
                f"{told['cpu_seconds']:.1f}",
                f"{told['peak_kib'] / 1024:,.0f}",
                f"{told['used']:,}",
                f"{told['cells']:,}",
            )
    console = Console()
    console.print(table)
    small, large = ran["duckdb", tenth], ran["duckdb", whole]
    pace = ran["python", tenth]["pace"]
    console.print(
        f"beside plain Python: {small['pace'] / pace:.1f} times as fast on a tenth, "
        f"{large['pace'] / pace:.1f} times on all"
    )
    return int(ran["python", tenth]["hash"] != small["hash"] or large["peak_kib"] > MOST_MEMORY_KIB)


def count_one(engine: str, path: Path) -> None:
    """Count `path` in this process; print a hash of the counts and the peak resident memory in KiB."""
    from model_export.counting.contributions import Limits
    from model_export.counting.lines import LineFile
    from model_export.counting.reading import Choice, Format, Reading
    from nearside.commands.counting import Engine, Means, count_input

    reading = Reading()
    counts = count_input(
        LineFile(path),
        Format.NCSA,
        reading=reading,
        choice=Choice(Limits(bound=4)),
        means=Means(Engine(engine), memory_mib=512, temp=path.parent),
    )
    said = sorted((*pair, value) for pair, value in counts.items())
    status = Path("/proc/self/status").read_text()
    print(
        json.dumps(
            {
                "hash": hashlib.sha256(repr(said).encode()).hexdigest(),
                "cells": len(counts),
                "used": reading.used,
                "cpu_seconds": time.process_time(),
                "peak_kib": int(status.partition("VmHWM:")[2].split()[0]),
            }
        )
    )


if __name__ == "__main__":
    if len(sys.argv) > 2:
        count_one(sys.argv[1], Path(sys.argv[2]))
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else LINES))
