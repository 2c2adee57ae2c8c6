"""Counting an input file on the terminal: by which engine, with what to work with, and how far it is."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from model_export.counting.contributions import Pair
from model_export.counting.counts import count
from model_export.counting.lines import GZIP_MAGIC, LineFile
from model_export.counting.reading import Choice, Format, Reading

# Below, plain Python has counted before DuckDB has started: `python -m benchmarks.aggregate`.
MOST_BYTES_IN_PYTHON = 16 * 1024 * 1024
_LIKELY_COMPRESSION = 16
_LINES_BETWEEN_LOOKS = 2000

_Piece = TypeVar("_Piece")


class Engine(StrEnum):
    """Who counts, or who chooses."""

    AUTO = "auto"
    PYTHON = "python"
    DUCKDB = "duckdb"
    PYSPARK = "pyspark"


@dataclass(frozen=True, slots=True)
class Means:
    """What may be used: an engine, memory in MiB for DuckDB, and a folder for working files."""

    engine: Engine
    memory_mib: int
    temp: Path | None


def choose_engine(asked: Engine, lines: LineFile) -> Engine:
    """The engine itself, where `asked` leaves the choice: DuckDB for a file of more than 16 MiB."""
    if asked is not Engine.AUTO:
        return asked
    with lines.path.open("rb") as file:
        expected = lines.size_bytes * (_LIKELY_COMPRESSION if file.read(2) == GZIP_MAGIC else 1)
    return Engine.PYTHON if expected <= MOST_BYTES_IN_PYTHON else Engine.DUCKDB


def count_input(
    lines: LineFile, format_: Format, *, reading: Reading, choice: Choice, means: Means
) -> Counter[Pair]:
    """Add up a file as `model_export.counting.counts.count` does, and show on standard error how far it is.

    Engines other than Python keep what they work on in a folder that only this user can read, and that is
    gone when the count ends, whichever way.
    """
    engine = choose_engine(means.engine, lines)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )
    task = bar.add_task("reading", total=lines.size_bytes)

    def watched(pieces: Iterable[_Piece], *, every: int) -> Iterator[_Piece]:
        for number, piece in enumerate(pieces):
            if number % every == 0:
                bar.update(task, completed=lines.bytes_read)
            yield piece
        bar.update(task, completed=lines.size_bytes)

    with bar:
        if engine is Engine.PYTHON:
            return count(watched(lines, every=_LINES_BETWEEN_LOOKS), format_, reading=reading, choice=choice)
        # Engines take a second to load: not on the way of who does not use them.
        from model_export.counting.scale.counting import count_at_scale
        from model_export.counting.scale.workshop import open_duckdb, open_spark

        with tempfile.TemporaryDirectory(prefix="nearside-", dir=means.temp) as folder:
            if engine is Engine.PYSPARK:
                bar.update(task, description="starting Spark")
                workshop = open_spark(Path(folder))
            else:
                workshop = open_duckdb(Path(folder), memory_bytes=means.memory_mib * 1024 * 1024)
            bar.update(task, description="reading")
            try:
                return count_at_scale(
                    watched(lines.blocks(), every=1),
                    format_,
                    reading=reading,
                    choice=choice,
                    workshop=workshop,
                    told=lambda step: bar.update(task, description=step, total=None),
                )
            finally:
                workshop.close()
