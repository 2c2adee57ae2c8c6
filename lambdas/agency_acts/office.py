"""What every act needs: the desk, the files, the publisher's queue, and what is live."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, TypeAlias

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed
from lambdas.shared.agency.answers import Once
from lambdas.shared.agency.audit import AUDIT, Act, Deed, digest_of, read_entry
from lambdas.shared.agency.desk import Decided, Desk
from lambdas.shared.agency.failures import Absent
from lambdas.shared.agency.job import Ordered, Outcome, jobs_of, read_ordered
from lambdas.shared.agency.proposal import (
    LONGEST_REASON,
    Proposal,
    Said,
    proposals_of,
    read_proposal,
)
from lambdas.shared.agency.roles import Caller
from lambdas.shared.agency.rows import AgencyId, Kind, Place, Write
from lambdas.shared.agency.snapshot import Files
from lambdas.shared.agency.waiting import Waiting, name_of, read_waiting, waiting_of
from lambdas.shared.publishing.job import Asked, Job, Kill

_LIVE: Final = "live"
_STOPS: Final = "stops"
_MOST_ORDERS: Final = 20

Orders: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that counts once: the key that it was sent under, and its body."""

    key: str
    body: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Live:
    """The proposal that was ordered last, "" for none, and the revision of the row that says so.

    `orders` are those of which devices may have one, each a proposal with its job, the oldest first; "" is
    whatever was there before rows told.
    """

    proposal: str = ""
    revision: int = 0
    orders: Orders = ()


@dataclass(frozen=True, slots=True)
class Office:
    """Where acts are decided.

    `send` gives a job to the publisher, to whom the same job twice is one, or does not: what is ordered waits
    in its row until something became of it (`lambdas/resend_orders`). `outcome_of` returns what became of a
    job, or None; `new_id` returns sixteen hex digits.
    """

    desk: Desk
    files: Files
    send: Callable[[Job], None]
    outcome_of: Callable[[AgencyId, str, str], Outcome | None]
    new_id: Callable[[], str]

    def today(self) -> date:
        """The day that it is, in UTC."""
        return datetime.fromtimestamp(self.desk.now(), UTC).date()

    def name(self) -> str:
        """A new name, which later ones come after."""
        return f"{self.desk.now():011}-{self.new_id()}"

    def proposal(self, agency: AgencyId, site: str, name: str) -> Proposal:
        """Return a proposal. Raises `Absent`."""
        row = self.desk.rows.read(agency, proposals_of(site), name)
        if row is None:
            raise Absent
        return read_proposal(row)

    def live(self, agency: AgencyId, site: str) -> Live:
        """Say what was ordered last; whether devices have it tells the job's outcome."""
        row = self.desk.rows.read(agency, _live_of(site), _LIVE)
        if row is None:
            return Live()
        body = canonical.decode_object(row.body)
        name, listed = str(body["proposal"]), body.get("orders")
        if not isinstance(listed, list):
            return Live(name, row.revision, (("", ""), (name, self.proposal(agency, site, name).job)))
        pairs = [pair for pair in listed if isinstance(pair, list)]
        return Live(name, row.revision, tuple((str(proposal), str(job)) for proposal, job in pairs))

    def is_done(self, agency: AgencyId, site: str, job: str) -> bool:
        """Say whether a job was done; one that was refused, or that waits, was not."""
        outcome = self.outcome_of(agency, site, job) if job else None
        return outcome is not None and outcome.version is not None

    def may_be_live(self, agency: AgencyId, site: str, found: Proposal) -> bool:
        """Say whether devices may have a proposal: it was ordered, and none is known to have followed it."""
        if not found.job:
            return False
        last = self.live(agency, site).proposal
        return last == found.id or not self.is_done(agency, site, self.proposal(agency, site, last).job)

    def on_devices(self, agency: AgencyId, site: str) -> tuple[str, ...] | None:
        """Name the proposals of which devices may have one, the newest first; None where that is not certain.

        They have what was done last, or by now what was ordered after it.
        """
        older, found = self._since_done(agency, site, self.live(agency, site).orders)
        named = tuple(dict.fromkeys(proposal for proposal, _ in found))
        return None if older or "" in named else named

    def made_live(self, agency: AgencyId, site: str, order: tuple[str, str], before: Live) -> Write:
        """The write that says which proposal was ordered last, by which job."""
        older, found = self._since_done(agency, site, before.orders)
        orders: list[Json] = [[*each] for each in (*older, *reversed(found), order)]
        body = canonical.encode({"proposal": order[0], "orders": orders})
        return Write(_live_of(site), _LIVE, body, after=before.revision)

    def order(
        self,
        caller: Caller,
        address: tuple[AgencyId, str],
        asked: Asked,
        *,
        proposal: str = "",
        also: tuple[tuple[Write, ...], tuple[Deed, ...]] = ((), ()),
        ahead: int = 0,
    ) -> Decided:
        """Decide on a job, which is entered, remembered and, when all of it is written, sent.

        Its number is that of its own entry, which comes after those of `also` and `ahead` more: where another
        act takes that number, all of this is decided anew.
        """
        (agency, site), (writes, deeds) = address, also
        number = self._entries(agency) + len(deeds) + ahead + 1
        # What the publisher could not read must not be entered as ordered.
        job = Job.from_bytes(Job(self.name(), agency, site, asked, number).to_bytes())
        ordered = Ordered(job, caller.sub, self.desk.now(), proposal)
        deed = Deed(ordered.act, site, f"jobs/{ordered.job.id}", ordered.digest)
        waits = Waiting(job, self.desk.now())
        return Decided(
            (*writes, ordered.write, waits.write), (*deeds, deed), {"job": ordered.job.id, "state": "queued"}
        )

    def stop(
        self,
        caller: Caller,
        address: tuple[AgencyId, str],
        proposal: str,
        also: tuple[tuple[Write, ...], tuple[Deed, ...]],
    ) -> Decided:
        """Decide to stop a site for the sake of a proposal, whose own change is written with it (`also`)."""
        agency, site = address
        order = self.order(caller, address, Kill(None), also=also)
        before = self.desk.rows.read(agency, _stops_of(site), proposal)
        body = canonical.encode({"job": order.answer["job"]})
        stops = Write(_stops_of(site), proposal, body, after=before.revision if before else 0)
        return Decided((*order.writes, stops), order.deeds, order.answer)

    def stopping(self, agency: AgencyId, site: str, proposal: str) -> str:
        """Return the kill that was ordered for the sake of a proposal and waits still, "" for none."""
        row = self.desk.rows.read(agency, _stops_of(site), proposal)
        job = "" if row is None else str(canonical.decode_object(row.body)["job"])
        return job if job and self.outcome_of(agency, site, job) is None else ""

    def sent_on(self, agency: AgencyId, site: str, named: Json) -> None:
        """Send the job that an answer names, also when it was given before: sending may have failed then.

        Nothing is sent of which something became, and nothing twice in a moment.
        """
        rows, now = self.desk.rows, self.desk.now()
        row = rows.read(agency, jobs_of(site), named) if isinstance(named, str) and named else None
        if row is None:
            return
        job = read_ordered(row).job
        waits = rows.read(agency, waiting_of(site), name_of(job))
        if waits is None or (waiting := read_waiting(waits)).is_quiet(now):
            return
        if waiting.tries and self.outcome_of(agency, site, job.id) is not None:
            return
        # Of two who send it at once one does.
        if rows.write(agency, waiting.sent_at(now).write):
            self.send(job)

    def once(self, caller: Caller, asks: str, sent: Sent) -> Once:
        """What tells this request from others."""
        return Once(caller.sub, sent.key, canonical.encode([asks, dict(sent.body)]), self.desk.now())

    def said(self, caller: Caller, body: Mapping[str, Json]) -> Said:
        """What the caller says. Raises `Malformed` without a reason."""
        reason = body.get("reason")
        if set(body) != {"reason"} or not isinstance(reason, str) or not reason.strip():
            raise Malformed("act: say a reason, and nothing else")
        if len(reason) > LONGEST_REASON:
            raise Malformed("act: the reason is too long")
        return Said(caller.sub, self.desk.now(), reason)

    def _since_done(
        self, agency: AgencyId, site: str, orders: Orders
    ) -> tuple[Orders, list[tuple[str, str]]]:
        """The orders that count: those down to the last that was done, the newest first, without what was
        refused; and the older ones, where that is not among as many as are looked at."""
        found: list[tuple[str, str]] = []
        for proposal, job in reversed(orders[-_MOST_ORDERS:]):
            outcome = self.outcome_of(agency, site, job) if job else None
            if outcome is None or outcome.version is not None:
                found.append((proposal, job))
            if outcome is not None and outcome.version is not None:
                return (), found
        return orders[:-_MOST_ORDERS], found

    def _entries(self, agency: AgencyId) -> int:
        last = self.desk.rows.last(agency, AUDIT)
        return 0 if last is None else read_entry(last.body).number


def entered_as(site: str, proposal: Proposal, act: Act) -> tuple[Write, Deed]:
    """The write that keeps a proposal, and the deed that is entered for it."""
    deed = Deed(act, site, f"proposals/{proposal.id}", digest_of(proposal.to_json()))
    return proposal.write_to(proposals_of(site)), deed


def shown(proposal: Proposal) -> dict[str, Json]:
    """A proposal as callers read it."""
    return {**proposal.to_json(), "state": proposal.state.value}


def _live_of(site: str) -> Place:
    return Place(Kind.JOBS, f"{site}#{_LIVE}")


def _stops_of(site: str) -> Place:
    return Place(Kind.JOBS, f"{site}#{_STOPS}")
