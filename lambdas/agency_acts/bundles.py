"""Bundles: what is approved goes live, falls silent, comes back, or gives way to what was before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed, Refused
from lambdas.agency_acts.office import Office, Sent, entered_as
from lambdas.shared.agency.audit import Act
from lambdas.shared.agency.desk import Decided
from lambdas.shared.agency.failures import Absent
from lambdas.shared.agency.job import MOST_SLOTS, Job, jobs_of
from lambdas.shared.agency.proposal import Proposal, State
from lambdas.shared.agency.roles import Caller, Scope
from lambdas.shared.agency.rows import AgencyId, all_rows


@dataclass(frozen=True, slots=True)
class BundlesService:
    """What goes live, for every agency by itself; the publisher does it, from a queue."""

    office: Office

    def publish(self, caller: Caller, site: str, sent: Sent) -> dict[str, Json]:
        """Have a proposal's snapshot published. Raises `Refused` unless it is approved and not stopped."""
        named = sent.body.get("proposal")
        if set(sent.body) != {"proposal"} or not isinstance(named, str):
            raise Malformed("bundle: name a proposal, and nothing else")
        agency = self.office.desk.agency_of(caller, site, Scope.PUBLISH)

        def decide() -> Decided:
            found = self.office.proposal(agency, site, named)
            job = Job(self.office.name(), Act.PUBLISHED, agency, site, found.id, found.snapshot)
            return self._goes_live(found, job, caller)

        return self._queue(caller, agency, decide, (site, f"publish {site}", sent))

    def roll_back(self, caller: Caller, site: str, sent: Sent) -> dict[str, Json]:
        """Go back to a version published here. Raises `Refused` for one that was not, or was stopped."""
        version = sent.body.get("version")
        if set(sent.body) != {"version"} or isinstance(version, bool) or not isinstance(version, int):
            raise Malformed("bundle: name a version, and nothing else")
        agency = self.office.desk.agency_of(caller, site, Scope.PUBLISH)

        def decide() -> Decided:
            found = self._published_as(agency, site, version)
            job = Job(self.office.name(), Act.ROLLED_BACK, agency, site, found.id, version=version)
            return self._goes_live(found, job, caller)

        return self._queue(caller, agency, decide, (site, f"roll back {site}", sent))

    def kill(self, caller: Caller, site: str, sent: Sent) -> dict[str, Json]:
        """Let slots, or the whole site, fall silent: one pair of eyes is enough; the trail tells whose."""
        agency = self.office.desk.agency_of(caller, site, Scope.PUBLISH, Scope.VETO)
        slots = _slots(sent)

        def decide() -> Decided:
            job = Job(self.office.name(), Act.KILLED, agency, site, slots=slots)
            return self.office.with_job(job, caller)

        return self._queue(caller, agency, decide, (site, f"kill {site}", sent))

    def revive(self, caller: Caller, site: str, sent: Sent) -> dict[str, Json]:
        """Bring back what fell silent. Raises `Refused` while what is live is paused or vetoed."""
        if sent.body:
            raise Malformed("bundle: takes no more than an empty object")
        agency = self.office.desk.agency_of(caller, site, Scope.PUBLISH)

        def decide() -> Decided:
            live = self.office.live(agency, site)
            if not live.proposal:
                raise Refused("bundle: nothing was published here")
            found = self.office.proposal(agency, site, live.proposal)
            if found.state is not State.PUBLISHED:
                raise Refused(f"bundle: its proposal is {found.state}")
            return self.office.with_job(Job(self.office.name(), Act.REVIVED, agency, site), caller)

        return self._queue(caller, agency, decide, (site, f"revive {site}", sent))

    def job(self, caller: Caller, site: str, name: str) -> dict[str, Json]:
        """Return what was asked of the publisher, and the version that it became, if any. Raises `Absent`."""
        agency = self.office.desk.agency_of(caller, site, Scope.READ)
        row = self.office.desk.rows.read(agency, jobs_of(site), name)
        if row is None:
            raise Absent
        version = self.office.version_of(agency, site, name)
        state = "queued" if version is None else "done"
        return {**canonical.decode_object(row.body), "state": state, "version": version}

    def _goes_live(self, found: Proposal, job: Job, caller: Caller) -> Decided:
        made = found.published(job.id, today=self.office.today())
        live = self.office.made_live(job.site, found.id, self.office.live(job.agency, job.site))
        write, deed = entered_as(job.site, made, job.act)
        return self.office.with_job(job, caller, write, live, more=(deed,))

    def _published_as(self, agency: AgencyId, site: str, version: int) -> Proposal:
        for row in reversed(all_rows(self.office.desk.rows, agency, jobs_of(site))):
            job = Job.from_json(canonical.decode_object(row.body)["job"])
            if job.act is Act.PUBLISHED and self.office.version_of(agency, site, job.id) == version:
                return self.office.proposal(agency, site, job.proposal)
        raise Refused("bundle: no proposal was published as this version")

    def _queue(
        self,
        caller: Caller,
        agency: AgencyId,
        decide: Callable[[], Decided],
        asked: tuple[str, str, Sent],
    ) -> dict[str, Json]:
        site, asks, sent = asked
        answer = self.office.desk.act(caller, agency, decide, once=self.office.once(caller, asks, sent))
        self.office.sent_on(agency, site, answer.get("job"))
        return answer


def _slots(sent: Sent) -> tuple[str, ...] | None:
    """The slots that a kill names; None for the whole site."""
    slots = sent.body.get("slots")
    if set(sent.body) != {"slots"}:
        raise Malformed("bundle: name slots, or null for all, and nothing else")
    if slots is None:
        return None
    named = tuple(slot for slot in slots if isinstance(slot, str)) if isinstance(slots, list) else ()
    if not isinstance(slots, list) or not named or len(named) != len(slots) or len(named) > MOST_SLOTS:
        raise Malformed("bundle: slots are no list of names")
    return named
