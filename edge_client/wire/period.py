"""The days that a release is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from consent_ledger.errors import Malformed, Untrue

_DAY_OR_WEEK = re.compile(r"\d{4}-(?:\d{2}-\d{2}|W\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """First and last day (`2026-11-16`) or ISO week (`2026-W47`); None where the source does not tell.

    Both are days, or both are weeks. Raises Malformed for what no calendar has, Untrue for an end before
    its beginning.
    """

    start: str | None = None
    end: str | None = None

    def __post_init__(self) -> None:
        for day in (self.start, self.end):
            if day is not None and not _DAY_OR_WEEK.fullmatch(day):
                raise Malformed("release: period is neither a day nor a week")
        if self.start is None or self.end is None:
            if self.start != self.end:
                raise Untrue("release: period has one end alone")
            return
        if ("W" in self.start) != ("W" in self.end):
            raise Malformed("release: period mixes days and weeks")
        if _days(self.start) > _days(self.end):
            raise Untrue("release: period ends before it begins")

    def days(self) -> tuple[date, date] | None:
        """The first and the last day; None for an untold period."""
        if self.start is None or self.end is None:
            return None
        return _days(self.start)[0], _days(self.end)[1]


def _days(text: str) -> tuple[date, date]:
    try:
        if "W" in text:
            monday = date.fromisocalendar(int(text[:4]), int(text[6:]), 1)
            return monday, monday + timedelta(days=6)
        return date.fromisoformat(text), date.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise Malformed("release: no such day or week") from error
