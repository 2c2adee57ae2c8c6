"""Stops: what the privacy officer vetoes or pauses, what comes back by it, and what is lifted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed, Refused
from lambdas.agency_acts.office import Office, Sent, entered_as, shown
from lambdas.agency_acts.record import Record
from lambdas.shared.agency.answer_parts import fitting
from lambdas.shared.agency.audit import Act, Deed, digest_of
from lambdas.shared.agency.cursors import print_cursor, read_cursor
from lambdas.shared.agency.desk import Decided
from lambdas.shared.agency.failures import Unfit
from lambdas.shared.agency.problems import Problem
from lambdas.shared.agency.proposal import Proposal, Said, State
from lambdas.shared.agency.roles import Caller, Scope
from lambdas.shared.agency.rows import Kind, Place
from lambdas.shared.agency.stopped import Stop


@dataclass(frozen=True, slots=True)
class StopsService:
    """What is stopped, for every agency by itself, and how it goes on."""

    office: Office

    def veto(self, caller: Caller, site: str, name: str, sent: Sent) -> dict[str, Json]:
        """Stop a proposal for good, and what it brought; where that is live, all of the site falls silent."""
        return self._stop(caller, (site, name, sent), Act.VETOED, lambda found, said: found.stopped(said))

    def pause(self, caller: Caller, site: str, name: str, sent: Sent) -> dict[str, Json]:
        """Stop a proposal, and what it brought, until it is resumed; where it is live, as a veto."""
        return self._stop(caller, (site, name, sent), Act.PAUSED, lambda found, said: found.put_off(said))

    def resume(self, caller: Caller, site: str, name: str, sent: Sent) -> dict[str, Json]:
        """Take a pause back; whoever publishes may then revive what fell silent."""
        if sent.body:
            raise Malformed("act: takes no more than an empty object")
        office = self.office
        agency = office.desk.agency_of(caller, site, Scope.VETO)

        def decide() -> Decided:
            made = office.proposal(agency, site, name).resumed()
            write, deed = entered_as(site, made, Act.RESUMED)
            return Decided((write, Record(office, agency, site).drop_stop(name)), (deed,), shown(made))

        return office.desk.act(
            caller, agency, decide, once=office.once(caller, f"{Act.RESUMED} {site} {name}", sent)
        )

    def lift(self, caller: Caller, site: str, name: str, sent: Sent) -> dict[str, Json]:
        """Let what a proposal brought be proposed again: all of it for null, or these documents.

        The proposal stays as it is. Raises `Refused` where nothing of it is stopped.
        """
        named = _documents(sent.body)
        if set(sent.body) != {"documents"}:
            raise Malformed("lift: name documents, or null for all, and nothing else")
        office = self.office
        agency = office.desk.agency_of(caller, site, Scope.VETO)
        record = Record(office, agency, site)

        def decide() -> Decided:
            found = office.proposal(agency, site, name)
            stop = record.stops().by_proposal.get(found.id)
            if stop is None:
                raise Refused("lift: nothing is stopped with this proposal")
            if named is None:
                left, write = None, record.drop_stop(found.id)
            else:
                _check_named(stop, named)
                left = stop.without(named)
                write = record.put_stop(found.id, left)
            deed = Deed(
                Act.LIFTED, site, f"proposals/{found.id}", digest_of(left.to_json() if left else None)
            )
            return Decided((write,), (deed,), shown(found))

        return office.desk.act(
            caller, agency, decide, once=office.once(caller, f"{Act.LIFTED} {site} {name}", sent)
        )

    def page(
        self, caller: Caller, site: str, *, cursor: str | None, limit: int
    ) -> tuple[tuple[dict[str, Json], ...], str | None]:
        """Return at most `limit` stops that are in force, by proposal, and where the next page begins.

        Fewer where they are long.
        """
        agency = self.office.desk.agency_of(caller, site, Scope.READ)
        place = Place(Kind.PROPOSALS, f"{site}#stopped")
        after = read_cursor(agency, place, cursor) if cursor is not None else ""
        stops = Record(self.office, agency, site).stops().by_proposal
        names = sorted(name for name in stops if name > after)
        items = fitting((_shown(name, stops[name]) for name in names), limit)
        more = print_cursor(agency, place, names[len(items) - 1]) if len(items) < len(names) else None
        return items, more

    def _stop(
        self,
        caller: Caller,
        asked: tuple[str, str, Sent],
        act: Act,
        become: Callable[[Proposal, Said], Proposal],
    ) -> dict[str, Json]:
        site, name, sent = asked
        state = State.VETOED if act is Act.VETOED else State.PAUSED
        office, named = self.office, _documents(sent.body)
        said = office.said(caller, {key: value for key, value in sent.body.items() if key != "documents"})
        agency = office.desk.agency_of(caller, site, Scope.VETO)
        record = Record(office, agency, site)

        def decide() -> Decided:
            found = office.proposal(agency, site, name)
            stop = record.stop_of(found)
            if named is not None:
                _check_named(stop, named)
                stop = stop.only(named)
            is_said = found.state is state and record.stops().by_proposal.get(found.id) == stop
            if is_said and (job := office.stopping(agency, site, name)):
                # Whoever says the same again while nothing came of it wants it to come.
                return Decided((), (), {**shown(found), "stopped_by": job})
            made = become(found, said)
            write, deed = entered_as(site, made, act)
            writes = (write, record.put_stop(name, stop))
            if not office.may_be_live(agency, site, found) and not record.may_be_live_in(stop):
                return Decided(writes, (deed,), shown(made))
            # What is stopped while devices may have it must not stay so until somebody has read about it.
            order = office.stop(caller, (agency, site), name, (writes, (deed,)))
            return Decided(order.writes, order.deeds, {**shown(made), "stopped_by": order.answer["job"]})

        answer = office.desk.act(
            caller, agency, decide, once=office.once(caller, f"{act} {site} {name}", sent)
        )
        office.sent_on(agency, site, answer.get("stopped_by"))
        return answer


def _shown(proposal: str, stop: Stop) -> dict[str, Json]:
    return {
        "proposal": proposal,
        "snapshot": stop.snapshot,
        "brought": [*sorted(stop.brought)],
        "gone": [*sorted(stop.gone)],
    }


def _documents(body: Mapping[str, Json]) -> tuple[str, ...] | None:
    """The documents that an act names by address, each once; None for all."""
    found = body.get("documents")
    if found is None:
        return None
    named = tuple(each for each in found if isinstance(each, str)) if isinstance(found, list) else ()
    if not isinstance(found, list) or not named or len(set(named)) != len(found):
        raise Malformed("act: documents are no list of addresses, each once")
    return named


def _check_named(stop: Stop, named: Collection[str]) -> None:
    known = stop.brought.keys() | stop.gone.keys()
    problems = tuple(
        Problem(f"/documents/{at}", "is nothing that is stopped here", "name what the proposal changes")
        for at, each in enumerate(named)
        if each not in known
    )
    if problems:
        raise Unfit("the documents are not those of the proposal", problems)
