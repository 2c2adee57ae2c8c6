"""The public msweb data: which areas of one site each of 32,711 visitors saw, in the order listed."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from edge_client.wire.paths import ItemId, scrub_path
from edge_client.wire.release import Bound, Period, Privacy, Release, Source, Unit


def read_visits(file: Path) -> list[tuple[ItemId, ...]]:
    """Each visitor's distinct areas as page paths."""
    areas: dict[str, ItemId] = {}
    visits: list[dict[ItemId, None]] = []
    with file.open(encoding="latin-1", newline="") as lines:
        for row in csv.reader(lines):
            match row:
                case ["A", area, _, _, path]:
                    areas[area] = scrub_path(path)
                case ["C", *_]:
                    visits.append({})
                case ["V", area, _]:
                    visits[-1][areas[area]] = None
    return [tuple(visit) for visit in visits]


def release_of(visits: Sequence[Sequence[ItemId]], *, k: int = 2) -> Release:
    """The exact counts of all ordered pairs of each visit but its last page, which is kept to ask for."""
    counts = Counter(
        (earlier, later)
        for visit in visits
        for at, earlier in enumerate(visit[:-1])
        for later in visit[at + 1 : -1]
    )
    return Release.of(
        counts,
        site="msweb",
        source=Source.LOG,
        period=Period(),
        privacy=Privacy(k),
        bound=Bound(Unit.VISITOR, 1000),
    )
