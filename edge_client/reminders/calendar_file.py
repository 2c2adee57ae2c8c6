"""A reminder as a calendar file, for whatever calendar the citizen uses (RFC 5545)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Final

from consent_ledger import canonical
from edge_client.reminders.days import day_of
from edge_client.reminders.due import Kept
from edge_client.wire.condition import Unit
from edge_client.wire.reminders import After, Since, Yearly

_PRODUCT: Final = "-//Nearside//Reminders 1//EN"
_LINE_BYTES: Final = 75
_ALARM_HOUR: Final = 9
"""Alarms ring in the morning: midnight, when a day begins, is no time to be told anything."""
_SHORT_MONTH: Final = 28
_ID_DIGITS: Final = 12
_FREQUENCY: Final = {Unit.YEARS: "YEARLY", Unit.MONTHS: "MONTHLY", Unit.DAYS: "DAILY"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a calendar: a kept reminder from its day number `period` on, in one language.

    `origin` is that of the site (`https://riverton.example`), `made` the day on which the file is made.
    `note` is what else the citizen is told in it: what the decision is called, and where to look it up.
    """

    kept: Kept
    period: int
    lang: str
    origin: str
    made: date
    note: str = ""


def calendar_file(entry: Entry) -> bytes:
    """Print the entry as an iCalendar object with lines of at most 75 octets, ended by CR LF (section 3.1).

    Its day has no time zone: it is that day wherever the citizen is (section 3.3.4). The UID is made of the
    site, the reminder and its first day alone, whichever is next, so that a later download takes the place of
    an earlier one.
    """
    reminder = entry.kept.reminder
    day = day_of(reminder, entry.kept.anchor, entry.period)
    title, url = reminder.title[entry.lang], entry.origin + reminder.page[entry.lang]
    told = f"{title}: {url}{entry.note and f' {entry.note}'}"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{_PRODUCT}",
        "CALSCALE:GREGORIAN",
        "BEGIN:VEVENT",
        f"UID:{_uid(entry.kept, entry.origin)}",
        f"DTSTAMP:{_basic(entry.made)}T000000Z",
        f"DTSTART;VALUE=DATE:{_basic(day)}",
        *_rule(entry.kept, day),
        f"SUMMARY:{_text(title)}",
        f"DESCRIPTION:{_text(told)}",
        f"URL:{url}",
        "CLASS:PRIVATE",
        "TRANSP:TRANSPARENT",
        *(line for lead in reminder.leads for line in _alarm(lead, title)),
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(_folded(line) for line in lines).encode()


def decision_id(kept: Kept, origin: str) -> str:
    """Return what the decision to remind is called: 12 hex digits, the beginning of the UID.

    It is made of what the reminder is about, and of nothing that is this device's alone: two people with the
    same reminder for the same day have the same.
    """
    return _uid(kept, origin)[:_ID_DIGITS]


def _alarm(lead: int, title: str) -> tuple[str, ...]:
    # Counted from midnight, when the day begins.
    before = f"-P{lead - 1}DT{24 - _ALARM_HOUR}H" if lead > 1 else f"-PT{24 - _ALARM_HOUR}H"
    trigger = before if lead else f"PT{_ALARM_HOUR}H"
    return (
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"TRIGGER:{trigger}",
        f"DESCRIPTION:{_text(title)}",
        "END:VALARM",
    )


def _rule(kept: Kept, day: date) -> tuple[str, ...]:
    """How the day comes again; nothing where it does not, or counts from when it will have been done."""
    match kept.reminder.when:
        case Yearly(month, on):
            return (_repeated(1, Unit.YEARS, month=month, on=on),)
        case After(count, unit, Since.NAMED, _, True):
            return (_repeated(count, unit, month=day.month, on=kept.anchor.day),)
        case _:
            return ()


def _repeated(count: int, unit: Unit, *, month: int, on: int) -> str:
    rule = f"RRULE:FREQ={_FREQUENCY[unit]};INTERVAL={count}"
    if unit is Unit.DAYS or on <= _SHORT_MONTH:
        return rule
    # Months without such a day would be left out (section 3.3.10): the last of what they have is meant.
    days = ",".join(str(each) for each in range(_SHORT_MONTH, on + 1))
    if unit is Unit.YEARS:
        return f"{rule};BYMONTH={month};BYMONTHDAY={days};BYSETPOS=-1"
    return f"{rule};BYMONTHDAY={days};BYSETPOS=-1"


def _uid(kept: Kept, origin: str) -> str:
    made_of = {"site": origin, "name": kept.reminder.name, "day": _first(kept)}
    return hashlib.sha256(canonical.encode(made_of)).hexdigest()[:32]


def _first(kept: Kept) -> str:
    """The first day of the series; of a yearly one its date alone, in whichever year it was asked for."""
    match kept.reminder.when:
        case Yearly(month, on):
            return f"--{month:02}-{on:02}"
        case _:
            return day_of(kept.reminder, kept.anchor, 0).isoformat()


def _basic(day: date) -> str:
    return day.isoformat().replace("-", "")


def _text(value: str) -> str:
    """Escape a text (section 3.3.11); control characters, which it cannot hold, become spaces."""
    plain = "".join(" " if ord(each) < 32 or ord(each) == 127 else each for each in value)
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def _folded(line: str) -> str:
    """Fold a line between characters, so that no reader sees half of one."""
    parts, size = [""], 0
    for each in line:
        width = len(each.encode())
        if size + width > _LINE_BYTES:
            parts.append("")
            size = 1  # the space that a folded line begins with
        parts[-1] += each
        size += width
    return "\r\n ".join(parts) + "\r\n"
