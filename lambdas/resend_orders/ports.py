"""What sending again needs of others: the orders that wait, what became of them, and where they are sent."""

from __future__ import annotations

from typing import Protocol

from lambdas.shared.agency.job import Outcome
from lambdas.shared.agency.rows import AgencyId, Place, Row, Write
from lambdas.shared.publishing.job import Job


class WaitingRows(Protocol):
    """The rows of orders that wait, one agency at a time."""

    def page(self, agency: AgencyId, place: Place, *, after: str, limit: int) -> tuple[Row, ...]:
        """Return at most `limit` rows with names greater than `after`, by name."""

    def write(self, agency: AgencyId, *writes: Write) -> bool:
        """Write all or none; False where a row is not of the revision that was expected."""

    def drop(self, agency: AgencyId, place: Place, name: str) -> None:
        """Take a row away, if it is there."""


class Outcomes(Protocol):
    """What became of jobs."""

    def outcome_of(self, agency: AgencyId, site: str, job: str) -> Outcome | None:
        """Return what became of a job, or None while nothing did."""


class Send(Protocol):
    """Gives a job to the publisher, or fails to: what is not sent now is sent later."""

    def __call__(self, job: Job, /) -> None:
        """Send it."""
