"""The weeks that contributions belong to, and when each is open (ISO 8601 weeks, in UTC)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

from consent_ledger.errors import Malformed
from edge_client.wire.contribution import is_period

EARLY: Final = timedelta(days=1)
"""How much a device's clock may run ahead of ours."""

GRACE: Final = timedelta(days=2)
"""How long after its week a contribution may still arrive."""

KEPT: Final = timedelta(days=1)
"""How long after the grace the ids of reports are kept; the week itself refuses a later retry."""

WAIT: Final = timedelta(days=3)
"""How long after the grace exact sums may wait for a release that failed; then they go unreleased."""

SWEEP: Final = timedelta(days=4)
"""How long the table may take to drop a row after its `expires_at` (DynamoDB, "Time to Live": a few days)."""

LONGEST: Final = EARLY + timedelta(weeks=1) + GRACE + max(KEPT, WAIT) + SWEEP
"""How long anything of a report can last on the server but its share of a release."""


def week_of(moment: datetime) -> str:
    """Return the ISO week of a moment, such as `2026-W47`."""
    year, week, _ = moment.astimezone(UTC).isocalendar()
    return f"{year:04d}-W{week:02d}"


def first_day(period: str) -> date:
    """Return a week's Monday. Raises `Malformed` for a week that no year has."""
    if not is_period(period):
        raise Malformed("period: not an ISO week")
    try:
        return date.fromisocalendar(int(period[:4]), int(period[6:]), 1)
    except ValueError as error:
        raise Malformed("period: no such week") from error


def last_day(period: str) -> date:
    """Return a week's Sunday. Raises `Malformed` for a week that no year has."""
    return first_day(period) + timedelta(days=6)


def is_open(period: str, *, at: datetime) -> bool:
    """Say whether a contribution to the week may arrive at this moment."""
    starts_at = _midnight(first_day(period))
    return starts_at - EARLY <= at < starts_at + timedelta(weeks=1) + GRACE


def kept_until(period: str) -> int:
    """Return the Unix second after which the week's report ids may go."""
    return int((_midnight(first_day(period)) + timedelta(weeks=1) + GRACE + KEPT).timestamp())


def sums_kept_until(period: str) -> int:
    """Return the Unix second after which the week's sums go, released or not."""
    return int((_midnight(first_day(period)) + timedelta(weeks=1) + GRACE + WAIT).timestamp())


def open_weeks(*, at: datetime) -> tuple[str, ...]:
    """List the weeks to which a contribution may arrive at this moment, oldest first."""
    near = (week_of(at - timedelta(weeks=1)), week_of(at), week_of(at + timedelta(weeks=1)))
    return tuple(week for week in near if is_open(week, at=at))


def due(*, at: datetime, weeks: int) -> tuple[str, ...]:
    """List the last `weeks` weeks whose grace is over, oldest first."""
    newest = at - timedelta(weeks=1) - GRACE
    return tuple(week_of(newest - timedelta(weeks=back)) for back in reversed(range(weeks)))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
