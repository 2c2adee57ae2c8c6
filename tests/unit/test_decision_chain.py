"""One chain of what a device decided: lists, reminders, alerts and what is under way, each by one name."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from edge_client.reminders.calendar_file import decision_id
from edge_client.reminders.due import Kept, put_off
from edge_client.reminders.keeping import print_kept
from edge_client.wire.reminders import Deadline, Reminder
from tests.support import node_twin

SITE = "https://smallville.example"
DAY = date(2026, 12, 1)
FLOW = "nearside.flow.moving"
PERMIT = "nearside.reminder.permit"
Row = dict[str, Any]


def reminder() -> Kept:
    """A reminder of one day, said thirty and seven days before and on the day."""
    permit = Reminder(
        "permit", ("en",), {"en": "Renew"}, {"en": "/renew"}, Deadline(DAY), (30, 7, 0), late=14
    )
    return Kept(permit, "UTC", anchor=date(2026, 10, 1))


def noon(day: date) -> int:
    """A moment of that day, in Unix milliseconds."""
    return int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp() * 1000)


def listed(name: str, at: date, *items: str) -> Row:
    """A list as the worker tells it, seen on one page."""
    seen = [{"page": None, "at": noon(at), "items": [[item, item] for item in items]}]
    return {"name": name, "at": noon(at), "state": "kept", "page": None, "seen": seen if items else []}


def chain(
    day: date, *decisions: Row, kept: dict[str, str] | None = None, links: tuple[Row, ...] = ()
) -> list[Row]:
    """What the panel lists on a day."""
    case = {"kept": kept or {}, "decisions": decisions, "links": links, "now": noon(day)}
    rows: list[Row] = node_twin.played("chain.mjs", case)
    return rows


def kept_of(kept: Kept) -> dict[str, str]:
    return {PERMIT: print_kept(kept).decode()}


def test_a_reminder_is_called_in_the_chain_what_its_calendar_file_calls_it() -> None:
    """Before it is said, while it is, and when it was put off: one name, and since when."""
    kept = reminder()
    soon, said, later = (
        chain(day, kept=kept_of(each))[0]["link"]
        for day, each in (
            (DAY - timedelta(days=31), kept),
            (DAY - timedelta(days=30), kept),
            (DAY - timedelta(days=29), put_off(kept, DAY - timedelta(days=29))),
        )
    )
    assert {each["id"] for each in (soon, said, later)} == {decision_id(kept, SITE)}
    assert [each["kind"] for each in (soon, said, later)] == [
        "reminder-waits",
        "reminder-due",
        "reminder-later",
    ]
    assert soon["at"] == said["at"] > noon(DAY - timedelta(days=31))
    assert len(said["id"]) == 12


def test_a_name_tells_nobody_from_anybody_else_with_the_same() -> None:
    """Two people with the same reminder for the same day have the same; with another day they have not."""
    kept = reminder()
    other = Kept(kept.reminder, kept.zone, anchor=date(2026, 10, 9), put_off=1)
    assert decision_id(kept, SITE) == decision_id(other, SITE) != decision_id(kept, "https://other.example")


def test_the_chain_is_newest_first_and_says_which_list_led_to_a_page() -> None:
    """A list, what was begun from it, an alert; the newest list that suggested a page, and no other."""
    day = DAY - timedelta(days=10)
    flow = '{"v":2,"until":"2026-12-20","iv":"AA==","data":"AA=="}'
    alert = {"id": "abc", "at": noon(day), "kind": "alert-everyone", "title": "Flood", "href": None, "day": 0}
    old, newer = listed("0" * 16, DAY - timedelta(days=20), "/moving"), listed("1" * 16, day, "/moving", "/x")
    rows = chain(
        day, listed("2" * 16, DAY - timedelta(days=9)), newer, old, kept={FLOW: flow}, links=(alert,)
    )
    names = [row["decision"]["name"] if "decision" in row else row["link"]["title"] for row in rows]
    assert names == ["2" * 16, "1" * 16, "Flood", "Moving home", "0" * 16]
    (begun,) = (row["link"] for row in rows if "link" in row and row["link"]["kind"] == "task")
    assert begun["led"] == "1" * 12
    assert [row["at"] for row in rows] == sorted((row["at"] for row in rows), reverse=True)


def test_twenty_are_listed_and_what_is_no_answers_is_not() -> None:
    """Of whatever kind, and none that cannot be read."""
    lists = [listed(f"{each:016x}", DAY - timedelta(days=each)) for each in range(20)]
    soon = DAY - timedelta(days=40)
    rows = chain(soon, *lists, kept={**kept_of(reminder()), FLOW: "{"})
    assert len(rows) == 20
    assert sum("link" in row for row in rows) == 0
    rows = chain(soon, *lists[3:], kept={**kept_of(reminder()), FLOW: "{}"})
    assert [row["link"]["kind"] for row in rows if "link" in row] == ["reminder-waits"]
