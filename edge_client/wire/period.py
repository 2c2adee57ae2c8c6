"""The days that a release is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from consent_ledger.errors import Malformed, Untrue

_DAY_OR_WEEK = re.compile(r"\d{4}-(?:\d{2}-\d{2}|W\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """First and last day (`2026-11-16`) or ISO week (`2026-W47`); None where the source does not tell."""

    start: str | None = None
    end: str | None = None

    def __post_init__(self) -> None:
        for day in (self.start, self.end):
            if day is not None and not _DAY_OR_WEEK.fullmatch(day):
                raise Malformed("release: period is neither a day nor a week")
        if (self.start is None) != (self.end is None) or (self.start or "") > (self.end or ""):
            raise Untrue("release: period ends before it begins")

    def days(self) -> tuple[date, date] | None:
        """The first and the last day; None for an untold period.

        Raises Malformed for a day or week that no calendar has.
        """
        if self.start is None or self.end is None:
            return None
        return _first(self.start), _first(self.end) + timedelta(days=6 if "W" in self.end else 0)


def _first(text: str) -> date:
    try:
        if "W" in text:
            return date.fromisocalendar(int(text[:4]), int(text[6:]), 1)
        return date.fromisoformat(text)
    except ValueError as error:
        raise Malformed("release: no such day or week") from error
