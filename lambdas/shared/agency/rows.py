"""Rows of one agency: the store that drafts, proposals, answers and the audit trail are kept in.

A row has a kind, a name within it, a revision and canonical JSON. Whatever is read or written names the
agency first: there is no way to ask for a row without one, and none to ask for the rows of two.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType, Protocol

AgencyId = NewType("AgencyId", str)
"""The agency of whoever calls, as their token names it; never taken from a path, a header or a body."""

MOST_WRITES = 50
"""How many rows one `write` may take: DynamoDB's transactions have at most a hundred."""


LONGEST_NAME_BYTES = 1024
"""DynamoDB's limit for a sort key."""


class Kind(StrEnum):
    """What rows are about; a function's role names the kinds that it may touch."""

    DRAFTS = "drafts"
    PROPOSALS = "proposals"
    JOBS = "jobs"
    WAITING = "waiting"
    ANSWERS = "answers"
    AUDIT = "audit"
    TEAM = "team"


@dataclass(frozen=True, slots=True)
class Place:
    """Where rows lie: of a kind, and where that has several lists, of this one ("riverton#rules")."""

    kind: Kind
    of: str = ""

    def __str__(self) -> str:
        return f"{self.kind}#{self.of}"


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it was read: `revision` counts from 1 with every write; `expires_at` is in Unix seconds."""

    name: str
    revision: int
    body: bytes
    expires_at: int | None = None


@dataclass(frozen=True, slots=True)
class Write:
    """A row to be written where the one before it has revision `after`; 0 where there must be none."""

    place: Place
    name: str
    body: bytes
    after: int
    expires_at: int | None = None


class AgencyRows(Protocol):
    """Every row of every agency, one agency at a time."""

    def read(self, agency: AgencyId, place: Place, name: str) -> Row | None:
        """Return a row as it is now, or None, as for a name that no row can have."""

    def page(self, agency: AgencyId, place: Place, *, after: str, limit: int) -> tuple[Row, ...]:
        """Return at most `limit` rows with names greater than `after`, by name, in order of code points."""

    def page_back(self, agency: AgencyId, place: Place, *, before: str | None, limit: int) -> tuple[Row, ...]:
        """Return at most `limit` rows with names less than `before`, None for all, the greatest first."""

    def last(self, agency: AgencyId, place: Place) -> Row | None:
        """Return the row with the greatest name, or None."""

    def write(self, agency: AgencyId, *writes: Write) -> bool:
        """Write all or none; False where a row is not of the revision that was expected.

        Raises `ValueError` for more than `MOST_WRITES`, for one row named twice, and for a name that no row
        can have.
        """


def is_name(name: str) -> bool:
    """Say whether a row can have this name: not empty, and not too long for any store."""
    return 0 < len(name.encode("utf-8", "surrogatepass")) <= LONGEST_NAME_BYTES


def check_writes(writes: tuple[Write, ...]) -> None:
    """Raise `ValueError` for what no store takes: none, too many, one row twice, or a name of no row."""
    named = {(each.place, each.name) for each in writes}
    if not writes or len(writes) > MOST_WRITES or len(named) != len(writes):
        raise ValueError("agency rows: none, too many, or one of them twice")
    if not all(is_name(each.name) for each in writes):
        raise ValueError("agency rows: a name that no row can have")


def all_rows(rows: AgencyRows, agency: AgencyId, place: Place) -> tuple[Row, ...]:
    """Return every row of a place, page by page."""
    found: list[Row] = []
    while page := rows.page(agency, place, after=found[-1].name if found else "", limit=500):
        found += page
        if len(page) < 500:
            break
    return tuple(found)
