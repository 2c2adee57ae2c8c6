"""The clock of a place for devices, which have no time zones; and whether a calendar has the right one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from edge_client.rules.lint import Problem
from edge_client.wire.calendars import Span
from edge_client.wire.rules import Rules

_HOUR = 60
_LONGEST = 100 * 366 * 24 * _HOUR


def clock_of(zone: str, *, since: int, until: date) -> tuple[Span, ...]:
    """Return rows of a minute since 1970 and the minutes to add to UTC from then on, from `since` to the end
    of `until` there.

    Raises `ValueError`, `OverflowError` or `OSError` for a time that no calendar has, or more than a century.
    """
    place = ZoneInfo(zone)

    def added(minute: int) -> int:
        moment = datetime.fromtimestamp(minute * 60, UTC).astimezone(place)
        return round((moment.utcoffset() or timedelta()).total_seconds() / 60)

    last = int(datetime(until.year, until.month, until.day, tzinfo=place).timestamp()) // 60 + 24 * _HOUR
    if last - since > _LONGEST:
        raise ValueError("more than a century")
    rows = [(since, added(since))]
    for hour in range(since, last, _HOUR):
        if added(hour + _HOUR) != added(hour):
            minute = next(each for each in range(hour, hour + _HOUR + 1) if added(each) != added(hour))
            rows.append((minute, added(minute)))
    return tuple(row for row in rows if row[0] < last)


def clock_problems(rules: Rules) -> Iterator[Problem]:
    """Find calendars whose clock is not that of their zone: a place would count as open when it is not."""
    zones = available_timezones() if rules.calendars else frozenset()
    for calendar in rules.calendars:
        place = f"calendar {calendar.name}"
        # A folder of the database, as "Europe", is no zone either.
        if calendar.zone not in zones:
            yield Problem(f"{place}: zone", f"{calendar.zone} is no zone", "name one of the IANA database")
            continue
        since = calendar.clock[0][0]
        try:
            right = clock_of(calendar.zone, since=since, until=calendar.until)
        except (ValueError, OverflowError, OSError):
            # Which of these a system raises for a far year is its own affair.
            yield Problem(
                f"{place}: clock",
                f"{since} or {calendar.until} is too far off",
                "write minutes since 1970, and a last day of these years",
            )
            continue
        if right != calendar.clock:
            rows = [list(row) for row in right]
            yield Problem(f"{place}: clock", f"it is not that of {calendar.zone}", f"write {rows}")
