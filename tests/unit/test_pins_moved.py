"""The order of what somebody pinned is theirs: the panel moves a pin up or down, and it stays there."""

from __future__ import annotations

from itertools import product

from edge_client.told import Told
from edge_client.wire.paths import ItemId
from tests.support.node_twin import played

PINS = [ItemId(path) for path in ("/bins/new", "/parking/permit", "/moving/checklist", "/housing/repairs")]


def test_what_the_panel_tells_puts_a_pin_one_place_further() -> None:
    """From any place in either direction; at an end there is no way to go, and other slots keep theirs."""
    cases = [(PINS[:count], at, by) for count in range(1, 5) for at, by in product(range(count), (-1, 1))]
    for (items, at, by), (after, again) in zip(cases, played("pins.mjs", cases), strict=True):
        if not 0 <= at + by < len(items):
            assert after is None
            continue
        assert after.index(items[at]) == at + by
        assert sorted(after) == sorted(items)
        told = Told(pins={"home": tuple(items), "related": (PINS[0],)})
        for item in again:
            told = told.pinned("home", ItemId(item))
        assert told.pins == {"home": tuple(after), "related": (PINS[0],)}
