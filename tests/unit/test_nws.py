"""Alerts of the US National Weather Service: what is read of them, and whom they concern."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from consent_ledger.errors import Malformed, Refused
from edge_client.alerts.matching import Concern, Whereabouts, concerning
from edge_client.alerts.place import areas_at, point_of
from edge_client.wire.alerts import Alerts, Severity
from nearside.alert_publishing import gather
from nearside.importing.area_lists import AreaColumns, PlaceColumns, areas_of, read_areas, read_places
from nearside.importing.geojson import read_features
from nearside.importing.messages import Kind, fold
from nearside.importing.nws import message_of, unwrapped
from tests.support.alerts import filled

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
NOW = int(AT.timestamp())
INSIDE = point_of(longitude=-122.235, latitude=47.45)
OUTSIDE = point_of(longitude=-122.33, latitude=47.61)


def feature(**changed: Any) -> dict[str, Any]:
    """One made-up alert, as the service writes them."""
    said = {
        "id": "urn:oid:1",
        "sender": "w-nws.webmaster@noaa.gov",
        "senderName": "NWS Nowhere",
        "sent": "2026-11-22T01:00:00-08:00",
        "effective": "2026-11-22T01:00:00-08:00",
        "onset": None,
        "expires": "2026-11-22T03:00:00-08:00",
        "ends": "2026-11-22T05:00:00-08:00",
        "status": "Actual",
        "messageType": "Alert",
        "severity": "Severe",
        "certainty": "Observed",
        "urgency": "Immediate",
        "event": "Flash Flood Warning",
        "headline": "Flash Flood Warning\nuntil 5",
        "description": "Water is\nrising.\n\n* WHERE...Here\nand there.\n* WHEN...Now",
        "instruction": None,
        "areaDesc": "King, WA",
        "geocode": {"SAME": ["053033"], "UGC": ["WAC033"]},
        "references": [],
    }
    geometry = changed.pop("geometry", None)
    return {"type": "Feature", "geometry": geometry, "properties": {**said, **changed}}


def test_a_feature_is_read() -> None:
    """Until the hazard ends, with its codes; lines that were broken at a fixed width are whole again."""
    (alert,) = message_of(feature()).alerts
    assert (alert.effective, alert.expires) == (NOW, NOW + 4 * 3600)
    assert alert.areas[0].codes == ("SAME:053033", "UGC:WAC033")
    said = alert.words["en-US"]
    assert said.headline == "Flash Flood Warning until 5"
    assert said.description == "Water is rising.\n\n* WHERE...Here and there.\n* WHEN...Now"
    assert unwrapped("a\nb\n\n- c\n- d\n") == "a b\n\n- c\n- d "


def test_holes_and_several_polygons_are_read() -> None:
    """RFC 7946: the first ring is the border, the others are holes."""
    border = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]
    hole = [[1, 1], [1, 2], [2, 2], [1, 1]]
    geometry = {"type": "MultiPolygon", "coordinates": [[border, hole], [[[9, 9], [9, 8], [8, 8], [9, 9]]]]}
    (alert,) = message_of(feature(geometry=geometry)).alerts
    assert [len(polygon) for polygon in alert.areas[0].polygons] == [2, 1]


@pytest.mark.parametrize(
    ("changed", "error", "why"),
    [
        ({"status": "Test"}, Refused, "not an actual alert"),
        ({"scope": "Private"}, Refused, "not for the public"),
        ({"messageType": "Ack"}, Refused, "neither an alert"),
        ({"severity": "Terrible"}, Malformed, "vocabulary"),
        ({"event": ""}, Malformed, "event is missing"),
        ({"sent": "now"}, Malformed, "zone"),
        ({"expires": None, "ends": None}, Malformed, "expires"),
        ({"language": "English"}, Malformed, "tag"),
        ({"headline": 5}, Malformed, "headline is not a text"),
        ({"references": ["x"]}, Malformed, "names no message"),
        ({"references": "x"}, Malformed, "not a list"),
        ({"geometry": {"type": "Point", "coordinates": [1, 2]}}, Malformed, "not a polygon"),
        ({"geometry": {"type": "Polygon", "coordinates": [[[1, "2"]]]}}, Malformed, "positions"),
        ({"geometry": {"type": "Polygon", "coordinates": [[[True, 2]]]}}, Malformed, "positions"),
        ({"geometry": {"type": "Polygon", "coordinates": [5]}}, Malformed, "positions"),
        ({"geometry": {"type": "Polygon", "coordinates": []}}, Malformed, "without a ring"),
    ],
)
def test_what_cannot_be_used_is_refused(changed: dict[str, Any], error: type[Exception], why: str) -> None:
    """Tests and private ones by policy, the rest as malformed."""
    with pytest.raises(error, match=why):
        message_of(feature(**changed))


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"[" * 100_000, b'{"type":"FeatureCollection"}', b"\xff"])
def test_what_is_no_feed_is_refused(raw: bytes) -> None:
    """Before anything of it is read."""
    with pytest.raises(Malformed):
        read_features(raw, noun="nws")


def test_an_update_takes_the_place_of_what_it_names() -> None:
    """By sender and number."""
    reference = {"sender": "w-nws.webmaster@noaa.gov", "identifier": "urn:oid:1", "sent": "x"}
    newer = message_of(feature(id="urn:oid:2", messageType="Update", references=[reference]))
    end = message_of(feature(id="urn:oid:3", messageType="Cancel", references=[reference]))
    first = message_of(feature())
    assert [one.alert_id for one in fold([first, newer], NOW)] == [newer.message_id]
    assert fold([first, end], NOW) == ()


@pytest.mark.data
def test_the_public_feed_is_read_whole(public_data: Path) -> None:
    """All 529 alerts of the Pacific Northwest's sample, and all that is severe of it fits one file."""
    raw = filled((public_data / "nws-alerts/northwest_active.json").read_bytes(), AT)
    messages = [message_of(one) for one in read_features(raw, noun="nws")]
    assert len(messages) == 529
    assert {message.kind for message in messages} == {Kind.ALERT, Kind.UPDATE}
    assert len(fold(messages, NOW)) == 529
    with pytest.raises(Refused, match="a device takes 200"):
        gather(messages, site="riverton", now=NOW)
    severe = gather(messages, site="riverton", now=NOW, least=Severity.SEVERE)
    assert Alerts.parse(severe.to_bytes()) == severe
    assert 0 < len(severe.alerts) <= 200


@pytest.mark.data
def test_the_flash_flood_in_king_county_concerns_those_inside_it(public_data: Path) -> None:
    """A position inside its polygon, one outside, and the state by its name alone."""
    states = read_areas(
        (public_data / "geo/united-states.geojson").read_bytes(),
        AreaColumns("us", "name", {"en": "name"}),
        tolerance_metres=2000,
    )
    areas = areas_of("riverton", states)
    raw = filled((public_data / "nws-alerts/northwest_active.json").read_bytes(), AT)
    features = [
        one for one in read_features(raw, noun="nws") if one["properties"]["event"] == "Flash Flood Warning"
    ]
    alerts = gather([message_of(one) for one in features], site="riverton", now=NOW, areas=areas)
    (flood,) = alerts.alerts
    assert flood.words["en-US"].where == "King, WA"
    assert "us:Washington" in flood.areas[0].codes
    assert not flood.everyone
    washington = frozenset(code for area in areas_at(areas, OUTSIDE) for code in area.codes)
    assert washington == {"us:Washington"}

    def found(where: Whereabouts) -> list[Concern]:
        return [one.concern for one in concerning(alerts.alerts, where, NOW)]

    assert found(Whereabouts(washington, INSIDE)) == [Concern.HERE]
    assert found(Whereabouts(washington, OUTSIDE)) == []
    assert found(Whereabouts(washington)) == [Concern.NEAR]
    assert found(Whereabouts(frozenset({"us:Oregon"}))) == []


@pytest.mark.data
def test_the_nearest_cooling_centres_of_washington(public_data: Path) -> None:
    """The city's own list, by wards, in one file that a device reads."""
    wards = read_areas(
        (public_data / "geo/dc-ward-2012.geojson").read_bytes(),
        AreaColumns("dc", "WARD_ID", {"en": "NAME"}),
        tolerance_metres=20,
    )
    places = read_places(
        (public_data / "geo/dc-cooling-centers.geojson").read_bytes(),
        PlaceColumns({"en": "NAME"}, ("ADDRESS", "HOURS")),
        wards,
    )
    areas = areas_of("dc", wards, shelters=places)
    assert (len(areas.areas), len(areas.shelters)) == (8, 17)
    assert len(areas.to_bytes()) < 128 * 1024
    for shelter, ward in zip(areas.shelters, _wards(public_data), strict=True):
        assert ward is None or f"dc:{ward.removeprefix('Ward ')}" in shelter.codes


def _wards(public_data: Path) -> list[str | None]:
    """The ward that the city itself names for each place, None where its point lies elsewhere."""
    raw = json.loads((public_data / "geo/dc-cooling-centers.geojson").read_bytes())
    elsewhere = {"Pat Handy Women’s Center", "New York Avenue Men’s Emergency Shelter"}
    return [
        None if one["properties"]["NAME"] in elsewhere else one["properties"]["WARD"]
        for one in raw["features"]
    ]
