"""Bundles: what is approved goes live, falls silent, comes back, or gives way to what was before it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed, Refused
from edge_client.wire.rules import MOST_SLOTS
from lambdas.agency_acts.office import Office, Sent, entered_as
from lambdas.agency_acts.published import shown_job
from lambdas.agency_acts.record import Record
from lambdas.agency_acts.versions import Versions
from lambdas.shared.agency.collection import NAME
from lambdas.shared.agency.desk import Decided
from lambdas.shared.agency.failures import Absent
from lambdas.shared.agency.job import jobs_of, read_ordered
from lambdas.shared.agency.proposal import Proposal, State
from lambdas.shared.agency.roles import Caller, Scope
from lambdas.shared.agency.rows import AgencyId
from lambdas.shared.publishing.job import BringModel, Kill, Publish, Revive, RollBack


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
            asked = Publish(found.snapshot, found.id)
            return self._goes_live(caller, (agency, site), found, asked)

        return self._order(caller, (agency, site), decide, (f"publish {site}", sent))

    def roll_back(self, caller: Caller, site: str, sent: Sent) -> dict[str, Json]:
        """Go back to a version published here. Raises `Refused` for one that was not, or was stopped."""
        version = sent.body.get("version")
        if set(sent.body) != {"version"} or isinstance(version, bool) or not isinstance(version, int):
            raise Malformed("bundle: name a version, and nothing else")
        agency = self.office.desk.agency_of(caller, site, Scope.PUBLISH)

        def decide() -> Decided:
            found = self._published_as(agency, site, version)
            return self._goes_live(caller, (agency, site), found, RollBack(version))

        return self._order(caller, (agency, site), decide, (f"roll back {site}", sent))

    def canary(self, caller: Caller, site: str, sent: Sent) -> dict[str, Json]:
        """Bring the model to what was decided with keys about this proposal of one: trial, live or back.

        Whatever is stopped or waits: nothing but the model changes, no slot goes on by it, and a model that
        does harm is taken back while a publication hangs. One that waits is not done after it.
        """
        model = sent.body.get("model")
        if (
            set(sent.body) != {"model"}
            or not isinstance(model, str)
            or not re.fullmatch("[0-9a-f]{64}", model)
        ):
            raise Malformed("bundle: name the hash of a proposed model, and nothing else")
        agency = self.office.desk.agency_of(caller, site, Scope.PUBLISH)

        def decide() -> Decided:
            return self.office.order(caller, (agency, site), BringModel(model))

        return self._order(caller, (agency, site), decide, (f"canary {site}", sent))

    def kill(self, caller: Caller, site: str, sent: Sent) -> dict[str, Json]:
        """Let slots, or the whole site, fall silent: one pair of eyes is enough; the trail tells whose."""
        agency = self.office.desk.agency_of(caller, site, Scope.PUBLISH, Scope.VETO)
        slots = _slots(sent)

        def decide() -> Decided:
            return self.office.order(caller, (agency, site), Kill(slots))

        return self._order(caller, (agency, site), decide, (f"kill {site}", sent))

    def revive(self, caller: Caller, site: str, sent: Sent) -> dict[str, Json]:
        """Bring back what fell silent. Raises `Refused` while what is live is paused or vetoed."""
        if sent.body:
            raise Malformed("bundle: takes no more than an empty object")
        agency = self.office.desk.agency_of(caller, site, Scope.PUBLISH)

        def decide() -> Decided:
            self._check_live(agency, site)
            return self.office.order(caller, (agency, site), Revive())

        return self._order(caller, (agency, site), decide, (f"revive {site}", sent))

    def job(self, caller: Caller, site: str, name: str) -> dict[str, Json]:
        """Return what was asked of the publisher, and what became of it. Raises `Absent`."""
        agency = self.office.desk.agency_of(caller, site, Scope.READ)
        row = self.office.desk.rows.read(agency, jobs_of(site), name)
        if row is None:
            raise Absent
        return shown_job(read_ordered(row), self.office.outcome_of(agency, site, name))

    def _goes_live(
        self, caller: Caller, address: tuple[AgencyId, str], found: Proposal, asked: Publish | RollBack
    ) -> Decided:
        agency, site = address
        # The proposal's own entry comes first.
        order = self.office.order(caller, address, asked, proposal=found.id, ahead=1)
        made = found.published(str(order.answer["job"]), today=self.office.today())
        Record(self.office, agency, site).check_free(found)
        before = self.office.live(agency, site)
        live = self.office.made_live(agency, site, (found.id, made.job), before)
        write, deed = entered_as(site, made, order.deeds[0].act)
        versions = (
            Versions(self.office, agency, site).ordered(made.job, found.id)
            if isinstance(asked, Publish)
            else ()
        )
        return Decided((*order.writes, write, live, *versions), (deed, *order.deeds), order.answer)

    def _published_as(self, agency: AgencyId, site: str, version: int) -> Proposal:
        proposal = Versions(self.office, agency, site).proposal_of(version)
        if proposal is None:
            raise Refused("bundle: no proposal was published as this version")
        return self.office.proposal(agency, site, proposal)

    def _check_live(self, agency: AgencyId, site: str) -> None:
        live = self.office.live(agency, site)
        if not live.proposal:
            raise Refused("bundle: nothing was published here")
        found = self.office.proposal(agency, site, live.proposal)
        if found.state is not State.PUBLISHED:
            raise Refused(f"bundle: the proposal that is live is {found.state}")
        Record(self.office, agency, site).check_free(found)
        if not self.office.is_done(agency, site, found.job):
            # Until it is, devices have what was live before, which may have been stopped.
            raise Refused("bundle: what was ordered last is not live; publish anew, or roll back")

    def _order(
        self,
        caller: Caller,
        address: tuple[AgencyId, str],
        decide: Callable[[], Decided],
        asked: tuple[str, Sent],
    ) -> dict[str, Json]:
        (agency, site), (asks, sent) = address, asked
        answer = self.office.desk.act(caller, agency, decide, once=self.office.once(caller, asks, sent))
        self.office.sent_on(agency, site, answer.get("job"))
        return answer


def _slots(sent: Sent) -> tuple[str, ...] | None:
    """The slots that a kill names; None for the whole site."""
    if set(sent.body) != {"slots"}:
        raise Malformed("bundle: name slots, or null for all, and nothing else")
    slots = sent.body["slots"]
    if slots is None:
        return None
    named = tuple(slot for slot in slots if isinstance(slot, str)) if isinstance(slots, list) else ()
    if not isinstance(slots, list) or not named or len(set(named)) != len(slots) or len(named) > MOST_SLOTS:
        raise Malformed("bundle: slots are no list of names, each once")
    # No queue takes every text, and what none takes would wait for ever.
    if not all(re.fullmatch(NAME, slot) for slot in named):
        raise Malformed("bundle: a slot is called by no name that a draft can have")
    return named
