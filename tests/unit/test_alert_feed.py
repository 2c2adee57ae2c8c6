"""Where somebody is, as several tabs of one browser keep it, and what a position said of an older alert."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from edge_client.wire.alerts import AlertArea, Severity
from edge_client.wire.areas import Area, Areas
from tests.support.alerts import AGENCY, NOW, alert, box, signed

TABS = Path(__file__).resolve().parent.parent / "support" / "alert_feeds.mjs"


def test_no_tab_undoes_another_and_a_position_is_held_against_what_an_alert_says_now() -> None:
    """A place kept in one tab stays, a forgotten one does not come back, and an alert that grows over a
    position that was judged before is shown."""
    here = Area("riverton:a", ("riverton:a",), {"en": "A"}, (box(0, 0, 2000, 2000),))
    next_door = Area("riverton:b", ("riverton:b",), {"en": "B"}, (box(2001, 0, 9000, 2000),))
    areas = Areas("riverton", (), (here, next_door), ()).to_bytes()
    elsewhere = alert(1, AlertArea(("riverton:b",), (box(5000, 0, 9000, 1000),)))
    grown = alert(
        1,
        AlertArea(("riverton:a", "riverton:b"), (box(-20000, -20000, 20000, 20000),)),
        severity=Severity.EXTREME,
    )
    given = {
        "site": "riverton",
        "key": str(AGENCY.key),
        "first": signed(elsewhere, sequence=1, areas=areas).to_bytes().decode(),
        "second": signed(grown, sequence=2, areas=areas).to_bytes().decode(),
        "areas": areas.decode(),
        "now": NOW,
    }
    done = subprocess.run(
        ["node", str(TABS)], input=json.dumps(given), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout) == {
        "keptAfterYes": True,
        "keptAfterAnotherTab": True,
        "readByLate": 1,
        "keptAfterForgotten": False,
        "before": 0,
        "after": 1,
    }
