"""When a device keeps still: quiet hours by its own clock, quiet mode, and suggestions that pause."""

from __future__ import annotations

from typing import Any

from edge_client.wire.alerts import Severity
from tests.support.node_twin import played

HOURS = [f"2026-11-22T{hour:02}:59:00" for hour in range(24)]


def told(*rows: dict[str, Any]) -> list[list[Any]]:
    """Of each row: whether it is quiet, what is kept, under how many names, and whether suggestions pause."""
    return list(played("quiet.mjs", {"rows": list(rows), "severities": []})["kept"])


def quiet_at(hours: list[int] | None, *, on: bool = False) -> list[int]:
    """The hours of a day, by the device's own clock, that are quiet."""
    rows = told(*({"quiet": {"on": on, "hours": hours}, "now": now} for now in HOURS))
    return [hour for hour, (is_quiet, *_) in enumerate(rows) if is_quiet]


def test_quiet_hours_run_past_midnight() -> None:
    """From the first hour up to the last; the same twice is the whole day."""
    assert quiet_at([22, 7]) == [0, 1, 2, 3, 4, 5, 6, 22, 23]
    assert quiet_at([13, 15]) == [13, 14]
    assert quiet_at([8, 8]) == list(range(24))
    assert quiet_at(None) == []


def test_quiet_mode_is_quiet_at_any_hour() -> None:
    """Until it is switched off, whatever the hours are."""
    assert quiet_at(None, on=True) == quiet_at([13, 15], on=True) == list(range(24))


def test_nothing_is_kept_of_somebody_who_wants_no_quiet() -> None:
    """And what cannot be read keeps nothing still: a reminder too many is better than one that is lost."""
    never = {"on": False, "hours": None}
    rows = told({"quiet": never}, {"text": "{"}, {"text": '{"hours":[25,"7"],"on":1}'})
    assert [[is_quiet, kept] for is_quiet, kept, *_ in rows] == [[False, never]] * 3
    assert rows[0][2] == 0


def test_whatever_may_be_a_danger_never_keeps_still() -> None:
    """Nor what nobody knows to be none."""
    still = played("quiet.mjs", {"rows": [], "severities": [each.value for each in Severity]})["still"]
    assert still == [Severity.MINOR.value]


def test_a_pause_ends_by_itself_or_not_at_all() -> None:
    """What is no time pauses nothing."""
    rows = told(
        *({"pause": pause, "now": "1970-01-01T00:00:02Z"} for pause in ("2001", "2000", "Infinity", "soon")),
        {"now": "1970-01-01T00:00:02Z"},
    )
    assert [paused for *_, paused in rows] == [True, False, True, False, False]
