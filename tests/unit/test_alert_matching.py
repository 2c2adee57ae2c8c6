"""Who is concerned by an alert, when, and in which order: worked out in whole numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from consent_ledger.errors import Malformed
from edge_client.alerts.geometry import contains
from edge_client.alerts.matching import (
    Concern,
    Whereabouts,
    concern_of,
    concern_within,
    concerning,
    in_force,
    next_change,
)
from edge_client.alerts.nearest import metres_between, nearest
from edge_client.alerts.place import KEPT_MS, Place, areas_at, areas_within, point_of
from edge_client.alerts.reach import reaches
from edge_client.wire.alerts import AlertArea, Alerts
from edge_client.wire.areas import Areas, Shelter
from edge_client.wire.polygons import read_polygon
from tests.support.alerts import HOUR, NOW, alert, box

FOLDER = Path(__file__).resolve().parent.parent / "vectors" / "alerts"


def load(name: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return value


@pytest.mark.parametrize("row", load("geometry.json")["rows"], ids=lambda row: row["name"])
def test_a_polygon_holds_a_point_or_does_not(row: dict[str, Any]) -> None:
    """Sides, corners, holes, the date line: as the vector says."""
    polygon = read_polygon(row["polygon"], noun="vector")
    assert contains(polygon, tuple(row["point"])) == row["holds"]


@pytest.mark.parametrize("row", load("matching.json")["rows"], ids=lambda row: row["name"])
def test_who_is_concerned(row: dict[str, Any]) -> None:
    """By area, by position, by time: the alerts, how they concern, and their order."""
    alerts = Alerts.parse(load("matching.json")["alerts"].encode())
    point = None if row["point"] is None else tuple(row["point"])
    found = concerning(alerts.alerts, Whereabouts(frozenset(row["codes"]), point), row["now"])
    assert [[one.alert.alert_id, one.concern.value] for one in found] == row["found"]


@pytest.mark.parametrize("row", load("reach.json")["rows"], ids=lambda row: row["name"])
def test_how_far_a_position_may_reach(row: dict[str, Any]) -> None:
    """To the metre, over the date line and at the poles."""
    polygon = read_polygon(row["polygon"], noun="vector")
    assert reaches(polygon, tuple(row["point"]), row["metres"]) == row["reaches"]


@pytest.mark.parametrize("row", load("matching.json")["unsure"], ids=lambda row: row["name"])
def test_a_position_that_is_not_sure_calls_nothing_elsewhere_that_may_be_here(row: dict[str, Any]) -> None:
    """A neighbour's alert is near, and what not even the error reaches is elsewhere."""
    alerts = Alerts.parse(load("matching.json")["alerts"].encode())
    found = [
        [one.alert_id, concern.value]
        for one in in_force(alerts.alerts, NOW)
        if (
            concern := concern_within(
                one,
                tuple(row["point"]),
                metres=row["metres"],
                codes=frozenset(row["codes"]),
                possible=frozenset(row["possible"]),
            )
        )
        is not None
    ]
    assert found == row["found"]


@pytest.mark.parametrize("row", load("matching.json")["changes"], ids=lambda row: str(row["now"]))
def test_when_it_may_change_next(row: dict[str, Any]) -> None:
    """A page has to look again at this time, and need not before."""
    alerts = Alerts.parse(load("matching.json")["alerts"].encode())
    assert next_change(alerts.alerts, row["now"]) == row["next"]


@pytest.mark.parametrize("row", load("distances.json")["rows"], ids=str)
def test_distances(row: dict[str, Any]) -> None:
    """The same either way."""
    one, other = tuple(row["one"]), tuple(row["other"])
    assert metres_between(one, other) == metres_between(other, one) == row["metres"]


def test_what_was_replaced_does_not_come_back() -> None:
    """An update takes an alert's place from its own beginning on, also when it is over before it."""
    old = alert(1, expires=NOW + 9 * HOUR)
    new = alert(2, effective=NOW, expires=NOW + HOUR, replaces=(1,))
    assert in_force((old, new), NOW - 1) == (old,)
    assert in_force((old, new), NOW) == (new,)
    assert in_force((old, new), NOW + HOUR) == ()


def test_without_a_position_an_area_says_near_and_not_here() -> None:
    """A place known by its areas alone is warned of what is somewhere in them, and told that it may be
    elsewhere."""
    one = alert(1, AlertArea(("riverton:harbour",), (box(0, 0, 10, 10),)))
    harbour = frozenset({"riverton:harbour"})
    assert concern_of(one, Whereabouts(harbour)) is Concern.NEAR
    assert concern_of(one, Whereabouts(harbour, (5, 5))) is Concern.HERE
    assert concern_of(one, Whereabouts(harbour, (11, 5))) is None


def test_the_nearest_come_first_and_five_at_most() -> None:
    """Of equally far ones, the first of the file."""
    shelters = [
        Shelter({"en": f"{number}"}, {"en": "-"}, (abs(4 - number) * 1000, 0), ()) for number in range(9)
    ]
    found = nearest(shelters, (0, 0))
    assert [one.shelter.names["en"] for one in found] == ["4", "3", "5", "2", "6"]
    assert [one.metres for one in found] == [0, 111, 111, 222, 222]


def test_a_place_is_kept_for_ninety_days() -> None:
    """Not a millisecond longer, and not where a clock was set back."""
    place = Place.of(Areas.parse(load("areas.json")["text"].encode()).areas, now_ms=1000)
    assert place.codes == ("SAME:900001", "riverton:harbour", "riverton:hill")
    assert [place.is_over(at) for at in (999, 1000, 999 + KEPT_MS, 1000 + KEPT_MS)] == [
        True,
        False,
        False,
        True,
    ]
    assert Place.from_bytes(place.to_bytes()) == place


@pytest.mark.parametrize(
    "raw",
    [
        b"{}",
        b'{"codes":[],"since":1,"v":1}',
        b'{"codes":["a:b","a:b"],"since":1,"v":1}',
        b'{"codes":["b:b","a:b"],"since":1,"v":1}',
        b'{"codes":["a"],"since":1,"v":1}',
        b'{"codes":["a:b"],"since":-1,"v":1}',
        b'{"codes":["a:b"],"lat":5,"since":1,"v":1}',
    ],
)
def test_a_place_that_is_none_is_refused(raw: bytes) -> None:
    """Nothing but codes and a time is read as a place: a position least of all."""
    with pytest.raises(Malformed):
        Place.from_bytes(raw)


def test_a_position_becomes_whole_numbers() -> None:
    """Rounded half up, as JavaScript rounds; what is not on the earth is refused."""
    assert point_of(longitude=-122.2345675, latitude=47.0000005) == (-122_234_567, 47_000_001)
    assert point_of(longitude=180, latitude=-90) == (180_000_000, -90_000_000)
    for longitude, latitude in ((181.0, 0.0), (0.0, 91.0), (float("nan"), 0.0), (float("inf"), 0.0)):
        with pytest.raises(Malformed):
            point_of(longitude=longitude, latitude=latitude)


def test_the_areas_at_a_point() -> None:
    """A border belongs to both sides of it."""
    areas = Areas.parse(load("areas.json")["text"].encode())
    found = {point: [area.code for area in areas_at(areas, point)] for point in [(5, 5), (10, 5), (99, 99)]}
    assert found == {
        (5, 5): ["riverton:harbour"],
        (10, 5): ["riverton:harbour", "riverton:hill"],
        (99, 99): [],
    }


def test_the_areas_that_a_position_may_be_in() -> None:
    """Those that hold it, and those that its error reaches."""
    areas = Areas.parse(load("areas.json")["text"].encode())
    found = {
        metres: [area.code for area in areas_within(areas, (9, 5), metres)] for metres in (0, 1, 2**53 - 1)
    }
    assert found == {
        0: ["riverton:harbour"],
        1: ["riverton:harbour", "riverton:hill"],
        2**53 - 1: ["riverton:harbour", "riverton:hill"],
    }
