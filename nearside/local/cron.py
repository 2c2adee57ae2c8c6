"""A `cron(...)` of EventBridge: six fields, in UTC, of which one of the two that name days is `?`.

Source: Amazon EventBridge User Guide, "Setting a schedule pattern for scheduled rules", cron expressions.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Self, TypeAlias

from consent_ledger.errors import Malformed

_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"), start=1
    )
}
_WEEKDAYS: Final = {
    name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), start=1)
}
_LAST_YEAR: Final = 2199
_PART: Final = re.compile(r"(?:(\*)|([0-9]+|[A-Z]{3})(?:-([0-9]+|[A-Z]{3}))?)(?:/([1-9][0-9]{0,3}))?")

Days: TypeAlias = Callable[[date], bool]
"""Says of a day whether a field names it."""


@dataclass(frozen=True, slots=True)
class Cron:
    """Every minute that all fields name."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: Days
    months: frozenset[int]
    years: frozenset[int]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what stands between the brackets. Raises `Malformed` for what the guide does not describe."""
        fields = text.split(" ")
        if len(fields) != 6:
            raise Malformed("schedule: a cron has six fields")
        minutes, hours, days, months, weekdays, years = fields
        if (days == "?") == (weekdays == "?"):
            raise Malformed("schedule: one of a cron's two fields of days is ?, and the other is not")
        return cls(
            _numbers(minutes, 0, 59),
            _numbers(hours, 0, 23),
            _days_of_month(days) if weekdays == "?" else _days_of_week(weekdays),
            _numbers(months, 1, 12, _MONTHS),
            _numbers(years, 1970, _LAST_YEAR),
        )

    def after(self, since: int) -> int | None:
        """Return the first moment after `since`, both in seconds since 1970; None where there is none."""
        begin = datetime.fromtimestamp(since, UTC)
        day = begin.date()
        while day.year <= _LAST_YEAR:
            if day.year in self.years and day.month in self.months and self.days(day):
                for hour in sorted(self.hours):
                    for minute in sorted(self.minutes):
                        at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
                        if at > begin:
                            return int(at.timestamp())
            day += timedelta(days=1)
        return None

    def latest(self, since: int, now: int) -> int:
        """Return from when on to look for the next: nothing hangs on when the last one was."""
        return max(since, now)


def _numbers(field: str, low: int, high: int, names: Mapping[str, int] | None = None) -> frozenset[int]:
    """Read `*`, `5`, `MON-FRI`, `0/15` and lists of them."""
    found: set[int] = set()
    for part in field.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise Malformed("schedule: a field of a cron that nobody plays here")
        every, first, last, step = match.groups()
        begin = low if every else _number(first, low, high, names)
        # A step without an end goes on to the field's own.
        end = high if every or (step and not last) else _number(last or first, low, high, names)
        if end < begin:
            raise Malformed("schedule: a range of a cron ends before it begins")
        found.update(range(begin, end + 1, int(step or 1)))
    return frozenset(found)


def _number(word: str, low: int, high: int, names: Mapping[str, int] | None) -> int:
    number = int(word) if word.isdigit() else (names or {}).get(word, -1)
    if not low <= number <= high:
        raise Malformed("schedule: a number of a cron is out of its field's range")
    return number


def _days_of_month(field: str) -> Days:
    if field == "L":
        return lambda day: day.day == _last(day)
    if near := re.fullmatch(r"([0-9]{1,2})W", field):
        wanted = _number(near[1], 1, 31, None)
        return lambda day: wanted <= _last(day) and day.day == _nearest_weekday(day.replace(day=wanted))
    named = _numbers(field, 1, 31)
    return lambda day: day.day in named


def _days_of_week(field: str) -> Days:
    if field == "L":
        return lambda day: _weekday(day) == _WEEKDAYS["SAT"]
    if nth := re.fullmatch(r"([1-7]|[A-Z]{3})#([1-5])", field):
        wanted, number = _number(nth[1], 1, 7, _WEEKDAYS), int(nth[2])
        return lambda day: _weekday(day) == wanted and (day.day - 1) // 7 + 1 == number
    if last := re.fullmatch(r"([1-7]|[A-Z]{3})L", field):
        end = _number(last[1], 1, 7, _WEEKDAYS)
        return lambda day: _weekday(day) == end and day.day + 7 > _last(day)
    if "/" in field:
        raise Malformed("schedule: days of a week have no steps")
    named = _numbers(field, 1, 7, _WEEKDAYS)
    return lambda day: _weekday(day) in named


def _weekday(day: date) -> int:
    """From 1, a Sunday, to 7."""
    return day.isoweekday() % 7 + 1


def _last(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _nearest_weekday(day: date) -> int:
    """The day of the same month, from Monday to Friday, that is nearest."""
    match day.isoweekday():
        case 6:
            return day.day - 1 if day.day > 1 else 3
        case 7:
            return day.day + 1 if day.day < _last(day) else day.day - 2
        case _:
            return day.day
