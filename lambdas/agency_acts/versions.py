"""Which proposal each version was published for: one row a version, so that nobody goes through all jobs.

A version is known only when its job is done. Until somebody asks for the next job it is among those that are
not known yet, a short list: whoever asks looks at what became of these, and writes that down in the same act.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from consent_ledger import canonical
from consent_ledger.canonical import Json
from lambdas.agency_acts.office import Office
from lambdas.shared.agency.job import Outcome
from lambdas.shared.agency.rows import AgencyId, Kind, Place, Write

_UNKNOWN: Final = "unknown"
_MOST_AT_ONCE: Final = 20


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions of one site that proposals became."""

    office: Office
    agency: AgencyId
    site: str

    def proposal_of(self, version: int) -> str | None:
        """Name the proposal that a version was published for, None where there is none."""
        for job, proposal in reversed(list(self._unknown()[0].items())):
            if self._outcome(job).version == version:
                return proposal
        row = self.office.desk.rows.read(self.agency, self._place(), _name(version))
        return None if row is None else str(canonical.decode_object(row.body)["proposal"])

    def ordered(self, job: str, proposal: str) -> tuple[Write, ...]:
        """Return what is written with an order to publish a proposal: it, and the versions known by now."""
        unknown, revision = self._unknown()
        known: dict[int, str] = {}
        left = dict(unknown)
        for each in list(unknown)[:_MOST_AT_ONCE]:
            outcome = self._outcome(each)
            if outcome.version is not None:
                known[outcome.version] = unknown[each]
            if outcome != Outcome():
                del left[each]
        jobs: list[Json] = [[*pair] for pair in {**left, job: proposal}.items()]
        body = canonical.encode({"v": 1, "jobs": jobs})
        return (
            Write(self._place(), _UNKNOWN, body, after=revision),
            *(self._known(version, known[version]) for version in known),
        )

    def _known(self, version: int, proposal: str) -> Write:
        # A job that asked for what was live already has the version of the one before it.
        row = self.office.desk.rows.read(self.agency, self._place(), _name(version))
        body = canonical.encode({"v": 1, "proposal": proposal})
        return Write(self._place(), _name(version), body, after=row.revision if row else 0)

    def _unknown(self) -> tuple[Mapping[str, str], int]:
        """Jobs of which it is not known what became of them, the oldest first, each with its proposal."""
        row = self.office.desk.rows.read(self.agency, self._place(), _UNKNOWN)
        if row is None:
            return {}, 0
        jobs = canonical.decode_object(row.body)["jobs"]
        pairs = [pair for pair in jobs if isinstance(pair, list)] if isinstance(jobs, list) else []
        return {str(job): str(proposal) for job, proposal in pairs}, row.revision

    def _outcome(self, job: str) -> Outcome:
        return self.office.outcome_of(self.agency, self.site, job) or Outcome()

    def _place(self) -> Place:
        return Place(Kind.JOBS, f"{self.site}#versions")


def _name(version: int) -> str:
    return f"{version:010}"
