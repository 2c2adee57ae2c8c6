"""A reminder is said neither early nor twice nor not at all, whatever the calendar does."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from edge_client.reminders.days import day_of, later
from edge_client.reminders.due import Kept, done, due, last_day, put_off
from edge_client.reminders.keeping import print_kept, read_kept
from edge_client.wire.condition import Unit
from edge_client.wire.reminders import After, Reminders, Yearly
from tests.support.reminders import ZONES, anchors, kept_ones, month_ends, reminders, whens

DAY = timedelta(days=1)


@given(kept=kept_ones(), data=st.data())
def test_it_is_said_from_its_first_lead_to_its_last_late_day(kept: Kept, data: st.DataObject) -> None:
    """Not on the day before, not on the day after; put off, it is said again later, and not today."""
    first = day_of(kept.reminder, kept.anchor, 0)
    start, end = first - kept.reminder.leads[0] * DAY, first + kept.reminder.late * DAY
    today = data.draw(st.dates(start - 3 * DAY, end + DAY) | st.sampled_from((start - DAY, start, end)))
    said = due(kept, today)
    if today <= end:
        assert (said is not None) == (start <= today)
        assert said is None or (said.day == first and (said.again is None or said.again > today))
    else:
        assert said is None or said.day > first


@given(kept=kept_ones())
def test_whoever_answers_later_is_told_once_a_lead(kept: Kept) -> None:
    """Seen on every day and put off each time, it is said on exactly the days of its leads, once each."""
    first = day_of(kept.reminder, kept.anchor, 0)
    heard = []
    today, left = first - 400 * DAY, kept
    while today <= first + kept.reminder.late * DAY:
        if said := due(left, today):
            assert said.day == first
            heard.append(today)
            left = put_off(left, today)
            assert due(left, today) is None
        today += DAY
    assert heard == [first - lead * DAY for lead in kept.reminder.leads]


@given(kept=kept_ones(whens(kinds=("yearly", "after"))))
def test_whoever_answers_done_is_told_once_a_period(kept: Kept) -> None:
    """Over four periods, seen on every day: each day is named once, in order, at its first lead."""
    lead = kept.reminder.leads[0] * DAY
    days = [day_of(kept.reminder, kept.anchor, period) for period in range(4)]
    heard, left, today = [], kept, days[0] - lead - 3 * DAY
    while today < days[3] - lead:
        if said := due(left, today):
            heard.append((today, said.day))
            after = done(left, today)
            assert after is not None
            left = after
        today += DAY
    assert heard == [(day - lead, day) for day in days[:3]]


@given(kept=kept_ones(whens(kinds=("done",))), data=st.data())
def test_a_span_from_when_it_was_done_begins_anew_that_day(kept: Kept, data: st.DataObject) -> None:
    """Done today, and the next day is a whole span from today."""
    when = kept.reminder.when
    assert isinstance(when, After)
    first = day_of(kept.reminder, kept.anchor, 0)
    today = data.draw(st.dates(first - kept.reminder.leads[0] * DAY, first + kept.reminder.late * DAY))
    after = done(kept, today)
    assert after is not None
    assert day_of(after.reminder, after.anchor, after.period) == later(today, when.count, when.unit)
    assert due(after, today) is None


@given(kept=kept_ones(), off=st.integers(0, 10_000))
def test_what_is_kept_ends(kept: Kept, off: int) -> None:
    """After its last day nothing is said of it any more."""
    assert due(kept, last_day(kept) + (1 + off) * DAY) is None


@given(day=anchors | month_ends, count=st.integers(1, 600))
def test_months_and_years_keep_to_the_calendar(day: date, count: int) -> None:
    """The month is that of the arithmetic; the date is the same, or the last that the month has."""
    for unit, months in ((Unit.MONTHS, count), (Unit.YEARS, 12 * count)):
        then = later(day, count, unit)
        assert (then.year * 12 + then.month) - (day.year * 12 + day.month) == months
        length = calendar.monthrange(then.year, then.month)[1]
        assert then.day == min(day.day, length)


@given(kept=kept_ones(whens(kinds=("yearly", "after", "done"))), periods=st.integers(1, 30))
def test_a_short_month_moves_no_later_day(kept: Kept, periods: int) -> None:
    """Each day is counted from the first: the 31st comes back after February, and 29 February after 28."""
    days = [day_of(kept.reminder, kept.anchor, period) for period in range(periods + 1)]
    assert days == sorted(set(days))
    when = kept.reminder.when
    wanted = when.day if isinstance(when, Yearly) else kept.anchor.day
    if isinstance(when, Yearly) or (isinstance(when, After) and when.unit is not Unit.DAYS):
        for day in days:
            assert day.day == min(wanted, calendar.monthrange(day.year, day.month)[1])


@given(kept=kept_ones(), made=st.lists(reminders(), max_size=1), zone=st.sampled_from(ZONES))
def test_what_is_printed_reads_back(kept: Kept, made: list, zone: str) -> None:  # type: ignore[type-arg]  # a draw
    """Kept reminders and the file of a site, byte for byte."""
    assert read_kept(print_kept(kept)) == kept
    raw = Reminders(zone, tuple(made)).to_bytes()
    assert Reminders.parse(raw).to_bytes() == raw
