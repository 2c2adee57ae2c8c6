"""Jobs as an agency's people ask for them: the message that the publisher gets, and what became of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final, assert_never

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from lambdas.shared.agency.audit import Act
from lambdas.shared.agency.rows import Kind, Place, Row, Write
from lambdas.shared.publishing.job import BringModel, Job, Kill, Publish, Revive, RollBack

_LONGEST: Final = 1000


@dataclass(frozen=True, slots=True)
class Ordered:
    """A job, who asked for it and when (Unix seconds), and the proposal that it makes live, if any."""

    job: Job
    sub: str
    at: int
    proposal: str = ""

    @property
    def act(self) -> Act:
        """What the trail calls it."""
        match self.job.asked:
            case Publish():
                return Act.PUBLISHED
            case RollBack():
                return Act.ROLLED_BACK
            case BringModel():
                return Act.CANARY
            case Kill():
                return Act.KILLED
            case Revive():
                return Act.REVIVED
            case _:
                assert_never(self.job.asked)

    @property
    def digest(self) -> str:
        """SHA-256 of the message, in hex."""
        return hashlib.sha256(self.job.to_bytes()).hexdigest()

    def to_json(self) -> dict[str, Json]:
        """As it is kept and shown."""
        job: dict[str, Json] = canonical.decode_object(self.job.to_bytes())
        return {"job": job, "sub": self.sub, "at": self.at, "proposal": self.proposal}

    @property
    def write(self) -> Write:
        """The write that remembers it, for whoever asks what became of it."""
        return Write(jobs_of(self.job.site), self.job.id, canonical.encode(self.to_json()), after=0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job: the version that it published, or why it did not.

    `manifest` is the SHA-256 of what it published, in hex; `at` is in Unix seconds.
    """

    version: int | None = None
    refused: str | None = None
    manifest: str = ""
    at: int = 0


def jobs_of(site: str) -> Place:
    """Where a site's jobs lie."""
    return Place(Kind.JOBS, site)


def read_ordered(row: Row) -> Ordered:
    """Read a row. Raises `Malformed`."""
    fields = Fields(canonical.decode(row.body), "job")
    ordered = Ordered(
        job=Job.from_bytes(canonical.encode(fields.take("job"))),
        sub=fields.text("sub"),
        at=fields.whole("at"),
        proposal=fields.text("proposal"),
    )
    fields.done()
    return ordered


def read_outcome(raw: bytes) -> Outcome:
    """Read what the publisher wrote down (docs/formats/publishing.md). Raises `Malformed`."""
    match canonical.decode(raw, max_bytes=4 * _LONGEST + 1000):
        case {"refused": str(why)}:
            return Outcome(refused=why[:_LONGEST])
        case {"version": int(version), "manifest": str(manifest), "at": int(at)} if not isinstance(
            version, bool
        ):
            return Outcome(version=version, manifest=manifest, at=at)
        case _:
            raise Malformed("job: neither a version nor why not")
