"""Writes the vectors of alerts: geometry, matching, distances, files and those to be refused.

Run as `python -m tests.support.alert_vectors`: the files change only when a format or a rule does. What must
come out is written here by hand, and not computed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from edge_client.wire.alerts import AlertArea, Alerts, Certainty, Severity, Urgency
from edge_client.wire.areas import Area, Areas, Shelter
from tests.support.alerts import AGENCY, HOUR, NOW, SITE, alert, alert_id, box, signed, words
from tests.support.bad_alert_files import bad_files
from tests.support.position_vectors import SQUARE, distances, geometry, reach

FOLDER = Path(__file__).resolve().parent.parent / "vectors" / "alerts"
SOURCE = "made by `python -m tests.support.alert_vectors`; the agency's private key is 32 bytes of 3"
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
            "now": at,
            "found": [[alert_id(number), concern] for number, concern in found],
        }
        for name, codes, point, at, found in rows
    ]


def unsure() -> list[dict[str, Any]]:
    """What a position that may be wrong says: codes at the point, codes that are possible, and the alerts."""
    rows: list[tuple[str, list[int], int, list[str], list[str], list[tuple[int, str]]]] = [
        ("inside", [5, 5], 1, [HARBOUR], [HARBOUR], [(2, "here"), (1, "here"), (9, "here"), (3, "everyone")]),
        (
            "next door",
            [15, 5],
            1,
            [HILL],
            [HARBOUR, HILL],
            [
                (2, "near"),
                (4, "here"),
                (6, "here"),
                (7, "here"),
                (1, "near"),
                (9, "near"),
                (3, "everyone"),
            ],
        ),
        ("a polygon without an area", [31, 5], 1, [], [], [(4, "near"), (3, "everyone")]),
        ("too far for its error", [9_000, 5], 100, [], [], [(3, "everyone")]),
        (
            "an area, and too far from its polygon",
            [9_000, 5],
            100,
            [],
            [HARBOUR],
            [(1, "near"), (9, "near"), (3, "everyone")],
        ),
    ]
    return [
        {
            "name": name,
            "point": point,
            "metres": metres,
            "codes": codes,
            "possible": possible,
            "found": [[alert_id(number), concern] for number, concern in found],
        }
        for name, point, metres, codes, possible, found in rows
    ]


def changes() -> list[dict[str, Any]]:
    """When what is in force may differ next."""
    rows = [(NOW - 10 * HOUR, NOW - 9 * HOUR), (NOW - HOUR, NOW), (NOW, NOW + HOUR), (NOW + 3 * HOUR, None)]
    return [{"now": at, "next": change} for at, change in rows]


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
            "now": at,
            "sequence": file.head.sequence,
            "ids": [each["id"] for each in json.loads(file.alerts)["alerts"]],
        }
        for name, file, sequence, digest, at in rows
    ]


def contents() -> dict[str, dict[str, Any]]:
    """Every file of vectors by its name."""
    return {
        "geometry.json": {"rows": geometry()},
        "matching.json": {
            "alerts": ALERTS.to_bytes().decode(),
            "rows": matching(),
            "changes": changes(),
            "unsure": unsure(),
        },
        "distances.json": {"rows": distances()},
        "reach.json": {"rows": reach()},
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
