"""Alerts and areas under bytes that nobody meant, and geometry that must not depend on how it is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_client.alerts.geometry import contains
from edge_client.alerts.matching import Whereabouts, concerning, in_force, next_change
from edge_client.alerts.nearest import metres_between
from edge_client.alerts.place import Place
from edge_client.wire.alert_file import AlertFile, AlertHead
from edge_client.wire.alerts import Alerts
from edge_client.wire.areas import Areas
from edge_client.wire.polygons import (
    HALF_TURN,
    MAX_LATITUDE,
    TURN,
    Point,
    Polygon,
    print_polygon,
    read_polygon,
)
from tests.support.fuzzing import changed, damaged, printed_or_refused

FOLDER = Path(__file__).resolve().parent.parent / "vectors" / "alerts"


def load(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


FILES = [row["text"].encode() for row in load("files.json")["rows"]]
GOOD: dict[str, list[bytes]] = {
    "file": FILES,
    "head": [AlertFile.from_bytes(raw).note.text.encode() for raw in FILES],
    "alerts": [AlertFile.from_bytes(raw).alerts for raw in FILES]
    + [load("matching.json")["alerts"].encode()],
    "areas": [load("areas.json")["text"].encode()],
    "place": [b'{"codes":["SAME:053033","riverton:harbour"],"since":1000,"v":1}'],
}
READERS: dict[str, Callable[[bytes], bytes]] = {
    "file": lambda data: AlertFile.from_bytes(data).to_bytes(),
    "head": lambda data: str(AlertHead.parse(data.decode("utf-8", "surrogateescape"))).encode(),
    "alerts": lambda data: Alerts.parse(data).to_bytes(),
    "areas": lambda data: Areas.parse(data).to_bytes(),
    "place": lambda data: Place.from_bytes(data).to_bytes(),
}


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
def test_accidents_are_refused_or_read_as_what_they_are(name: str, data: st.DataObject) -> None:
    """Bytes changed, cut out, doubled or put in."""
    text = data.draw(damaged(GOOD[name]))
    assert printed_or_refused(READERS[name], text) in (None, text)


@pytest.mark.parametrize("name", ["alerts", "areas", "place", "file"])
@given(data=st.data())
def test_any_value_anywhere_is_refused_or_read_as_what_it_is(name: str, data: st.DataObject) -> None:
    """Spelt canonically, so that nothing but the value can be wrong."""
    text = data.draw(changed(GOOD[name]))
    assert printed_or_refused(READERS[name], text) in (None, text)


longitudes = st.integers(-HALF_TURN, HALF_TURN - 1)
latitudes = st.integers(-MAX_LATITUDE, MAX_LATITUDE)


@st.composite
def boxes(draw: st.DrawFn) -> tuple[Polygon, tuple[int, int, int, int]]:
    """A box anywhere, over the antimeridian too, with its borders."""
    west, south = draw(longitudes), draw(st.integers(-MAX_LATITUDE, MAX_LATITUDE - 2))
    east = west + draw(st.integers(1, HALF_TURN - 1))
    north = draw(st.integers(south + 1, MAX_LATITUDE))
    corners = [(west, south), (east, south), (east, north), (west, north)]
    turn = draw(st.integers(0, 3))
    ring = (*corners[turn:], *corners[:turn])
    return ((ring[::-1] if draw(st.booleans()) else ring),), (west, south, east, north)


@given(boxed=boxes(), lon=longitudes, lat=latitudes)
def test_a_box_holds_what_lies_between_its_borders(
    boxed: tuple[Polygon, tuple[int, int, int, int]], lon: int, lat: int
) -> None:
    """Wherever it lies on the earth, wherever its ring begins, and whichever way round it goes."""
    polygon, (west, south, east, north) = boxed
    inside = south <= lat <= north and any(west <= lon + turn <= east for turn in (0, TURN))
    assert contains(polygon, (lon, lat)) == inside
    assert read_polygon(print_polygon(polygon), noun="test") == polygon


@given(boxed=boxes(), at=st.integers(0, 3), along=st.integers(0, 1000))
def test_every_point_of_a_border_belongs_to_both_sides(
    boxed: tuple[Polygon, tuple[int, int, int, int]], at: int, along: int
) -> None:
    """On a straight side between whole degrees, no point is lost to rounding."""
    polygon, _ = boxed
    (ring,) = polygon
    (start_lon, start_lat), (end_lon, end_lat) = ring[at], ring[(at + 1) % 4]
    lon = start_lon + (end_lon - start_lon) * along // 1000
    lat = start_lat + (end_lat - start_lat) * along // 1000
    assert contains(polygon, ((lon + HALF_TURN) % TURN - HALF_TURN, lat))


@given(one=st.tuples(longitudes, latitudes), other=st.tuples(longitudes, latitudes))
def test_a_distance_is_the_same_either_way(one: Point, other: Point) -> None:
    """And never more than half a turn and half a meridian."""
    assert metres_between(one, other) == metres_between(other, one) <= 29_000_000


ALERTS = Alerts.parse(load("matching.json")["alerts"].encode()).alerts
TIMES = sorted({time for one in ALERTS for time in (one.effective, one.expires)})


@given(now=st.integers(TIMES[0] - 10, TIMES[-1] + 10), later=st.integers(0, 10_000))
def test_nothing_changes_before_the_next_change(now: int, later: int) -> None:
    """A page that looks again at that time misses nothing."""
    then = next_change(ALERTS, now)
    until = now + later if then is None else min(now + later, then - 1)
    assert in_force(ALERTS, until) == in_force(ALERTS, now)


@given(
    codes=st.frozensets(st.sampled_from(["riverton:harbour", "riverton:hill", "a:b"])),
    now=st.sampled_from(TIMES),
)
def test_knowing_more_areas_never_hides_an_alert(codes: frozenset[str], now: int) -> None:
    """Whoever is in two areas is warned of what is in either."""
    both = {one.alert.alert_id for one in concerning(ALERTS, Whereabouts(codes), now)}
    apart = {
        one.alert.alert_id
        for code in [*codes, ""]
        for one in concerning(ALERTS, Whereabouts(frozenset({code})), now)
    }
    assert both == apart
