"""Proposals: from a draft to what people decide about it; every act is entered in the audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed, Refused
from lambdas.agency_acts.office import Office, Sent, entered_as, shown
from lambdas.agency_acts.record import Record
from lambdas.shared.agency.answer_parts import fitting
from lambdas.shared.agency.audit import AUDIT, Act, AuditEntry, read_entry
from lambdas.shared.agency.composed import compose
from lambdas.shared.agency.cursors import print_cursor, read_cursor
from lambdas.shared.agency.desk import Decided
from lambdas.shared.agency.draft import bodies, read_draft
from lambdas.shared.agency.failures import NotAllowed, Unfit
from lambdas.shared.agency.form import read_form
from lambdas.shared.agency.linting import lint_drafts
from lambdas.shared.agency.origin import Origin, editors_since
from lambdas.shared.agency.problems import Problem
from lambdas.shared.agency.proposal import (
    MOST_EDITORS,
    Proposal,
    Said,
    proposals_of,
    read_proposal,
)
from lambdas.shared.agency.roles import Caller, Scope
from lambdas.shared.agency.rows import AgencyId
from lambdas.shared.agency.snapshot import keep_snapshot
from lambdas.shared.agency.stopped import Stops

_ANOTHER: Final = Problem(
    "/snapshot",
    "is not the snapshot of this proposal",
    "read the proposal's files and changes, and send the hash that they have",
)


@dataclass(frozen=True, slots=True)
class ProposalsService:
    """What people of every agency propose and decide, each agency by itself."""

    office: Office

    def propose(self, caller: Caller, site: str, sent: Sent) -> dict[str, Json]:
        """Propose the draft as it is now. Raises `Unfit` for a form or a draft that is not fit."""
        office, desk = self.office, self.office.desk
        agency = desk.agency_of(caller, site, Scope.EDIT)
        record = Record(office, agency, site)
        form = read_form(sent.body, today=office.today())
        if isinstance(form, tuple):
            raise Unfit("the proposal does not say all that has to be said", form)

        def decide() -> Decided:
            documents = read_draft(desk.rows, agency, site)
            drafts = bodies(documents)
            problems = lint_drafts(site, drafts, today=office.today())
            if any(problem.is_fatal for problem in problems):
                raise Unfit("the draft cannot be published as it is", problems)
            approved = record.last_approved()
            base = approved.drafts if approved else ""
            editors = editors_since(documents, record.origin(base))
            if len(editors) > MOST_EDITORS:
                raise Refused("proposal: too many people had a hand in it")
            origin = Origin.of(documents, trail=desk.head(agency))
            snapshot = keep_snapshot(office.files, agency, site, compose(site, drafts))
            if problems := _stopped_in(record.stops(), snapshot, origin):
                raise Unfit("something in the draft was stopped", problems)
            made = Proposal(
                id=office.name(),
                snapshot=snapshot,
                drafts=office.files.put(agency, site, origin.to_bytes()),
                form=form,
                author=caller.sub,
                editors=editors,
                created_at=desk.now(),
                base=base,
            )
            write, deed = entered_as(site, made, Act.PROPOSED)
            return Decided((write,), (deed,), shown(made))

        return desk.act(caller, agency, decide, once=office.once(caller, f"propose {site}", sent))

    def approve(self, caller: Caller, site: str, name: str, sent: Sent) -> dict[str, Json]:
        """Approve what was read: by somebody who neither proposed it nor edited what it changes.

        Raises `Unfit` for the hash of another snapshot than the proposal's, `Refused` for what was stopped.
        """
        read = sent.body.get("snapshot")
        if set(sent.body) != {"snapshot"} or not isinstance(read, str):
            raise Malformed("approval: say the hash of the snapshot that was read, and nothing else")
        office = self.office
        agency = office.desk.agency_of(caller, site, Scope.APPROVE)
        record = Record(office, agency, site)

        def decide() -> Decided:
            found = office.proposal(agency, site, name)
            if read != found.snapshot:
                raise Unfit("the approval is of something else", (_ANOTHER,))
            said = Said(caller.sub, office.desk.now())
            made = found.approved(said, today=office.today(), before=record.before_next())
            record.check_free(found)
            write, deed = entered_as(site, made, Act.APPROVED)
            return Decided((write, record.approve(made.id)), (deed,), shown(made))

        return office.desk.act(
            caller, agency, decide, once=office.once(caller, f"{Act.APPROVED} {site} {name}", sent)
        )

    def get(self, caller: Caller, site: str, name: str) -> dict[str, Json]:
        """Return one proposal and where it stands. Raises `Absent`."""
        agency = self.office.desk.agency_of(caller, site, Scope.READ)
        return shown(self.office.proposal(agency, site, name))

    def page(
        self, caller: Caller, site: str, *, cursor: str | None, limit: int
    ) -> tuple[tuple[dict[str, Json], ...], str | None]:
        """Return at most `limit` proposals, the oldest first, and where the next page begins.

        Fewer where they are long.
        """
        agency = self.office.desk.agency_of(caller, site, Scope.READ)
        place = proposals_of(site)
        after = read_cursor(agency, place, cursor) if cursor is not None else ""
        rows = self.office.desk.rows.page(agency, place, after=after, limit=limit + 1)
        items = fitting((shown(read_proposal(row)) for row in rows), limit)
        more = print_cursor(agency, place, rows[len(items) - 1].name) if len(rows) > len(items) else None
        return items, more

    def trail(
        self, caller: Caller, *, cursor: str | None, limit: int
    ) -> tuple[tuple[AuditEntry, ...], str | None]:
        """Return at most `limit` entries of the caller's agency, from its first on."""
        agency = AgencyId(caller.agency)
        if not caller.may(Scope.READ):
            raise NotAllowed(f"caller: has none of {Scope.READ}")
        after = read_cursor(agency, AUDIT, cursor) if cursor is not None else ""
        rows = self.office.desk.rows.page(agency, AUDIT, after=after, limit=limit + 1)
        more = print_cursor(agency, AUDIT, rows[limit - 1].name) if len(rows) > limit else None
        return tuple(read_entry(row.body) for row in rows[:limit]), more


def _stopped_in(stops: Stops, snapshot: str, origin: Origin) -> tuple[Problem, ...]:
    return tuple(
        Problem(
            f"/{address}" if address else "",
            f"was stopped with proposal {proposal}",
            "change what it does, or have the privacy officer lift the stop",
        )
        for proposal, address in stops.found_in(snapshot, origin)
    )
