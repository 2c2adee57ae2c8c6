"""Messages of the Common Alerting Protocol: what is read, what is grouped, what is refused."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from pathlib import Path

import pytest

from consent_ledger.errors import Malformed, Refused, Untrue
from edge_client.alerts.geometry import contains
from edge_client.alerts.place import point_of
from edge_client.wire.alerts import Alert, Alerts, Severity
from nearside.importing.cap import DEFAULT_LIFE_S, message_of, parse_xml
from nearside.importing.cap_signature import Signatory, signed_root
from nearside.importing.messages import Kind, Message, fold
from tests.support.cap import POLYGON, SENT, cap, info

NOW = int(SENT.timestamp())
HOUR = 3600


def read(raw: bytes) -> Message:
    return message_of(parse_xml(raw))


def only(raw: bytes) -> Alert:
    (found,) = read(raw).alerts
    return found


def test_a_message_is_read() -> None:
    """Times, words, severity, a polygon with its first point dropped, a code by its list."""
    code = "<geocode><valueName>SAME</valueName><value>053033</value></geocode>"
    found = only(cap(info(area=f"<polygon>{POLYGON}</polygon>{code}")))
    assert (found.effective, found.expires, found.onset) == (NOW, NOW + 6 * HOUR, None)
    assert found.severity is Severity.SEVERE
    (area,) = found.areas
    assert area.codes == ("SAME:053033",)
    assert area.polygons == (
        (((-30_020_000, 48_020_000), (-29_980_000, 48_020_000), (-29_980_000, 48_040_000)),),
    )
    assert found.words["en"].sender == "alerts@riverton.example"
    assert Alerts("riverton", (found,)).to_bytes()


def test_both_versions_are_read() -> None:
    """1.1 and 1.2; an older one is refused."""
    assert only(cap(info(), version="1.1")).words == only(cap(info())).words
    with pytest.raises(Malformed, match="not an alert of CAP"):
        read(cap(info(), version="1.0"))


def test_languages_of_one_thing_are_one_alert() -> None:
    """Blocks that differ in words alone; another severity, or the same language again, is another alert."""
    raw = cap(info(), info(language="ar", event="نهر"), info(severity="Minor"), info(event="Again"))
    found = read(raw).alerts
    assert [sorted(one.words) for one in found] == [["ar", "en"], ["en"], ["en"]]
    assert len({one.alert_id for one in found}) == 3


def test_a_circle_becomes_a_polygon_that_holds_it() -> None:
    """Nothing of the circle is cut off, and little is added; a radius of nothing is a hundred metres."""
    found = only(cap(info(area="<circle>48.0,-30.0 10</circle>")))
    (polygon,) = found.areas[0].polygons
    inside = [(0.0, 0.0899), (0.0, -0.0899), (0.1343, 0.0), (-0.1343, 0.0), (0.095, 0.0635)]
    outside = [(0.0, 0.0905), (0.1352, 0.0), (0.097, 0.0648)]
    for places, held in ((inside, True), (outside, False)):
        for east, north in places:
            assert contains(polygon, point_of(longitude=-30 + east, latitude=48 + north)) is held
    point = only(cap(info(area="<circle>48.0,-30.0 0.0</circle>"))).areas[0].polygons[0]
    assert contains(point, point_of(longitude=-30.001, latitude=48.0))
    assert not contains(point, point_of(longitude=-30.002, latitude=48.0))


def test_an_area_over_the_date_line_is_one_polygon() -> None:
    """Points on either side of 180 degrees belong together, and Greenwich does not."""
    raw = cap(info(area="<polygon>1,179 1,-179 -1,-179 -1,179 1,179</polygon>"))
    (polygon,) = only(raw).areas[0].polygons
    assert [contains(polygon, point_of(longitude=lon, latitude=0.0)) for lon in (179.5, -179.5, 180, 0)] == [
        True, True, True, False,
    ]  # fmt: skip


def test_without_an_end_an_alert_is_said_for_a_day() -> None:
    """The protocol leaves it to the recipient."""
    assert only(cap(info(more=""))).expires == NOW + DEFAULT_LIFE_S


def test_texts_are_texts() -> None:
    """What looks like markup stays as it is; comments are no part of a text and cut nothing off."""
    found = only(cap(info(event="A &lt;b&gt; <!-- x -->and more", where="<![CDATA[<script>]]>")))
    assert found.words["en"].event == "A <b> and more"
    assert found.words["en"].where == "<script>"


def test_long_texts_end_in_an_ellipsis() -> None:
    """What a device reads is bounded."""
    long = "word " * 2000
    found = only(cap(info(more=f"<headline>{long}</headline><description>{long}</description>")))
    said = found.words["en"]
    assert said.headline.endswith("word …")
    assert (len(said.headline) <= 400, len(said.description) <= 4000) == (True, True)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (cap(info(), status="Exercise"), "not an actual alert"),
        (cap(info(), status="Test"), "not an actual alert"),
        (cap(info(), scope="Private"), "not for the public"),
        (cap(info(), kind="Ack"), "neither an alert nor"),
        (cap(), "says nothing"),
    ],
)
def test_what_is_not_meant_for_the_public_is_left_out(raw: bytes, why: str) -> None:
    """Refused by policy, and not as malformed: a feed may hold it."""
    with pytest.raises(Refused, match=why):
        read(raw)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"<alert>", "not xml"),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'/>", "not an alert"),
        (b"", "not xml"),
        (b"x" * 1_100_000, "too long"),
        (cap(info(), sent="2026-11-22T09:00:00"), "zone"),
        (cap(info(), sent="2026-02-30T09:00:00-00:00"), "calendar"),
        (cap(info(), kind="Update"), "refers to nothing"),
        (cap(info(), kind="Update", references="alerts@riverton.example,one"), "references"),
        (cap(info(severity="Terrible")), "vocabulary"),
        (cap(info(severity="")), "missing"),
        (cap(info(language="english")), "tag"),
        (cap(info(area="")), "neither polygon"),
        (cap(info(where="")), "areaDesc is missing"),
        (cap(info(area="<polygon></polygon>")), "not closed"),
        (cap(info(area="<polygon>1,1 1,2 2,2</polygon>")), "not closed"),
        (cap(info(area="<polygon>1,1 1,2 2,2 1,3</polygon>")), "not closed"),
        (cap(info(area="<polygon>1,1 1,2 2,x 1,1</polygon>")), "not a pair"),
        (cap(info(area="<polygon>91,1 1,2 2,2 91,1</polygon>")), "not on the earth"),
        (cap(info(area="<polygon>80,0 80,120 80,-120 80,0</polygon>")), "round a pole"),
        (cap(info(area="<polygon>1,1 1,1 1,1 1,1</polygon>")), "fewer than three"),
        (cap(info(area="<circle>89.9,0 50</circle>")), "reaches a pole"),
        (cap(info(area="<circle>1,1 -5</circle>")), "point and a radius"),
        (cap(info(area="<circle>1,1</circle>")), "point and a radius"),
        (cap(info(area="<geocode><valueName>SAME</valueName></geocode>")), "value is missing"),
        (cap(info(more="<expires>soon</expires>")), "zone"),
        (cap(info(), before="<!DOCTYPE alert>"), "document type"),
    ],
)  # fmt: skip
def test_what_is_malformed_is_refused(raw: bytes, why: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(Malformed, match=why):
        read(raw)


def updating(*messages: bytes, now: int = NOW + 60) -> list[str]:
    """What is left of messages in any order: always the same."""
    read_all = [read(raw) for raw in messages]
    found = {
        tuple(sorted(one.words["en"].event for one in fold(order, now)))
        for order in itertools.permutations(read_all)
    }
    (left,) = found
    return list(left)


FIRST = "alerts@riverton.example,one,2026-11-22T09:00:00-00:00"


def test_updates_and_cancellations_take_away_what_they_name() -> None:
    """Whatever the order in which they came, and over more than one step."""
    one = cap(info(event="First"))
    two = cap(info(event="Second"), identifier="two", kind="Update", references=FIRST)
    second = FIRST.replace(",one,", ",two,")
    three = cap(info(event="Third"), identifier="three", kind="Update", references=second)
    end = cap(identifier="four", kind="Cancel", references=FIRST.replace(",one,", ",three,"))
    assert updating(one) == ["First"]
    assert updating(one, two) == ["Second"]
    assert updating(one, three) == ["First", "Third"]
    assert updating(one, two, three) == ["Third"]
    assert updating(one, two, three, end) == []
    assert updating(one, end) == ["First"]
    assert updating(two, now=NOW + 7 * HOUR) == []


def test_an_update_to_come_leaves_what_it_names_until_then() -> None:
    """Both are published; the device changes over by itself."""
    later = "<effective>2026-11-22T12:00:00-00:00</effective><expires>2026-11-22T20:00:00-00:00</expires>"
    two = cap(info(event="Second", more=later), identifier="two", kind="Update", references=FIRST)
    found = fold([read(cap(info(event="First"))), read(two)], NOW)
    replaced = {one.words["en"].event: one.replaces for one in found}
    ids = {one.words["en"].event: one.alert_id for one in found}
    assert replaced == {"First": (), "Second": (ids["First"],)}


def test_the_newer_of_two_messages_with_one_name_counts() -> None:
    """A sender that corrects a message under its old number is taken at its last word."""
    again = cap(info(event="Corrected"), sent="2026-11-22T09:30:00-00:00")
    assert updating(cap(info(event="First")), again) == ["Corrected"]


@pytest.mark.data
def test_public_messages_are_read_or_refused(public_data: Path) -> None:
    """Every CAP file of the public sample, valid and invalid, as it should be."""
    said: dict[str, str] = {}
    for file in sorted((public_data / "cap/testdata").glob("*.cap")):
        try:
            said[file.stem] = f"{read(file.read_bytes()).kind.value}"
        except (Malformed, Refused) as error:
            said[file.stem] = str(error)
    assert said == {
        "australia": Kind.ALERT.value,
        "canada": Kind.UPDATE.value,
        "canada_errors": "cap: references name nothing",
        "canada_signed": Kind.UPDATE.value,
        "earthquake": Kind.ALERT.value,
        "earthquake-iso8859-1": Kind.ALERT.value,
        "earthquake_signed": Kind.ALERT.value,
        "invalid": "cap: scope is missing",
        "no_optional_fields": "cap: an alert that says nothing",
        "noaa_errors": "cap: references name nothing",
        "wcatwc-warning": Kind.UPDATE.value,
        "weather": Kind.ALERT.value,
        "xee": "cap: a document type declaration",
    }


@pytest.mark.data
def test_a_public_signed_message_holds_until_a_byte_changes(public_data: Path) -> None:
    """Environment Canada's own signature of 2013, beside that of whoever passed it on; without SHA-1 allowed
    it is refused, and so is each of many changed bytes."""
    folder = public_data / "cap/testdata"
    raw = (folder / "canada_signed.cap").read_bytes()
    pem = (folder / "environment_canada_x509_cert.pem").read_bytes()
    signatory = Signatory.of(pem, with_sha1=True)
    message = message_of(signed_root(raw, [signatory]))
    assert sorted(message.alerts[0].words) == ["en-CA", "fr-CA"]
    assert datetime.fromtimestamp(message.sent, UTC).year == 2013
    with pytest.raises(Untrue):
        signed_root(raw, [Signatory.of(pem)])
    end = raw.index(b"<Signature")
    for place in range(raw.index(b"<identifier>") + 12, end, 997):
        changed = raw[:place] + (b"0" if raw[place : place + 1] != b"0" else b"1") + raw[place + 1 :]
        with pytest.raises((Malformed, Untrue)):
            signed_root(changed, [signatory])
