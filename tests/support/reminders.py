"""Reminders to be reckoned with, and the pages' own engine for them under Node."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from hypothesis import strategies as st

from edge_client.reminders.due import Kept
from edge_client.wire.condition import Unit
from edge_client.wire.reminders import After, Deadline, Reminder, Since, When, Yearly

SCRIPT = Path(__file__).resolve().with_name("reminder_batch.mjs")
LANGUAGES = ("en", "ar")
TITLE = {"en": "Renew your parking permit", "ar": "جدد تصريح الوقوف"}
PAGE = {"en": "/parking/resident-permit", "ar": "/ar/parking/resident-permit"}
ZONES = ("America/Chicago", "Europe/London", "Pacific/Apia", "Africa/Cairo", "Asia/Kolkata", "UTC")

anchors = st.dates(date(1990, 1, 1), date(2090, 12, 31))
month_ends = st.builds(
    lambda year, month: date(year, month, 1) - timedelta(days=1), st.integers(1990, 2090), st.integers(1, 12)
)


def reminder_of(when: When, *, leads: tuple[int, ...] = (30, 7, 0), late: int = 14) -> Reminder:
    """A reminder of the parking permit."""
    return Reminder("permit", LANGUAGES, TITLE, PAGE, when, leads, late)


def yearly_after(count: int = 1, unit: Unit = Unit.YEARS, *, repeats: bool = True) -> After:
    """A span after a day that is named."""
    return After(count, unit, Since.NAMED, {"en": "When?", "ar": "متى؟"}, repeats)


@st.composite
def whens(draw: st.DrawFn, *, kinds: tuple[str, ...] = ("yearly", "deadline", "after", "done")) -> When:
    """All ways to say when; those of `kinds` repeat where no other is among them."""
    kind = draw(st.sampled_from(kinds))
    match kind:
        case "yearly":
            some = draw(st.dates(date(2000, 1, 1), date(2000, 12, 31)) | st.just(date(2000, 2, 29)))
            return Yearly(some.month, some.day)
        case "deadline":
            return Deadline(draw(anchors))
        case _:
            unit = draw(st.sampled_from(Unit))
            since = Since.FINISHED if kind == "done" else Since.NAMED
            count = draw(st.integers(1, {Unit.YEARS: 5, Unit.MONTHS: 30, Unit.DAYS: 400}[unit]))
            ask = {"en": "When, then?", "ar": "متى؟"} if since is Since.NAMED else None
            return After(count, unit, since, ask, "deadline" not in kinds or draw(st.booleans()))


@st.composite
def reminders(draw: st.DrawFn, made: st.SearchStrategy[When] | None = None) -> Reminder:
    """A reminder whose leads fit between its days."""
    when = draw(whens() if made is None else made)
    room = 365
    if isinstance(when, After) and when.repeats:
        room = when.count * {Unit.YEARS: 365, Unit.MONTHS: 28, Unit.DAYS: 1}[when.unit]
    late = draw(st.integers(0, min(90, room - 1)))
    most = min(365, room - 1 - late)
    leads = draw(st.sets(st.integers(0, most), min_size=1, max_size=4))
    return reminder_of(when, leads=tuple(sorted(leads, reverse=True)), late=late)


@st.composite
def kept_ones(draw: st.DrawFn, made: st.SearchStrategy[When] | None = None) -> Kept:
    """A reminder that was asked for on some day."""
    return Kept(draw(reminders(made)), draw(st.sampled_from(ZONES)), draw(anchors | month_ends))
