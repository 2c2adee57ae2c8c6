"""Proposals: from a draft to what people decide about it; every act is entered in the audit trail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed, Refused
from lambdas.agency_acts.office import Office, Sent, entered_as, shown
from lambdas.shared.agency.audit import AUDIT, Act, AuditEntry, read_entry
from lambdas.shared.agency.composed import compose
from lambdas.shared.agency.cursors import print_cursor, read_cursor
from lambdas.shared.agency.desk import Decided
from lambdas.shared.agency.draft import bodies, editors_since, print_origin, read_draft
from lambdas.shared.agency.failures import NotAllowed, Unfit
from lambdas.shared.agency.form import read_form
from lambdas.shared.agency.linting import lint_drafts
from lambdas.shared.agency.proposal import (
    MOST_EDITORS,
    Proposal,
    Said,
    proposals_of,
    read_proposal,
)
from lambdas.shared.agency.roles import Caller, Scope
from lambdas.shared.agency.rows import AgencyId, Row, all_rows
from lambdas.shared.agency.snapshot import keep_snapshot
from lambdas.shared.publishing.job import Kill


@dataclass(frozen=True, slots=True)
class ProposalsService:
    """What people of every agency propose and decide, each agency by itself."""

    office: Office

    def propose(self, caller: Caller, site: str, sent: Sent) -> dict[str, Json]:
        """Propose the draft as it is now. Raises `Unfit` for a form or a draft that is not fit."""
        office, desk = self.office, self.office.desk
        agency = desk.agency_of(caller, site, Scope.EDIT)
        form = read_form(sent.body, today=office.today())
        if isinstance(form, tuple):
            raise Unfit("the proposal does not say all that has to be said", form)

        def decide() -> Decided:
            documents = read_draft(desk.rows, agency, site)
            drafts = bodies(documents)
            problems = lint_drafts(site, drafts, today=office.today())
            if any(problem.is_fatal for problem in problems):
                raise Unfit("the draft cannot be published as it is", problems)
            editors = editors_since(documents, self._origin(agency, site))
            if len(editors) > MOST_EDITORS:
                raise Refused("proposal: too many people had a hand in it")
            made = Proposal(
                id=office.name(),
                snapshot=keep_snapshot(office.files, agency, site, compose(site, drafts)),
                drafts=office.files.put(agency, site, print_origin(documents)),
                form=form,
                author=caller.sub,
                editors=editors,
                created_at=desk.now(),
            )
            write, deed = entered_as(site, made, Act.PROPOSED)
            return Decided((write,), (deed,), shown(made))

        return desk.act(caller, agency, decide, once=office.once(caller, f"propose {site}", sent))

    def approve(self, caller: Caller, site: str, name: str, sent: Sent) -> dict[str, Json]:
        """Approve a proposal: by somebody who neither proposed it nor edited what it changes."""
        _check_empty(sent)
        said, today = Said(caller.sub, self.office.desk.now()), self.office.today()
        return self._decide(
            caller,
            (site, name, sent),
            (Scope.APPROVE, Act.APPROVED),
            lambda found: found.approved(said, today=today),
        )

    def veto(self, caller: Caller, site: str, name: str, sent: Sent) -> dict[str, Json]:
        """Stop a proposal for good; where it is live, everything of the site falls silent."""
        said = self.office.said(caller, sent.body)
        return self._decide(
            caller, (site, name, sent), (Scope.VETO, Act.VETOED), lambda found: found.stopped(said)
        )

    def pause(self, caller: Caller, site: str, name: str, sent: Sent) -> dict[str, Json]:
        """Stop a proposal until it is resumed; where it is live, everything of the site falls silent."""
        said = self.office.said(caller, sent.body)
        return self._decide(
            caller, (site, name, sent), (Scope.VETO, Act.PAUSED), lambda found: found.put_off(said)
        )

    def resume(self, caller: Caller, site: str, name: str, sent: Sent) -> dict[str, Json]:
        """Take a pause back; whoever publishes may then revive what fell silent."""
        _check_empty(sent)
        return self._decide(
            caller, (site, name, sent), (Scope.VETO, Act.RESUMED), lambda found: found.resumed()
        )

    def get(self, caller: Caller, site: str, name: str) -> dict[str, Json]:
        """Return one proposal and where it stands. Raises `Absent`."""
        agency = self.office.desk.agency_of(caller, site, Scope.READ)
        return shown(self.office.proposal(agency, site, name))

    def page(
        self, caller: Caller, site: str, *, cursor: str | None, limit: int
    ) -> tuple[tuple[dict[str, Json], ...], str | None]:
        """Return at most `limit` proposals, the oldest first, and where the next page begins."""
        agency = self.office.desk.agency_of(caller, site, Scope.READ)
        place = proposals_of(site)
        after = read_cursor(agency, place, cursor) if cursor is not None else ""
        rows = self.office.desk.rows.page(agency, place, after=after, limit=limit + 1)
        more = print_cursor(agency, place, rows[limit - 1].name) if len(rows) > limit else None
        return tuple(shown(read_proposal(row)) for row in rows[:limit]), more

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

    def _decide(
        self,
        caller: Caller,
        asked: tuple[str, str, Sent],
        rights: tuple[Scope, Act],
        become: Callable[[Proposal], Proposal],
    ) -> dict[str, Json]:
        (site, name, sent), (scope, act) = asked, rights
        office = self.office
        agency = office.desk.agency_of(caller, site, scope)

        def decide() -> Decided:
            found = office.proposal(agency, site, name)
            made = become(found)
            write, deed = entered_as(site, made, act)
            if act not in (Act.VETOED, Act.PAUSED) or not office.may_be_live(agency, site, found):
                return Decided((write,), (deed,), shown(made))
            # What is stopped while devices may have it must not stay so until somebody has read about it.
            order = office.order(caller, (agency, site), Kill(None), also=((write,), (deed,)))
            return Decided(order.writes, order.deeds, {**shown(made), "stopped_by": order.answer["job"]})

        answer = office.desk.act(
            caller, agency, decide, once=office.once(caller, f"{act} {site} {name}", sent)
        )
        office.sent_on(agency, site, answer.get("stopped_by"))
        return answer

    def _origin(self, agency: AgencyId, site: str) -> bytes | None:
        """What the last approved snapshot was made of: four eyes have seen it."""
        rows: tuple[Row, ...] = all_rows(self.office.desk.rows, agency, proposals_of(site))
        for found in map(read_proposal, reversed(rows)):
            if found.approvals and not found.vetoed and not found.paused:
                return self.office.files.get(agency, site, found.drafts)
        return None


def _check_empty(sent: Sent) -> None:
    if sent.body:
        raise Malformed("act: takes no more than an empty object")
