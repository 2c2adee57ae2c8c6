"""Orders that wait: ordered, and nothing known to have become of them.

Each has a row of its own, written in one transaction with the order, so that whoever sends what was not sent
reads these and no other; it alone takes a row away, once it has seen what became of the job.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.fields import Fields
from lambdas.shared.agency.rows import Kind, Place, Row, Write
from lambdas.shared.publishing.job import Job, Kill

LATE_S: Final = 600
"""After this long somebody is told."""

QUIET_S: Final = 10
"""How often at most a person's own requests send an order: whoever repeats them fills no queue."""

_FIRST_PAUSE_S: Final = 60
_LONGEST_PAUSE_S: Final = 3600
_MOST_TRIES: Final = 10**6


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order without an outcome: when it was ordered and when it was sent last (Unix seconds, 0 for never).

    `tries` counts how often it was sent.
    """

    job: Job
    at: int
    sent: int = 0
    tries: int = 0
    revision: int = 0

    @property
    def write(self) -> Write:
        """The write that keeps it where the one before it was."""
        return Write(
            waiting_of(self.job.site), name_of(self.job), canonical.encode(self._json()), after=self.revision
        )

    def sent_at(self, now: int) -> Waiting:
        """Return it as it is kept when it is sent."""
        return replace(self, sent=now, tries=min(self.tries + 1, _MOST_TRIES))

    def is_quiet(self, now: int) -> bool:
        """Whether it was sent a moment ago."""
        return self.tries > 0 and now < self.sent + QUIET_S

    def is_due(self, now: int) -> bool:
        """Whether it is sent again: after a minute, then after twice as long each time, up to an hour.

        The queue itself delivers again what failed: this is for what the queue has no longer, or never had.
        """
        doubled = max(0, min(self.tries - 1, 16))
        pause_s = min(_FIRST_PAUSE_S << doubled, _LONGEST_PAUSE_S)
        return now >= max(self.sent, self.at) + pause_s

    def is_late(self, now: int) -> bool:
        """Whether somebody has to be told."""
        return now >= self.at + LATE_S

    def _json(self) -> dict[str, Json]:
        job: dict[str, Json] = canonical.decode_object(self.job.to_bytes())
        return {"v": 1, "job": job, "at": self.at, "sent": self.sent, "tries": self.tries}


def waiting_of(site: str) -> Place:
    """Where a site's orders that wait lie."""
    return Place(Kind.WAITING, site)


def name_of(job: Job) -> str:
    """The name of an order's row: whatever stops something comes before everything else."""
    return f"{0 if isinstance(job.asked, Kill) else 1}-{job.id}"


def read_waiting(row: Row) -> Waiting:
    """Read a row. Raises `Malformed`."""
    fields = Fields(canonical.decode(row.body), "waiting")
    fields.whole("v", low=1, high=1)
    waiting = Waiting(
        job=Job.from_bytes(canonical.encode(fields.take("job"))),
        at=fields.whole("at"),
        sent=fields.whole("sent"),
        tries=fields.whole("tries", high=_MOST_TRIES),
        revision=row.revision,
    )
    fields.done()
    return waiting
