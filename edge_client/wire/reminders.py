"""`reminders.json`: dates that a site can remind people of, the same for every device
(docs/formats/reminders.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, TypeAlias

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from edge_client.wire.condition import ID, Unit, read_day

MOST_REMINDERS: Final = 200
MOST_LEADS: Final = 8
LONGEST_LEAD: Final = 365
LONGEST_LATE: Final = 90
LONGEST_TEXT: Final = 300
_MOST_LANGUAGES: Final = 20
_LANGUAGE: Final = r"[a-z]{2,3}"
_WORDS: Final = r".*[^\x00-\x20].*"
_ZONE: Final = r"[A-Za-z]+(?:[_+-][A-Za-z0-9]+)*(?:/[A-Za-z0-9]+(?:[_+-][A-Za-z0-9]+)*){0,2}"
_PAGE: Final = r"/(?!/)[!-\[\]-~]{0,299}"
"""Of this site: browsers take a second slash, or a backslash, for the start of another site's name."""
_MOST_COUNT: Final = {Unit.YEARS: 50, Unit.MONTHS: 600, Unit.DAYS: 20_000}
_SHORTEST_DAYS: Final = {Unit.YEARS: 365, Unit.MONTHS: 28, Unit.DAYS: 1}

Words: TypeAlias = Mapping[str, str]


class Since(StrEnum):
    """What a span is counted from: a day that the citizen names, or the day on which it was done."""

    NAMED = "named"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Yearly:
    """Every year on one date; 29 February is 28 February in other years."""

    month: int
    day: int


@dataclass(frozen=True, slots=True)
class Deadline:
    """One day, once."""

    on: date


@dataclass(frozen=True, slots=True)
class After:
    """So many units after a day; again after as many more where it `repeats`.

    `ask` is the question for the day, by language; None where it counts from when something was done.
    """

    count: int
    unit: Unit
    since: Since
    ask: Words | None
    repeats: bool


When: TypeAlias = Yearly | Deadline | After


@dataclass(frozen=True, slots=True)
class Reminder:
    """One thing to be reminded of, in `languages`; `page` is where to do it, a path by language.

    `leads` say how many days before its day it is said, the most first; `late` for how many days after.
    """

    name: str
    languages: tuple[str, ...]
    title: Words
    page: Words
    when: When
    leads: tuple[int, ...]
    late: int

    @property
    def repeats(self) -> bool:
        """Whether another day follows when this one is over."""
        return isinstance(self.when, Yearly) or (isinstance(self.when, After) and self.when.repeats)


@dataclass(frozen=True, slots=True)
class Reminders:
    """All reminders of a site; `zone` says by whose clock its days begin (IANA time zone database)."""

    zone: str
    reminders: tuple[Reminder, ...]

    @classmethod
    def parse(cls, raw: bytes) -> Reminders:
        """Read canonical JSON; what parses prints back byte for byte. Raises `Malformed` with the place."""
        fields = Fields(canonical.decode(raw), "reminders")
        fields.whole("v", low=1, high=1)
        zone = read_zone(fields)
        rows = fields.rows("reminders", max_length=MOST_REMINDERS)
        fields.done()
        reminders = tuple(read_reminder(row, f"reminder {place}") for place, row in enumerate(rows, 1))
        names = [each.name for each in reminders]
        if names != sorted(set(names)):
            raise Malformed("reminders: not sorted by name without doubles")
        return cls(zone, reminders)

    def to_bytes(self) -> bytes:
        """Print canonical JSON."""
        rows: list[Json] = [print_reminder(each) for each in self.reminders]
        return canonical.encode({"v": 1, "zone": self.zone, "reminders": rows})


def read_zone(fields: Fields) -> str:
    """Take the field `zone`. Raises `Malformed`."""
    return fields.text("zone", pattern=_ZONE, max_length=64)


def read_reminder(value: Json, noun: str) -> Reminder:
    """Read one reminder; `noun` begins the error. Raises `Malformed`."""
    fields = Fields(value, noun)
    languages = _languages(fields, noun)
    reminder = Reminder(
        name=fields.text("name", pattern=ID),
        languages=languages,
        title=_words(fields.take("title"), languages, f"{noun}: title"),
        page=_words(fields.take("page"), languages, f"{noun}: page", pattern=_PAGE),
        when=_when(fields.take("when"), languages, f"{noun}: when"),
        leads=_leads(fields, noun),
        late=fields.whole("late", high=LONGEST_LATE),
    )
    fields.done()
    if reminder.leads[0] + reminder.late >= _shortest(reminder):
        raise Malformed(f"{noun}: its leads and late days do not fit between one day and the next")
    return reminder


def print_reminder(reminder: Reminder) -> dict[str, Json]:
    """The JSON object that `read_reminder` reads."""
    return {
        "name": reminder.name,
        "languages": list(reminder.languages),
        "title": dict(reminder.title),
        "page": dict(reminder.page),
        "when": _print_when(reminder.when),
        "leads": list(reminder.leads),
        "late": reminder.late,
    }


def _print_when(when: When) -> dict[str, Json]:
    match when:
        case Yearly(month, day):
            return {"kind": "yearly", "month": month, "day": day}
        case Deadline(on):
            return {"kind": "deadline", "on": on.isoformat()}
        case After():
            return {
                "kind": "after",
                "count": when.count,
                "unit": when.unit.value,
                "since": when.since.value,
                "ask": None if when.ask is None else dict(when.ask),
                "repeats": when.repeats,
            }


def _when(value: Json, languages: tuple[str, ...], noun: str) -> When:
    fields = Fields(value, noun)
    when: When
    match fields.text("kind", pattern="yearly|deadline|after"):
        case "yearly":
            when = Yearly(fields.whole("month", low=1, high=12), fields.whole("day", low=1, high=31))
            # A leap year has every date that any year has.
            read_day(f"2000-{when.month:02}-{when.day:02}", noun)
        case "deadline":
            when = Deadline(read_day(fields.text("on"), noun))
        case _:
            when = _after(fields, languages, noun)
    fields.done()
    return when


def _after(fields: Fields, languages: tuple[str, ...], noun: str) -> After:
    unit = Unit(fields.text("unit", pattern="years|months|days"))
    since = Since(fields.text("since", pattern="named|finished"))
    ask = fields.take("ask")
    if (ask is None) == (since is Since.NAMED):
        raise Malformed(f"{noun}: ask is for a day that is named, and for no other")
    return After(
        count=fields.whole("count", low=1, high=_MOST_COUNT[unit]),
        unit=unit,
        since=since,
        ask=None if ask is None else _words(ask, languages, f"{noun}: ask"),
        repeats=fields.flag("repeats"),
    )


def _shortest(reminder: Reminder) -> int:
    """The fewest days from one day of the reminder to the next; more than any lead where there is no next."""
    match reminder.when:
        case Yearly():
            return _SHORTEST_DAYS[Unit.YEARS]
        case After(repeats=True):
            return reminder.when.count * _SHORTEST_DAYS[reminder.when.unit]
        case _:
            return LONGEST_LEAD + LONGEST_LATE + 1


def _leads(fields: Fields, noun: str) -> tuple[int, ...]:
    rows = fields.rows("leads", max_length=MOST_LEADS)
    leads = tuple(row for row in rows if isinstance(row, int) and not isinstance(row, bool))
    if not leads or len(leads) < len(rows) or list(leads) != sorted(set(leads), reverse=True):
        raise Malformed(f"{noun}: leads are not whole numbers, the most first, without doubles")
    if not 0 <= leads[-1] <= leads[0] <= LONGEST_LEAD:
        raise Malformed(f"{noun}: a lead is out of range")
    return leads


def _languages(fields: Fields, noun: str) -> tuple[str, ...]:
    rows = fields.rows("languages", max_length=_MOST_LANGUAGES)
    each = [Fields({"language": row}, noun).text("language", pattern=_LANGUAGE) for row in rows]
    if not each or len(set(each)) < len(each):
        raise Malformed(f"{noun}: languages are none, or one is there twice")
    return tuple(each)


def _words(value: Json, languages: tuple[str, ...], noun: str, *, pattern: str = _WORDS) -> Words:
    fields = Fields(value, noun)
    words = {lang: fields.text(lang, pattern=pattern, max_length=LONGEST_TEXT) for lang in languages}
    fields.done()
    return words
