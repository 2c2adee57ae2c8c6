"""The days of a reminder: each counted from the first, so that a short month moves no later one."""

from __future__ import annotations

from datetime import date, timedelta

from edge_client.wire.condition import Unit
from edge_client.wire.reminders import After, Deadline, Reminder, Yearly


def later(day: date, count: int, unit: Unit) -> date:
    """Return the day so much later; where the month has no such day, its last.

    The last, and not the first of the next month: a deadline that is said a day early harms nobody.
    Raises `OverflowError` past the year 9999.
    """
    if unit is Unit.DAYS:
        return day + timedelta(days=count)
    months = day.year * 12 + day.month - 1 + count * (12 if unit is Unit.YEARS else 1)
    return _on(months // 12, months % 12 + 1, day.day)


def day_of(reminder: Reminder, anchor: date, period: int) -> date:
    """Return the reminder's day number `period`, the first is 0, counted from `anchor`.

    Raises `OverflowError` past the year 9999; a reminder that does not repeat has number 0 alone.
    """
    match reminder.when:
        case Deadline(on):
            return on
        case Yearly(month, day):
            this_year = _on(anchor.year, month, day)
            return _on(anchor.year + period + (this_year < anchor), month, day)
        case After(count, unit):
            return later(anchor, count * (period + 1), unit)


def _on(year: int, month: int, day: int) -> date:
    if year > date.max.year:
        raise OverflowError("reminder: past the calendar's end")
    following = date.max if (year, month) == (date.max.year, 12) else None
    last = (following or date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(day, last))
