"""Releases made of journeys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import combinations

from edge_client.wire.catalogue import Catalogue
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Bound, Mechanism, Period, Privacy, Release, Source, Unit

PAIRS_OF_A_VISITOR = 276


def release_of_journeys(catalogue: Catalogue, journeys: Iterable[Iterable[str]]) -> Release:
    """Return a release of journeys over a catalogue's pages: every ordered pair of each, at k 10."""
    counts: Counter[tuple[ItemId, ItemId]] = Counter()
    for journey in journeys:
        counts.update(combinations(dict.fromkeys(map(ItemId, journey)), 2))
    return Release.of(
        counts,
        site=catalogue.site,
        source=Source.LOG,
        period=Period(),
        privacy=Privacy(10, Mechanism.NONE),
        bound=Bound(Unit.VISITOR, PAIRS_OF_A_VISITOR),
        pages=catalogue.pages,
    )
