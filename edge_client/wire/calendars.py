"""Calendars of a bundle's rules: when a place is open, by its own clock, and on which days it is closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from edge_client.wire.audience import NAME
from edge_client.wire.condition import read_day
from edge_client.wire.reminders import read_zone

MOST_CALENDARS: Final = 20
MOST_CLOSED: Final = 400
_MOST_CHANGES: Final = 64
_MOST_SPANS: Final = 4
_DAYS: Final = 7
_DAY_MINUTES: Final = 24 * 60
_FURTHEST_MINUTES: Final = 26 * 60
_EPOCH: Final = date(1970, 1, 1).toordinal()

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a place is open, by the clock of `zone` (IANA time zone database), to the end of the day `until`.

    Devices have no such database: `clock` has rows of a minute since 1970, UTC, and the minutes that are to
    be added to UTC from then on. `week` has for Monday to Sunday the spans in which the place is open, in
    minutes of the day; on the days `closed` it is not.
    """

    name: str
    zone: str
    clock: tuple[Span, ...]
    week: tuple[tuple[Span, ...], ...]
    closed: tuple[date, ...]
    until: date

    def is_open(self, at_ms: int) -> bool | None:
        """Say whether the place is open at a time; None before the clock's first row and after `until`."""
        minute = at_ms // 60_000
        added = [minutes for since, minutes in self.clock if since <= minute]
        if not added:
            return None
        days, now = divmod(minute + added[-1], _DAY_MINUTES)
        day = date.fromordinal(_EPOCH + days)
        if day > self.until:
            return None
        return day not in self.closed and any(
            opens <= now < shuts for opens, shuts in self.week[day.weekday()]
        )


def parse_calendar(value: canonical.Json) -> Calendar:
    """Read one calendar. Raises `Malformed`."""
    fields = Fields(value, "rules: calendar")
    calendar = Calendar(
        name=fields.text("name", pattern=NAME),
        zone=read_zone(fields),
        clock=_spans(fields.rows("clock", max_length=_MOST_CHANGES)),
        week=tuple(_spans(_list(row)) for row in fields.rows("week", max_length=_DAYS)),
        closed=tuple(_day(row) for row in fields.rows("closed", max_length=MOST_CLOSED)),
        until=_day(fields.take("until")),
    )
    fields.done()
    noun = f"rules: calendar {calendar.name}"
    if not calendar.clock or any(abs(minutes) > _FURTHEST_MINUTES for _, minutes in calendar.clock):
        raise Malformed(f"{noun}: clock is empty, or further from UTC than any")
    if not _rises([since for since, _ in calendar.clock]) or not _rises(
        [day.toordinal() for day in calendar.closed]
    ):
        raise Malformed(f"{noun}: clock or closed is not sorted without doubles")
    if len(calendar.week) != _DAYS or not all(_is_day(spans) for spans in calendar.week):
        raise Malformed(f"{noun}: week is not seven days of spans, one after another")
    return calendar


def print_calendar(calendar: Calendar) -> canonical.Json:
    """Print what `parse_calendar` reads."""
    return {
        "name": calendar.name,
        "zone": calendar.zone,
        "clock": [list(row) for row in calendar.clock],
        "week": [[list(span) for span in spans] for spans in calendar.week],
        "closed": [day.isoformat() for day in calendar.closed],
        "until": calendar.until.isoformat(),
    }


def _is_day(spans: tuple[Span, ...]) -> bool:
    times = [minute for span in spans for minute in span]
    return len(spans) <= _MOST_SPANS and _rises(times) and all(0 <= each <= _DAY_MINUTES for each in times)


def _rises(values: Sequence[int]) -> bool:
    return list(values) == sorted(set(values))


def _spans(rows: list[canonical.Json]) -> tuple[Span, ...]:
    return tuple(_span(row) for row in rows)


def _span(row: canonical.Json) -> Span:
    match row:
        case [int(first), int(second)] if not isinstance(first, bool) and not isinstance(second, bool):
            return first, second
        case _:
            raise Malformed("rules: calendar: not two whole numbers")


def _list(row: canonical.Json) -> list[canonical.Json]:
    if not isinstance(row, list):
        raise Malformed("rules: calendar: a day is not a list of spans")
    return row


def _day(value: canonical.Json) -> date:
    if not isinstance(value, str):
        raise Malformed("rules: calendar: a day is not text")
    return read_day(value, "rules: calendar")
