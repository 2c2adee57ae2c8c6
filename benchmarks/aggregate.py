"""Whether the memory that `nearside aggregate` needs grows with the log: `python -m benchmarks.aggregate`.

Writes logs of the same 2,000 hosts and 500 pages, one ten times as long as the other, and reports lines a
second and the peak resident memory of a process that aggregates each.
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

HOSTS, PAGES, LINES = 2_000, 500, 100_000


def write_log(path: Path, *, lines: int) -> None:
    """A Combined Log Format file in time order; about forty lines a second."""
    rng = random.Random(1)
    with path.open("w") as file:
        for number in range(lines):
            day, second = divmod(number // 40, 86_400)
            hour, rest = divmod(second, 3600)
            file.write(
                f"192.0.{rng.randrange(HOSTS) // 256}.{rng.randrange(256)} - - "
                f"[{day + 1:02}/Nov/2026:{hour:02}:{rest // 60:02}:{rest % 60:02} +0000] "
                f'"GET /p{int(rng.paretovariate(0.6)) % PAGES}?n={number} HTTP/1.1" 200 512 '
                '"-" "Mozilla/5.0"\n'
            )


def main() -> int:
    """Print the table; 1 when the longer log needs a tenth more memory than the shorter."""
    table = Table(title=f"{HOSTS:,} hosts, {PAGES:,} pages")
    for heading in ("lines", "seconds", "lines a second", "peak MB"):
        table.add_column(heading, justify="right")
    peaks = []
    with tempfile.TemporaryDirectory() as folder:
        for lines in (LINES, 10 * LINES):
            log = Path(folder) / "log"
            write_log(log, lines=lines)
            started = time.perf_counter()
            ran = subprocess.run(
                [sys.executable, "-m", __spec__.name, str(log)], capture_output=True, check=True, text=True
            )
            seconds = time.perf_counter() - started
            peaks.append(int(ran.stdout))
            table.add_row(
                f"{lines:,}", f"{seconds:.1f}", f"{lines / seconds:,.0f}", f"{peaks[-1] / 1024:.1f}"
            )
    Console().print(table)
    return int(peaks[1] > 1.1 * peaks[0])


def aggregate_one(log: Path) -> None:
    """Aggregate `log` in this process and print its peak resident memory in KiB."""
    from edge_client.wire.release import Privacy
    from model_export.aggregate import Terms, aggregate
    from model_export.lines import LineFile
    from model_export.reading import Choice, Format, Reading
    from model_export.visits import Limits

    terms = Terms(site="bench", privacy=Privacy(10), choice=Choice(Limits(bound=4)))
    release = aggregate(LineFile(log), Format.NCSA, reading=Reading(), terms=terms)
    if not release.cells:
        raise SystemExit("benchmark: an empty release")
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        aggregate_one(Path(sys.argv[1]))
    else:
        sys.exit(main())
