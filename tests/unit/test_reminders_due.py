"""Reminders by the calendar that people know: single days, told one by one."""

from __future__ import annotations

from datetime import date

import pytest

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from edge_client.reminders.days import day_of
from edge_client.reminders.due import Due, Kept, done, due, last_day, next_day, put_off
from edge_client.reminders.keeping import print_kept, read_kept
from edge_client.wire.condition import Unit
from edge_client.wire.reminders import Deadline, Reminders, Yearly, print_reminder, read_reminder
from tests.support.reminders import reminder_of, yearly_after

PERMIT = Kept(reminder_of(yearly_after()), "America/Chicago", date(2026, 12, 22))


def test_thirty_days_before_and_not_thirty_one() -> None:
    """A permit from 22 December 2026 ends on 22 December 2027: nothing on 21 November, a word on the 22nd."""
    assert due(PERMIT, date(2027, 11, 21)) is None
    assert due(PERMIT, date(2027, 11, 22)) == Due("permit", date(2027, 12, 22), date(2027, 12, 15))


def test_later_is_until_the_next_lead_and_at_last_not_any_more() -> None:
    """Put off on the first day, it comes a week before, and on the day itself; then quiet for a year."""
    kept = put_off(PERMIT, date(2027, 11, 22))
    assert due(kept, date(2027, 12, 14)) is None
    assert due(kept, date(2027, 12, 15)) == Due("permit", date(2027, 12, 22), date(2027, 12, 22))
    kept = put_off(put_off(kept, date(2027, 12, 16)), date(2027, 12, 23))
    assert due(kept, date(2028, 1, 5)) is None
    assert due(kept, date(2028, 11, 22)) == Due("permit", date(2028, 12, 22), date(2028, 12, 15))


def test_done_is_quiet_until_the_next_year() -> None:
    """Renewed early, it is not said on the other leads of this year."""
    kept = done(PERMIT, date(2027, 11, 25))
    assert kept is not None
    assert [due(kept, day) for day in (date(2027, 12, 15), date(2027, 12, 22), date(2028, 11, 21))] == [
        None
    ] * 3
    assert due(kept, date(2028, 11, 22)) is not None
    assert next_day(kept, date(2027, 11, 25)) == date(2028, 12, 22)


@pytest.mark.parametrize(
    ("month", "day", "asked", "days"),
    [
        (2, 29, date(2023, 6, 1), (date(2024, 2, 29), date(2025, 2, 28), date(2026, 2, 28))),
        (2, 29, date(2025, 2, 28), (date(2025, 2, 28), date(2026, 2, 28), date(2027, 2, 28))),
        (12, 31, date(2025, 12, 31), (date(2025, 12, 31), date(2026, 12, 31), date(2027, 12, 31))),
        (1, 1, date(2025, 1, 2), (date(2026, 1, 1), date(2027, 1, 1), date(2028, 1, 1))),
    ],
)
def test_every_year_on_a_date(month: int, day: int, asked: date, days: tuple[date, ...]) -> None:
    """The first is the next one from when it was asked for, that day itself included."""
    reminder = reminder_of(Yearly(month, day))
    assert tuple(day_of(reminder, asked, period) for period in range(3)) == days


def test_months_after_a_month_end() -> None:
    """From 31 January: the end of February, and 31 March all the same."""
    reminder = reminder_of(yearly_after(1, Unit.MONTHS), leads=(7,), late=3)
    days = [day_of(reminder, date(2027, 1, 31), period) for period in range(4)]
    assert days == [date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30), date(2027, 5, 31)]


def test_a_deadline_is_over_when_its_late_days_are() -> None:
    """It is said late as long as that helps; then it may not be kept any more."""
    kept = Kept(reminder_of(Deadline(date(2027, 1, 31)), late=2), "UTC", date(2026, 11, 22))
    assert due(kept, date(2027, 2, 2)) == Due("permit", date(2027, 1, 31), None)
    assert due(kept, date(2027, 2, 3)) is None
    assert last_day(kept) == date(2027, 2, 2)
    assert done(kept, date(2027, 1, 20)) is None


def test_a_clock_set_back_says_nothing_early() -> None:
    """Before the day on which it was asked for there is nothing to say."""
    assert due(PERMIT, date(2020, 11, 25)) is None


def test_what_repeats_is_forgotten_once_nobody_answers_twice() -> None:
    """One unanswered year is waited out, a second is not."""
    assert last_day(PERMIT) == date(2029, 1, 5)
    assert due(PERMIT, date(2028, 12, 1)) is not None
    assert next_day(PERMIT, date(2029, 1, 6)) is None


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("leads", [7, 30], "the most first"),
        ("leads", [400], "out of range"),
        ("leads", [], "whole numbers"),
        ("late", 91, "out of range"),
        ("page", {"en": "//elsewhere.example", "ar": "/a"}, "expected form"),
        ("page", {"en": "/\\elsewhere.example", "ar": "/a"}, "expected form"),
        ("title", {"en": "Renew"}, "ar is missing"),
        ("when", {"kind": "yearly", "month": 2, "day": 30}, "not a day"),
        ("when", {"kind": "sometimes"}, "expected form"),
        ("languages", ["en", "en"], "twice"),
    ],
)
def test_a_reminder_that_means_nothing_is_refused(field: str, value: canonical.Json, said: str) -> None:
    """Each with what is wrong."""
    broken = {**print_reminder(reminder_of(Yearly(4, 5))), field: value}
    with pytest.raises(Malformed, match=said):
        read_reminder(broken, "reminder 1")


def test_leads_that_run_into_the_day_before_are_refused() -> None:
    """A monthly day that is said 30 days before would be said twice at a time."""
    with pytest.raises(Malformed, match="do not fit"):
        read_reminder(print_reminder(reminder_of(yearly_after(1, Unit.MONTHS))), "reminder 1")


def test_a_kept_reminder_of_no_calendar_is_refused() -> None:
    """Numbers that lead past the year 9999 are no reminder."""
    raw = print_kept(PERMIT).replace(b'"period":0', b'"period":99999')
    with pytest.raises(Malformed, match="past the calendar's end"):
        read_kept(raw)


def test_reminders_in_disorder_are_refused() -> None:
    """The file has one order, and no name twice."""
    one = print_reminder(reminder_of(Yearly(4, 5)))
    raw = canonical.encode({"v": 1, "zone": "UTC", "reminders": [one, one]})
    with pytest.raises(Malformed, match="doubles"):
        Reminders.parse(raw)
