"""Calendar files: another program reads in them what was meant."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from edge_client.reminders.calendar_file import Entry, calendar_file
from edge_client.reminders.days import day_of
from edge_client.reminders.due import Kept
from edge_client.wire.condition import Unit
from edge_client.wire.reminders import Deadline, Reminder, Since, Yearly
from tests.support.reminders import LANGUAGES, kept_ones, reminder_of, whens, yearly_after

ORIGIN = "https://smallville.example"
MADE = date(2026, 11, 22)


def file_of(kept: Kept, *, period: int = 0, lang: str = "en") -> bytes:
    """The file of a kept reminder."""
    return calendar_file(Entry(kept, period, lang, ORIGIN, MADE))


def event_in(raw: bytes) -> Any:
    """The one event of a file, as icalendar reads it."""
    (event,) = Calendar.from_ical(raw).walk("VEVENT")
    return event


@given(kept=kept_ones(), lang=st.sampled_from(LANGUAGES))
def test_another_reader_finds_the_day_the_words_and_the_alarms(kept: Kept, lang: str) -> None:
    """The day has no time and no zone, the words are whole, each lead has its alarm at nine o'clock."""
    raw = file_of(kept, lang=lang)
    calendar = Calendar.from_ical(raw)
    event = event_in(raw)
    assert calendar["VERSION"] == "2.0"
    assert event.errors == []
    assert event.decoded("DTSTART") == day_of(kept.reminder, kept.anchor, 0)
    assert not isinstance(event.decoded("DTSTART"), datetime)
    assert event["SUMMARY"] == kept.reminder.title[lang]
    assert event["URL"] == ORIGIN + kept.reminder.page[lang]
    day = datetime.combine(event.decoded("DTSTART"), datetime.min.time())
    rings = [day + alarm.decoded("TRIGGER") for alarm in event.walk("VALARM")]
    assert rings == [day - timedelta(days=lead) + timedelta(hours=9) for lead in kept.reminder.leads]


@given(kept=kept_ones(), title=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_lines_are_short_and_words_come_through(kept: Kept, title: str) -> None:
    """No line has more than 75 octets (RFC 5545, section 3.1), whatever the words are: commas, semicolons,
    backslashes, other scripts; each line is whole UTF-8, and what controls a terminal is a space."""
    made = Reminder(
        kept.reminder.name, ("en",), {"en": title}, {"en": "/page"}, kept.reminder.when, (30, 7, 0), 14
    )
    raw = file_of(Kept(made, kept.zone, kept.anchor))
    lines = raw.split(b"\r\n")
    assert lines.pop() == b""
    assert all(len(line) <= 75 and line.decode() is not None for line in lines)
    assert not any(byte in line for line in lines for byte in (*range(32), 127))
    plain = "".join(" " if ord(each) < 32 or ord(each) == 127 else each for each in title)
    unfolded = raw.replace(b"\r\n ", b"").decode()
    (summary,) = (line for line in unfolded.split("\r\n") if line.startswith("SUMMARY:"))
    escaped = plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    assert summary == f"SUMMARY:{escaped}"


@given(kept=kept_ones(whens(kinds=("yearly", "after"))), period=st.integers(0, 1))
def test_the_rule_gives_the_days_that_the_device_reckons(kept: Kept, period: int) -> None:
    """Ten times on: months without a 31st and years without a 29 February included."""
    event = event_in(file_of(kept, period=period))
    start = datetime.combine(event.decoded("DTSTART"), datetime.min.time())
    rule = rrulestr(event["RRULE"].to_ical().decode(), dtstart=start)
    reckoned = [day_of(kept.reminder, kept.anchor, period + each) for each in range(10)]
    assert [each.date() for each in islice(rule, 10)] == reckoned


@pytest.mark.parametrize(
    "when",
    [Deadline(date(2027, 1, 31)), yearly_after(repeats=False), yearly_after(1, Unit.YEARS, repeats=False)],
)
def test_what_does_not_repeat_has_no_rule(when: Any) -> None:
    """A deadline comes once."""
    assert "RRULE" not in event_in(file_of(Kept(reminder_of(when), "UTC", MADE)))


def test_a_span_from_when_it_was_done_has_no_rule() -> None:
    """Nobody knows yet when it will have been done."""
    when = type(yearly_after())(1, Unit.YEARS, Since.FINISHED, None, repeats=True)
    assert "RRULE" not in event_in(file_of(Kept(reminder_of(when), "UTC", MADE)))


def test_a_file_names_nobody_and_a_second_one_takes_its_place() -> None:
    """Two people with the same day get the same file, two days another number; no address, no time of day."""
    kept, other = (Kept(reminder_of(Deadline(date(2027, 1, day))), "UTC", MADE) for day in (30, 31))
    again = calendar_file(Entry(kept, 0, "en", ORIGIN, MADE + timedelta(days=3)))
    assert event_in(file_of(kept))["UID"] == event_in(again)["UID"]
    assert event_in(file_of(other))["UID"] != event_in(file_of(kept))["UID"]
    for name in ("ORGANIZER", "ATTENDEE", "CONTACT", "LOCATION"):
        assert name not in event_in(again)
    assert event_in(again).decoded("DTSTAMP").isoformat() == "2026-11-25T00:00:00+00:00"


@given(kept=kept_ones(whens(kinds=("yearly", "after"))), period=st.integers(1, 30))
def test_a_series_is_one_series_from_whichever_day_on(kept: Kept, period: int) -> None:
    """A file saved before and one saved after "done" are one entry in a calendar, and not two without end."""
    first, later = event_in(file_of(kept)), event_in(file_of(kept, period=period))
    assert later["UID"] == first["UID"]
    assert later.decoded("DTSTART") > first.decoded("DTSTART")
    assert later["RRULE"] == first["RRULE"]


def test_a_date_of_the_year_is_one_series_whenever_it_is_asked_for() -> None:
    """Saved by whoever keeps nothing, this year and in two years; another date is another series."""
    asked = [
        Kept(reminder_of(Yearly(4, on)), "UTC", MADE.replace(year=year))
        for year, on in ((2026, 5), (2028, 5), (2026, 6))
    ]
    first, later, other = (event_in(file_of(kept))["UID"] for kept in asked)
    assert first == later != other


def test_two_days_that_are_named_are_two_series() -> None:
    """Two permits of one household do not take each other's place."""
    one, two = (Kept(reminder_of(yearly_after()), "UTC", date(2026, 12, day)) for day in (22, 23))
    assert event_in(file_of(one))["UID"] != event_in(file_of(two))["UID"]
