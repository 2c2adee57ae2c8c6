"""Does what an agency's people ordered, and nothing else that comes by the queue.

More than one function may send to the queue, and a job in it says of itself whose it is. What was ordered has
a row, written in one transaction with the check of who may order it, and by nobody who only sends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from consent_ledger.errors import Refused
from lambdas.publish_bundle.result import Done, RefusedJob
from lambdas.shared.agency.job import jobs_of, read_ordered
from lambdas.shared.agency.rows import AgencyId, Place, Row
from lambdas.shared.publishing.job import Job
from lambdas.shared.publishing.paging import Answer


class NotOrdered(Refused):
    """No agency ordered this: it gets no answer, and nothing becomes of it."""


class OrderRows(Protocol):
    """The rows of every agency, of which the orders are read."""

    def read(self, agency: AgencyId, place: Place, name: str) -> Row | None:
        """Return a row as it is now, or None."""
        ...


class Publisher(Protocol):
    """Whoever does a job."""

    def do(self, job: Job, answer: Answer | None = None) -> Done | RefusedJob:
        """Do it, and say what became of it."""
        ...


@dataclass(frozen=True, slots=True)
class OrderedAlone:
    """Hands a publisher the jobs that have an order's row."""

    rows: OrderRows
    publisher: Publisher

    def do(self, job: Job, answer: Answer | None = None) -> Done | RefusedJob:
        """Have a job done that was ordered, and say what became of it.

        Raises `NotOrdered` unless its row holds this very job, byte for byte; `Malformed` for a row that
        cannot be read; and whatever the publisher raises.
        """
        row = self.rows.read(AgencyId(job.agency), jobs_of(job.site), job.id)
        if row is None or read_ordered(row).job.to_bytes() != job.to_bytes():
            raise NotOrdered("job: the agency ordered no such thing")
        return self.publisher.do(job, answer)
