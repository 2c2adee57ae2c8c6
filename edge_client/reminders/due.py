"""Whether a reminder is said on a day, and what follows from later, done and stop."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from edge_client.reminders.days import day_of
from edge_client.wire.reminders import After, Reminder, Since, When

FIRST_ANCHOR: Final = date(1900, 1, 1)
LAST_ANCHOR: Final = date(2999, 12, 31)
"""Days that somebody can mean: all that follows from them is in the calendar."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a device keeps of a reminder: the agency's own words, so that no page has to ask for them.

    Days are counted from `anchor`, in the site's time zone `zone`. `period` is the first day, by its number,
    that was not done; `put_off` how many of its leads were answered with later.
    """

    reminder: Reminder
    zone: str
    anchor: date
    period: int = 0
    put_off: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """What is said: the day that it is about, and on which day again if it is put off; None: not any more."""

    name: str
    day: date
    again: date | None


def begin(reminder: Reminder, zone: str, anchor: date, *, today: date) -> Kept | None:
    """Return what to keep of a reminder that is asked for today; None where all its days are over."""
    kept = Kept(reminder, zone, anchor)
    while (period := _current(kept, today)) is None:
        if not reminder.repeats:
            return None
        kept = replace(kept, period=kept.period + 2)
    return replace(kept, period=period)


def counts_alike(when: When, other: When) -> bool:
    """Whether the days of both are counted from the same thing: an anchor of one is one of the other."""
    match when, other:
        case After(), After():
            return when.since is other.since
        case _:
            return type(when) is type(other)


def redeclared(kept: Kept, reminder: Reminder, zone: str, *, today: date) -> Kept | None:
    """Return what to keep once the site declares a reminder anew; None where all its days are over by now.

    Of other days none was done yet: they begin anew from the same anchor. Other words, leads or late days
    leave the days, and what was done, as they are. Raises `ValueError` unless both `counts_alike`: then
    nobody has said yet what the days are counted from.
    """
    if not counts_alike(kept.reminder.when, reminder.when):
        raise ValueError("reminder: counted from something else than before")
    if _days(kept.reminder.when) != _days(reminder.when):
        return begin(reminder, zone, kept.anchor, today=today)
    return replace(kept, reminder=reminder, zone=zone, put_off=0)


def due(kept: Kept, today: date) -> Due | None:
    """Return what is said today of a reminder, or None."""
    period = _current(kept, today)
    if period is None:
        return None
    day = day_of(kept.reminder, kept.anchor, period)
    reached = _reached(kept.reminder, day, today)
    if reached <= (kept.put_off if period == kept.period else 0):
        return None
    leads = kept.reminder.leads
    again = day - timedelta(days=leads[reached]) if reached < len(leads) else None
    return Due(kept.reminder.name, day, again)


def put_off(kept: Kept, today: date) -> Kept:
    """Return what is kept after `later`: nothing more is said until the next lead."""
    period = _current(kept, today)
    if period is None:
        return kept
    reached = _reached(kept.reminder, day_of(kept.reminder, kept.anchor, period), today)
    return replace(kept, period=period, put_off=reached)


def done(kept: Kept, today: date) -> Kept | None:
    """Return what is kept once it was done today; None where nothing follows."""
    period = _current(kept, today)
    if not kept.reminder.repeats or period is None:
        return None
    if isinstance(kept.reminder.when, After) and kept.reminder.when.since is Since.FINISHED:
        return replace(kept, anchor=today, period=0, put_off=0)
    return replace(kept, period=period + 1, put_off=0)


def next_day(kept: Kept, today: date) -> date | None:
    """Return the day that the reminder is about next, or None when it is over."""
    period = _current(kept, today)
    return None if period is None else day_of(kept.reminder, kept.anchor, period)


def last_day(kept: Kept) -> date:
    """Return the last day on which the reminder is kept if nobody answers it.

    One that repeats is kept for one more time than it was answered: whoever never comes back is forgotten.
    """
    period = kept.period + (1 if kept.reminder.repeats else 0)
    return day_of(kept.reminder, kept.anchor, period) + timedelta(days=kept.reminder.late)


def _days(when: When) -> When:
    """What the days are reckoned by: the question for the first is words."""
    return replace(when, ask=None) if isinstance(when, After) else when


def _current(kept: Kept, today: date) -> int | None:
    """The first day, by its number, that is neither done nor over."""
    for period in (kept.period, kept.period + 1):
        over = day_of(kept.reminder, kept.anchor, period) + timedelta(days=kept.reminder.late)
        if today <= over:
            return period
        if not kept.reminder.repeats:
            break
    return None


def _reached(reminder: Reminder, day: date, today: date) -> int:
    return sum(today >= day - timedelta(days=lead) for lead in reminder.leads)
