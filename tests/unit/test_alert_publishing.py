"""From feeds to the shelf: what is left out, who is named, what a command says."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import shapely
from click.testing import CliRunner

from consent_ledger.ed25519 import Ed25519Signer
from consent_ledger.errors import Malformed, Refused, Untrue
from demo.alerts import FOLDER, city_areas, city_message, put_alerts
from edge_client.alerts.geometry import contains
from edge_client.alerts.opening import AlertPin, open_alerts, open_areas
from edge_client.wire.alerts import AlertArea, Severity
from edge_client.wire.areas import Areas
from nearside.alert_publishing import gather, live_alerts, path_of, publish_alerts
from nearside.commands.alerts import alerts as command
from nearside.importing.cap import message_of, parse_xml
from nearside.importing.messages import Kind, Message
from nearside.importing.shapes import circle_of, covers, polygon_of, simplified, touches
from tests.support.alerts import AGENCY, NOW, SITE, alert, box, signed
from tests.support.cap import cap, info, signing

HOUR = 3600


@dataclass
class Shelf:
    """A shelf in memory."""

    files: dict[str, bytes] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def write(self, path: str, data: bytes, *, immutable: bool) -> None:
        assert immutable == ("/files/" in path)
        self.order.append(path)
        self.files[path] = data


@dataclass
class Deployed:
    """A deployment in memory."""

    shelf: Shelf = field(default_factory=Shelf)

    def agency_signer(self) -> object:
        return AGENCY


def message(*areas: AlertArea, severity: Severity = Severity.SEVERE, number: int = 1) -> Message:
    one = alert(number, *(areas or (AlertArea(("x:y",), ()),)), severity=severity)
    return Message(one.alert_id, NOW, Kind.ALERT, (), (one,))


def test_alerts_elsewhere_are_left_out_and_those_here_name_their_areas() -> None:
    """By code, by an alias, by a polygon that touches; and by none."""
    areas = city_areas()
    quay = box(-30_015_000, 48_005_000, -30_005_000, 48_010_000)
    found = gather(
        [
            message(AlertArea(("riverton:harbour",), ()), number=1),
            message(AlertArea((), (quay,)), number=2),
            message(AlertArea((), (box(0, 0, 10, 10),)), number=3),
            message(AlertArea(("other:harbour",), ()), number=4),
        ],
        site=SITE,
        now=NOW,
        areas=areas,
    )
    assert [one.areas[0].codes for one in found.alerts] == [("riverton:harbour",), ("riverton:harbour",)]
    assert not any(one.everyone for one in found.alerts)


@pytest.mark.parametrize(
    "area",
    [
        AlertArea(("riverton:city",), ()),
        AlertArea(tuple(sorted(one.code for one in city_areas().areas)), ()),
        AlertArea((), (box(-31_000_000, 47_000_000, -29_000_000, 49_000_000),)),
    ],
    ids=["the whole site's code", "every area's code", "a polygon around all"],
)
def test_what_is_for_every_area_is_for_everyone(area: AlertArea) -> None:
    """It shows to those who never said where they are."""
    (found,) = gather([message(area)], site=SITE, now=NOW, areas=city_areas()).alerts
    assert found.everyone


def test_what_touches_every_area_is_not_yet_for_everyone() -> None:
    """A polygon along the border that all districts share leaves most of them out."""
    strip = box(-30_059_000, 48_025_000, -29_941_000, 48_035_000)
    (found,) = gather([message(AlertArea((), (strip,)))], site=SITE, now=NOW, areas=city_areas()).alerts
    assert len(found.areas[0].codes) == 6
    assert not found.everyone


def test_less_serious_alerts_can_be_left_out() -> None:
    """Down to a severity, that one too."""
    severities = list(Severity)
    messages = [message(severity=one, number=number) for number, one in enumerate(severities)]
    found = gather(messages, site=SITE, now=NOW, least=Severity.MODERATE)
    assert [one.severity for one in found.alerts] == severities[:3]


def test_areas_of_another_site_are_refused() -> None:
    """Before anything is published."""
    with pytest.raises(Untrue, match="another site"):
        gather([], site="elsewhere", now=NOW, areas=city_areas())


def test_each_publication_has_a_higher_number() -> None:
    """The time, or the next one where two fall into a second; the areas lie there before the file that names
    them, and a device opens both."""
    deployed = Deployed()
    for at, sequence in ((NOW - 9, NOW - 9), (NOW, NOW), (NOW, NOW + 1), (NOW - 5, NOW + 2)):
        file = put_alerts(deployed, "heatwave", now=at)  # type: ignore[arg-type]  # a signer in memory
        assert file.head.sequence == sequence
    assert deployed.shelf.order[-1] == path_of(SITE)
    raw = deployed.shelf.files[path_of(SITE)]
    opened = open_alerts(raw, site=SITE, agency=AGENCY.key, pin=AlertPin())
    (heat,) = opened.alerts.alerts
    assert heat.everyone
    assert opened.head.areas is not None
    listed = deployed.shelf.files[f"nearside/{SITE}/files/{opened.head.areas.sha256}"]
    assert open_areas(listed, opened.head) == city_areas()


def test_a_lost_file_does_not_take_the_numbers_back() -> None:
    """Devices that saw what lay there before believe what comes after."""
    deployed = Deployed()
    before = put_alerts(deployed, "river", now=NOW)  # type: ignore[arg-type]  # a signer in memory
    deployed.shelf.files.clear()
    after = put_alerts(deployed, "heatwave", now=NOW + 1)  # type: ignore[arg-type]  # a signer in memory
    pin = AlertPin(before.head.sequence, before.digest.hex())
    opened = open_alerts(after.to_bytes(), site=SITE, agency=AGENCY.key, pin=pin)
    assert opened.pin.sequence > before.head.sequence


@pytest.mark.parametrize("sequence", [2**53 - 1, NOW + HOUR])
@pytest.mark.parametrize("name", [AGENCY.key.name, "somebody.example/bundles"])
def test_a_strangers_number_counts_for_nothing(sequence: int, name: str) -> None:
    """Whoever can write to the shelf cannot use the numbers up, under the agency's name or another."""
    deployed = Deployed()
    stranger = Ed25519Signer.from_seed(name, b"\x09" * 32)
    forged = signed(alert(1), sequence=sequence, signer=stranger)
    claimed = replace(forged.note.signatures[0], name=AGENCY.key.name, key_id=AGENCY.key.key_id)
    for note in (forged.note, replace(forged.note, signatures=(claimed,))):
        deployed.shelf.files[path_of(SITE)] = replace(forged, note=note).to_bytes()
        file = put_alerts(deployed, "river", now=NOW)  # type: ignore[arg-type]  # a signer in memory
        assert file.head.sequence == NOW


def test_what_lies_in_the_alerts_place_is_not_overwritten_unread() -> None:
    """A number can only rise where the one before is known."""
    deployed = Deployed()
    deployed.shelf.files[path_of(SITE)] = b"{}"
    with pytest.raises(Malformed):
        put_alerts(deployed, now=NOW)  # type: ignore[arg-type]  # a signer in memory
    assert deployed.shelf.files[path_of(SITE)] == b"{}"


@pytest.mark.parametrize("lifetime_s", [0, -1, 7 * 24 * HOUR + 1])
def test_a_lifetime_that_no_device_takes_is_refused(lifetime_s: int) -> None:
    """Nothing is written."""
    shelf = Shelf()
    with pytest.raises(Refused, match="up to a week"):
        publish_alerts(
            gather([], site=SITE, now=NOW),
            areas=None,
            shelf=shelf,
            signer=AGENCY,
            now=NOW,
            lifetime_s=lifetime_s,
        )
    assert live_alerts(shelf, SITE) is None


def test_geometry_agrees_with_a_library() -> None:
    """Ten thousand points about random polygons: as shapely says, borders included."""
    draw = random.Random(7)  # the same points each time
    for _ in range(100):
        ring = [(draw.randrange(-40, 40), draw.randrange(-40, 40)) for _ in range(draw.randrange(3, 9))]
        shape = shapely.Polygon(ring)
        if not shape.is_valid or shape.area == 0:
            continue
        polygon = polygon_of([[(x / 1_000_000, y / 1_000_000) for x, y in ring]], noun="test")
        for _ in range(100):
            x, y = draw.randrange(-42, 42), draw.randrange(-42, 42)
            assert contains(polygon, (x, y)) == shape.covers(shapely.Point(x, y))


def test_shapes_touch_and_cover_over_the_date_line() -> None:
    """Wherever each of them was begun to be drawn."""
    east = polygon_of([[(179, -1), (-179, -1), (-179, 1), (179, 1)]], noun="test")
    west = polygon_of([[(-179.5, -0.5), (-179.2, -0.5), (-179.2, 0.5), (-179.5, 0.5)]], noun="test")
    far = polygon_of([[(-178, 0), (-177, 0), (-177, 1)]], noun="test")
    assert touches([east], [west])
    assert covers([east], [west])
    assert not covers([west], [east])
    assert not touches([east], [far])
    circle = circle_of(longitude=180, latitude=0, radius_km=30, noun="test")
    assert touches([circle], [polygon_of([[(-179.9, -0.1), (-179.8, -0.1), (-179.8, 0.1)]], noun="test")])


def test_borders_are_simplified_within_the_tolerance() -> None:
    """A wobbly line becomes a straight one, holes stay."""
    wobbly = [(x / 100, (x % 2) / 100_000) for x in range(100)]
    polygon = polygon_of([[*wobbly, (1, 1), (0, 1)], [(0.4, 0.4), (0.6, 0.4), (0.5, 0.6)]], noun="test")
    (simple,) = simplified(polygon, tolerance_degrees=0.001, noun="test")
    assert [len(ring) for ring in simple] == [4, 3]


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(command, [str(argument) for argument in arguments])
    return done.exit_code, done.output


def test_areas_are_made_from_geojson(tmp_path: Path) -> None:
    """The city's own files, by the command; the file is what a device reads."""
    folder = Path(__file__).resolve().parents[2] / "demo/agency/alerts"
    out = tmp_path / "areas.json"
    code, said = run(
        "areas", folder / "areas.geojson", "--site", SITE, "--code", "code",
        "--name", "en=name_en", "--name", "ar=name_ar", "--whole", "riverton:city",
        "--places", folder / "places.geojson", "--place-name", "en=name_en", "--place-name", "ar=name_ar",
        "--place-detail", "hours", "--tolerance-metres", 0, "--out", out,
    )  # fmt: skip
    assert (code, said) == (0, f"areas.json: 6 areas, 6 places, {out.stat().st_size:,} bytes\n")
    assert Areas.parse(out.read_bytes()) == city_areas()


@pytest.mark.parametrize(
    ("name", "why"),
    [("name_fr", "a feature without name_fr"), ("nothing", "is not NAME=PROPERTY")],
)
def test_areas_say_what_is_missing(tmp_path: Path, name: str, why: str) -> None:
    """One line, and the option."""
    folder = Path(__file__).resolve().parents[2] / "demo/agency/alerts"
    given = name if name == "nothing" else f"en={name}"
    code, said = run(
        "areas", folder / "areas.geojson", "--site", SITE, "--code", "code", "--name", given,
        "--out", tmp_path / "areas.json",
    )  # fmt: skip
    assert code == 2
    assert why in said
    assert not (tmp_path / "areas.json").exists()


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"<alert", "MESSAGES feed: cap: not xml"),
        (b'{"type":"FeatureCollection","features":[{}]}', "MESSAGES feed: nws: a feature without properties"),
        (b"", "MESSAGES feed: empty file"),
        (cap(info(severity="Terrible")), "MESSAGES feed: cap: severity is not one of its vocabulary"),
    ],
)
def test_an_unusable_message_stops_the_command(tmp_path: Path, raw: bytes, why: str) -> None:
    """Before a deployment is even looked for; what was live stays live."""
    feed = tmp_path / "feed"
    feed.write_bytes(raw)
    code, said = run("publish", feed, "--site", SITE, "--state", tmp_path / "state")
    assert (code, said) == (2, f"Error: {why}\n")


def test_with_a_certificate_unsigned_messages_are_refused(tmp_path: Path) -> None:
    """Each file by its name; a certificate that is none is refused too."""
    city = signing()
    (tmp_path / "city.pem").write_bytes(city.pem)
    (tmp_path / "one.cap").write_bytes(cap(info()))
    (tmp_path / "two.cap").write_bytes(city.sign(cap(info())).replace(b"High", b"Low!"))
    state = ("--state", tmp_path / "state")
    for name, why in (("one", "not signed, and a signature is required"), ("two", "changed, or not signed")):
        code, said = run(
            "publish",
            tmp_path / f"{name}.cap",
            "--site",
            SITE,
            "--certificate",
            tmp_path / "city.pem",
            *state,
        )
        assert code == 2
        assert f"MESSAGES {name}.cap: cap: {why}" in said
    (tmp_path / "three.json").write_text('{"type":"FeatureCollection","features":[]}')
    signed_by = ("--site", SITE, "--certificate", tmp_path / "city.pem", *state)
    code, said = run("publish", tmp_path / "three.json", *signed_by)
    assert code == 2
    assert "MESSAGES three.json: geojson holds no signature, and one is required" in said
    code, said = run("publish", "--site", SITE, "--certificate", tmp_path / "one.cap", *state)
    assert (code, said) == (2, "Error: --certificate: certificate: not one in pem\n")


def test_the_demos_messages_are_read() -> None:
    """Both, in both languages."""
    for name in ("river", "heatwave"):
        (found,) = city_message(name, sent=NOW).alerts
        assert sorted(found.words) == ["ar", "en"]
        assert found.effective == NOW
        ours = parse_xml((FOLDER / f"{name}.cap").read_bytes())
        (as_it_is,) = message_of(ours).alerts
        # Whoever tries the command need not change a file first.
        assert as_it_is.effective < NOW < NOW + 5 * 365 * 24 * HOUR < as_it_is.expires
        assert replace(as_it_is, effective=NOW, expires=found.expires) == found
    assert json.loads(city_areas().to_bytes())["site"] == SITE
