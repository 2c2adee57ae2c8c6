"""Writes the vectors of alerts: geometry, matching, distances, files and those to be refused.

Run as `python -m tests.support.alert_vectors`: the files change only when a format or a rule does. What must
come out is written here by hand, and not computed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from consent_ledger import canonical
from consent_ledger.note import sign_note
from edge_client.wire.alert_file import MAX_LIFETIME_S, AlertFile, AlertHead, entry_of
from edge_client.wire.alerts import AlertArea, Alerts, Certainty, Severity, Urgency
from edge_client.wire.areas import Area, Areas, Shelter
from edge_client.wire.polygons import print_polygon
from tests.support.alerts import AGENCY, HOUR, NOW, SITE, STRANGER, alert, alert_id, box, signed, words

FOLDER = Path(__file__).resolve().parent.parent / "vectors" / "alerts"
SOURCE = "made by `python -m tests.support.alert_vectors`; the agency's private key is 32 bytes of 3"
DEGREE = 1_000_000

SQUARE = box(0, 0, 10, 10)
WITH_HOLE = (*box(0, 0, 10, 10), *box(4, 4, 6, 6))
NOTCHED = (((0, 0), (10, 0), (10, 10), (5, 5), (0, 10)),)
DATE_LINE = box(179 * DEGREE, -DEGREE, 181 * DEGREE, DEGREE)
DATE_LINE_HOLE = (*DATE_LINE, *box(-179_900_000, -100_000, -179_500_000, 100_000))
WIDE = box(-170 * DEGREE, -80 * DEGREE, -10 * DEGREE, 80 * DEGREE)
SLANTED = (((-122_240_000, 47_450_000), (-122_240_001, 47_460_003), (-122_220_007, 47_459_999)),)
BOW_TIE = (((0, 0), (10, 10), (10, 0), (0, 10)),)


def geometry() -> list[dict[str, Any]]:
    """Points and polygons: name, polygon, point, whether it holds the point."""
    rows = [
        ("inside", SQUARE, (5, 5), True),
        ("outside", SQUARE, (11, 5), False),
        ("outside, in line with a side", SQUARE, (12, 10), False),
        ("outside, in line with the lower side", SQUARE, (-3, 0), False),
        ("a corner belongs to it", SQUARE, (0, 0), True),
        ("the upper corner too", SQUARE, (10, 10), True),
        ("a side belongs to it", SQUARE, (10, 7), True),
        ("the upper side too", SQUARE, (3, 10), True),
        ("in a hole", WITH_HOLE, (5, 5), False),
        ("on the border of a hole", WITH_HOLE, (4, 5), True),
        ("on the corner of a hole", WITH_HOLE, (6, 6), True),
        ("beside a hole", WITH_HOLE, (3, 5), True),
        ("in a notch", NOTCHED, (5, 8), False),
        ("at the bottom of a notch", NOTCHED, (5, 5), True),
        ("a ray through a corner", NOTCHED, (1, 5), True),
        ("beside a notch", NOTCHED, (1, 8), True),
        ("on a notch's slope", NOTCHED, (7, 7), True),
        ("west of the date line", DATE_LINE, (179_500_000, 0), True),
        ("east of the date line", DATE_LINE, (-179_500_000, 0), True),
        ("on the date line from the west", DATE_LINE, (180 * DEGREE, 0), True),
        ("on the date line from the east", DATE_LINE, (-180 * DEGREE, 0), True),
        ("the far side of the date line", DATE_LINE, (-178 * DEGREE, 0), False),
        ("the other side of the earth", DATE_LINE, (0, 0), False),
        ("a hole beyond the date line", DATE_LINE_HOLE, (-179_700_000, 0), False),
        ("beside a hole beyond the date line", DATE_LINE_HOLE, (-179_300_000, 0), True),
        ("a side ends on the date line", box(-180 * DEGREE, 0, -179 * DEGREE, 5), (180 * DEGREE, 3), True),
        ("wider than numbers multiply", WIDE, (-11 * DEGREE, 79_999_999), True),
        ("outside something wide", WIDE, (-9_999_999, 79_999_999), False),
        ("a millionth of a degree inside", SLANTED, (-122_240_000, 47_450_001), True),
        ("a millionth of a degree outside", SLANTED, (-122_240_001, 47_450_000), False),
        ("in one wing of a bow tie", BOW_TIE, (2, 3), True),
        ("in the other wing", BOW_TIE, (9, 5), True),
        ("below its knot", BOW_TIE, (5, 1), False),
        ("at its knot", BOW_TIE, (5, 5), True),
    ]
    return [
        {"name": name, "polygon": print_polygon(polygon), "point": list(point), "holds": holds}
        for name, polygon, point, holds in rows
    ]


HARBOUR, HILL = "riverton:harbour", "riverton:hill"
ALERTS = Alerts(
    SITE,
    (
        alert(1, AlertArea((HARBOUR,), ())),
        alert(2, AlertArea((HARBOUR,), (box(0, 0, 10, 10),)), severity=Severity.SEVERE),
        alert(3, severity=Severity.MINOR),
        alert(4, AlertArea((), (box(20, 0, 30, 10),)), AlertArea((HILL,), ()), urgency=Urgency.IMMEDIATE),
        alert(5, effective=NOW + HOUR, expires=NOW + 3 * HOUR, replaces=(3,), severity=Severity.EXTREME),
        alert(6, AlertArea((HILL,), ()), certainty=Certainty.OBSERVED),
        alert(7, AlertArea((HILL,), ()), onset=NOW - 2 * HOUR),
        alert(8, severity=Severity.UNKNOWN, effective=NOW - 9 * HOUR, expires=NOW),
        alert(9, AlertArea((HARBOUR,), ()), AlertArea((HARBOUR,), (box(0, 0, 10, 10),))),
    ),
)


def matching() -> list[dict[str, Any]]:
    """Who is concerned: codes, point, time, and the numbers of alerts with how they concern, in order."""
    rows: list[tuple[str, list[str], list[int] | None, int, list[tuple[int, str]]]] = [
        ("nobody said where", [], None, NOW, [(3, "everyone")]),
        (
            "by area",
            [HARBOUR],
            None,
            NOW,
            [(2, "near"), (1, "here"), (9, "here"), (3, "everyone")],
        ),
        (
            "a position inside",
            [HARBOUR],
            [5, 5],
            NOW,
            [(2, "here"), (1, "here"), (9, "here"), (3, "everyone")],
        ),
        ("a position outside", [HARBOUR], [50, 50], NOW, [(1, "here"), (9, "here"), (3, "everyone")]),
        ("a position without an area", [], [25, 5], NOW, [(4, "here"), (3, "everyone")]),
        (
            "soonest, surest, earliest first",
            [HILL],
            None,
            NOW,
            [(4, "here"), (6, "here"), (7, "here"), (3, "everyone")],
        ),
        ("another's code", ["other:harbour"], None, NOW, [(3, "everyone")]),
        ("before anything", [HARBOUR], None, NOW - 2 * HOUR, [(8, "everyone")]),
        ("the last second", [], None, NOW - 1, [(3, "everyone"), (8, "everyone")]),
        ("replaced from the moment on", [], None, NOW + HOUR, [(5, "everyone")]),
        ("after everything", [HARBOUR], None, NOW + 3 * HOUR, []),
    ]
    return [
        {
            "name": name,
            "codes": codes,
            "point": point,
            "now": now,
            "found": [[alert_id(number), concern] for number, concern in found],
        }
        for name, codes, point, now, found in rows
    ]


def changes() -> list[dict[str, Any]]:
    """When what is in force may differ next."""
    rows = [(NOW - 10 * HOUR, NOW - 9 * HOUR), (NOW - HOUR, NOW), (NOW, NOW + HOUR), (NOW + 3 * HOUR, None)]
    return [{"now": now, "next": then} for now, then in rows]


def distances() -> list[dict[str, Any]]:
    """Points and how far they are from one another, in metres."""
    rows = [
        ((0, 0), (0, 0), 0),
        ((0, 0), (0, DEGREE), 111_195),
        ((0, 0), (DEGREE, 0), 111_195),
        ((0, 60 * DEGREE), (DEGREE, 60 * DEGREE), 55_597),
        ((179_999_000, 0), (-179_999_000, 0), 222),
        ((-77_032_404, 38_917_444), (-77_015_725, 38_895_445), 2_839),
    ]
    return [{"one": list(one), "other": list(other), "metres": metres} for one, other, metres in rows]


AREAS = Areas(
    SITE,
    ("riverton:city",),
    (
        Area(HARBOUR, ("SAME:900001", HARBOUR), {"en": "Harbour", "ar": "الميناء"}, (SQUARE,)),
        Area(HILL, (HILL,), {"en": "Hill"}, (box(10, 0, 20, 10), box(20, 0, 30, 10))),
    ),
    (Shelter({"en": "Library"}, {"en": "9 to 5"}, (5, 5), (HARBOUR,)),),
)


def files() -> list[dict[str, Any]]:
    """Files that open: text, pin, time, and the number that they have."""
    plain = signed(alert(1), areas=AREAS.to_bytes())
    rows = [
        ("nothing to say", signed(), 0, None, NOW),
        ("one alert", plain, 0, None, NOW),
        ("the same again", plain, 1, plain.digest.hex(), NOW),
        ("newer than the one before", signed(alert(2), sequence=9), 8, "0" * 64, NOW),
        ("the last second", plain, 0, None, plain.head.not_after - 1),
        ("a clock that is behind", plain, 0, None, NOW - 365 * 24 * HOUR),
        (
            "markup is text",
            signed(alert(1, said=words("<b>A</b>", headline="<script>x</script>"))),
            0,
            None,
            NOW,
        ),
        ("every matching alert", signed(*ALERTS.alerts), 0, None, NOW),
    ]
    return [
        {
            "name": name,
            "text": file.to_bytes().decode(),
            "site": SITE,
            "key": str(AGENCY.key),
            "pin": {"sequence": sequence, "digest": digest},
            "now": now,
            "sequence": file.head.sequence,
            "ids": [each["id"] for each in json.loads(file.alerts)["alerts"]],
        }
        for name, file, sequence, digest, now in rows
    ]


def bad_files() -> list[dict[str, Any]]:
    """Files that must be refused, and how."""
    good = signed(alert(1), sequence=5)
    other = signed(alert(2), sequence=5)
    text = good.to_bytes().decode()

    def row(name: str, raw: str, error: str, **trust: Any) -> dict[str, Any]:
        pin = {"sequence": trust.get("sequence", 0), "digest": trust.get("digest")}
        return {
            "name": name,
            "text": raw,
            "site": trust.get("site", SITE),
            "key": str(AGENCY.key),
            "pin": pin,
            "now": trust.get("now", NOW),
            "error": error,
        }

    def mixed(head: AlertFile, body: AlertFile) -> str:
        return canonical.encode(
            {"v": 1, "head": head.note.to_bytes().decode(), "alerts": body.alerts.decode()}
        ).decode()

    rows = [
        row(
            "signed by a stranger of the same name",
            signed(alert(1), signer=STRANGER).to_bytes().decode(),
            "Untrue",
        ),
        row("signed by nobody known", _renamed(good), "Untrue"),
        row("the alerts of another file", mixed(good, other), "Untrue"),
        row("a changed text", text.replace("High river", "Low river!"), "Untrue"),
        row("a changed number in the head", text.replace('\\"sequence\\":5', '\\"sequence\\":6'), "Untrue"),
        row("another site", text, "Untrue", site="elsewhere"),
        row("older than what was seen", text, "Refused", sequence=6, digest="0" * 64),
        row("another under the same number", text, "Untrue", sequence=5, digest=other.digest.hex()),
        row("over", text, "Refused", now=good.head.not_after),
        row("not json", "{", "Malformed"),
        row("nothing", "", "Malformed"),
        row("a space", text.replace('","v":1}', '", "v":1}'), "Malformed"),
        row("a field more", text.replace('"v":1}', '"v":1,"w":1}'), "Malformed"),
        row("too large", text[:-2] + " " * 600_000 + text[-2:], "Malformed"),
        row("believed for ever", _headed(good, not_after=good.head.issued + MAX_LIFETIME_S + 1), "Malformed"),
        row("over before it began", _headed(good, not_after=good.head.issued), "Malformed"),
        row("number zero", _headed(good, sequence=0), "Malformed"),
        row("a head for another site", _headed(good, site="elsewhere"), "Untrue"),
    ]
    return [*rows, *(row(name, raw, error) for name, raw, error in _bad_alerts())]


def _renamed(file: AlertFile) -> str:
    signature = replace(file.note.signatures[0], name="somebody.example/bundles")
    return replace(file, note=replace(file.note, signatures=(signature,))).to_bytes().decode()


def _headed(file: AlertFile, **changed: Any) -> str:
    head = replace(file.head, **changed)
    return replace(file, note=sign_note(str(head), AGENCY), head=head).to_bytes().decode()


def _bad_alerts() -> list[tuple[str, str, str]]:
    """Alerts that are signed as they should be, and are still not to be read."""
    ring = list(map(int, (0, 0, 10, 0, 10, 10)))

    def area(**changed: Any) -> Callable[[dict[str, Any]], None]:
        return lambda one: one.update(everyone=False, areas=[{"codes": ["a:b"], "polygons": [], **changed}])

    def said(**changed: Any) -> Callable[[dict[str, Any]], None]:
        return lambda one: one["words"]["en"].update(changed)

    changes: list[tuple[str, Callable[[dict[str, Any]], None], str]] = [
        ("no event", said(event=""), "Malformed"),
        ("a headline of two lines", said(headline="a\nb"), "Malformed"),
        ("a control character", said(description="a\u0007b"), "Malformed"),
        ("a text that never ends", said(instruction="x" * 4001), "Malformed"),
        ("a word too many", said(href="https://example.org"), "Malformed"),
        ("no known language", lambda one: one.update(words={"english": one["words"]["en"]}), "Malformed"),
        ("no language", lambda one: one.update(words={}), "Malformed"),
        ("an unknown severity", lambda one: one.update(severity="terrible"), "Malformed"),
        ("a fraction of a second", lambda one: one.update(expires=str(NOW)), "Malformed"),
        ("ends before it begins", lambda one: one.update(expires=one["effective"]), "Untrue"),
        ("replaces itself", lambda one: one.update(replaces=[one["id"]]), "Untrue"),
        ("replaces in disorder", lambda one: one.update(replaces=["f" * 32, "e" * 32]), "Malformed"),
        ("concerns nobody", lambda one: one.update(everyone=False), "Untrue"),
        ("everyone, perhaps", lambda one: one.update(everyone=1), "Malformed"),
        ("a code without a list", area(codes=["harbour"]), "Malformed"),
        ("a code twice", area(codes=["a:b", "a:b"]), "Malformed"),
        ("an area of nothing", area(codes=[]), "Malformed"),
        ("a polygon without rings", area(polygons=[[]]), "Malformed"),
        ("half a point", area(polygons=[[[*ring, 5]]]), "Malformed"),
        ("two points", area(polygons=[[ring[:4]]]), "Malformed"),
        ("a point that is a text", area(polygons=[[["0", *ring[1:]]]]), "Malformed"),
        ("a point that is true", area(polygons=[[[True, *ring[1:]]]]), "Malformed"),
        ("a closed ring", area(polygons=[[[*ring, 0, 0]]]), "Malformed"),
        ("a point twice", area(polygons=[[[0, 0, 0, 0, *ring]]]), "Malformed"),
        ("beyond a pole", area(polygons=[[[*ring, 0, 90_000_001]]]), "Malformed"),
        ("half a turn in one side", area(polygons=[[[*ring, 180_000_000, 10]]]), "Malformed"),
        ("too far west", area(polygons=[[[-180_000_001, 0, -179_000_000, 0, -179_000_000, 9]]]), "Malformed"),
        ("too far east", area(polygons=[[[180_000_000, 0, 180_000_009, 0, 180_000_009, 9]]]), "Malformed"),
    ]  # fmt: skip
    rows = []
    for name, change, error in changes:
        value = json.loads(signed(alert(1)).alerts)
        change(value["alerts"][0])
        rows.append((name, _signed_raw(value), error))
    twice = json.loads(signed(alert(1)).alerts)
    twice["alerts"] *= 2
    many = json.loads(signed(alert(1)).alerts)
    many["alerts"] = [{**many["alerts"][0], "id": alert_id(number)} for number in range(201)]
    ahead = json.loads(signed(alert(1), alert(2)).alerts)
    ahead["alerts"].reverse()
    rows += [
        ("an alert twice", _signed_raw(twice), "Malformed"),
        ("too many alerts", _signed_raw(many), "Malformed"),
        ("out of order", _signed_raw(ahead), "Malformed"),
        ("too many points", _signed_raw(_crowded()), "Malformed"),
        ("alerts of another site", _signed_raw({**twice, "alerts": [], "site": "elsewhere"}), "Untrue"),
    ]
    return rows


def _crowded() -> dict[str, Any]:
    """Three alerts with seven thousand points each."""
    value: dict[str, Any] = json.loads(signed(alert(1), alert(2), alert(3)).alerts)
    ring = [0, 9, *(number for step in range(6999) for number in (step % 10, step % 2))]
    for one in value["alerts"]:
        one["areas"] = [{"codes": [], "polygons": [[ring]]}]
    return value


def _signed_raw(value: object) -> str:
    raw = canonical.encode(value)
    head = AlertHead(SITE, 1, NOW - 60, NOW + HOUR, entry_of(raw), None)
    return AlertFile(sign_note(str(head), AGENCY), head, raw).to_bytes().decode()


def contents() -> dict[str, dict[str, Any]]:
    """Every file of vectors by its name."""
    return {
        "geometry.json": {"rows": geometry()},
        "matching.json": {
            "alerts": ALERTS.to_bytes().decode(),
            "rows": matching(),
            "changes": changes(),
        },
        "distances.json": {"rows": distances()},
        "areas.json": {"text": AREAS.to_bytes().decode()},
        "files.json": {"rows": files()},
        "bad_files.json": {"rows": bad_files()},
    }


def main() -> None:
    """Write the vectors."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in contents().items():
        (FOLDER / name).write_text(printed(content), encoding="utf-8")


def printed(content: dict[str, Any]) -> str:
    """A file of vectors as it is written."""
    return json.dumps({"source": SOURCE, **content}, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    main()
