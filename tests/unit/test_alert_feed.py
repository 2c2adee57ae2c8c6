"""Where somebody is, as several tabs keep it, what a position says, and what a replay cannot undo."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from edge_client.wire.alert_file import AlertFile
from edge_client.wire.alerts import AlertArea, Severity
from edge_client.wire.areas import Area, Areas
from tests.support.alerts import AGENCY, HOUR, NOW, alert, alert_id, box, signed

SCENARIOS = Path(__file__).resolve().parent.parent / "support" / "alert_feeds.mjs"
HERE = Area("riverton:a", ("riverton:a",), {"en": "A"}, (box(0, 0, 2000, 2000),))
NEXT_DOOR = Area("riverton:b", ("riverton:b",), {"en": "B"}, (box(2001, 0, 9000, 2000),))
FAR = Area("riverton:c", ("riverton:c",), {"en": "C"}, (box(5_000_000, 0, 5_002_000, 2000),))
AREAS = Areas("riverton", (), (HERE, NEXT_DOOR, FAR), ()).to_bytes()


def played(scenario: str, *, files: dict[str, AlertFile], **given: Any) -> Any:
    """What one scenario of `alert_feeds.mjs` comes to."""
    whole = {
        "scenario": scenario,
        "site": "riverton",
        "key": str(AGENCY.key),
        "areas": AREAS.decode(),
        "now": NOW,
        **{name: file.to_bytes().decode() for name, file in files.items()},
        **given,
    }
    done = subprocess.run(
        ["node", str(SCENARIOS)], input=json.dumps(whole), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_no_tab_undoes_another() -> None:
    """A place kept in one tab stays, and a forgotten one does not come back."""
    assert played("tabs", files={"first": signed(alert(1), areas=AREAS)}) == {
        "keptAfterYes": True,
        "keptAfterAnotherTab": True,
        "readByLate": 1,
        "keptAfterForgotten": False,
    }


def test_a_position_is_held_against_what_an_alert_says_now() -> None:
    """An alert that grows over a position that was judged before is shown."""
    elsewhere = alert(1, AlertArea(("riverton:b",), (box(5000, 0, 9000, 1000),)))
    grown = alert(
        1,
        AlertArea(("riverton:a", "riverton:b"), (box(-20000, -20000, 20000, 20000),)),
        severity=Severity.EXTREME,
    )
    files = {
        "first": signed(elsewhere, sequence=1, areas=AREAS),
        "second": signed(grown, sequence=2, areas=AREAS),
    }
    said = played("judged", files=files)
    assert said == {"before": [], "after": [[alert_id(1), "near"]]}


def test_a_position_that_is_not_sure_is_in_every_area_that_it_may_be_in() -> None:
    """A neighbour's alert is near, by its polygon or by its area; only what the error cannot reach is
    elsewhere."""
    files = {
        "first": signed(
            alert(1, AlertArea(("riverton:b",), (box(5000, 0, 9000, 1000),))),
            alert(2, AlertArea(("riverton:b",), ())),
            alert(3, AlertArea(("riverton:c",), ())),
            alert(4, AlertArea((), (box(0, 0, 1000, 1000),))),
            areas=AREAS,
        )
    }
    at = {"longitude": 0.0019, "latitude": 0.0005}
    sure, unsure, lost = played(
        "unsure", files=files, positions=[{**at, "accuracy": metres} for metres in (20, 1200.5, 5_000_000)]
    )
    assert sure == {"areas": ["riverton:a"], "isSure": True, "said": []}
    assert unsure == {
        "areas": ["riverton:a", "riverton:b"],
        "isSure": False,
        "said": [[alert_id(number), "near"] for number in (1, 2, 4)],
    }
    assert lost["areas"] == ["riverton:a", "riverton:b", "riverton:c"]
    assert lost["said"] == [[alert_id(number), "near"] for number in (1, 2, 3, 4)]


def test_a_number_that_was_seen_is_not_forgotten_when_its_file_is_over() -> None:
    """A page that comes back later takes no older file, though that says to be in force, and takes a newer
    one."""
    said = played(
        "replayed",
        files={
            "first": signed(alert(1), sequence=10, not_after=NOW + HOUR),
            "second": signed(alert(2, expires=NOW + 9 * HOUR), sequence=9),
            "third": signed(alert(3, expires=NOW + 9 * HOUR), sequence=11),
        },
        later=NOW + 2 * HOUR,
    )
    assert said == {
        "before": [[alert_id(1), "everyone"]],
        "after": [[], []],
        "newest": [[alert_id(3), "everyone"]],
    }
