"""What acts go by, each found by one pointer: what four eyes saw last, and what is stopped.

Pointers are written in the transaction of the act that moves them, so that no act reads a site's history.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from consent_ledger import canonical
from consent_ledger.errors import Refused, Untrue
from lambdas.agency_acts.office import Office
from lambdas.shared.agency.origin import NOTHING, Origin
from lambdas.shared.agency.proposal import Proposal
from lambdas.shared.agency.rows import AgencyId, Kind, Place, Write
from lambdas.shared.agency.stopped import Stop, Stops

_APPROVED: Final = "approved"
_STOPPED: Final = "stopped"
_MOST_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Record:
    """What was approved and stopped of one site."""

    office: Office
    agency: AgencyId
    site: str

    def last_approved(self) -> Proposal | None:
        """Return the last proposal that was approved and that nothing stops."""
        return self._nearest(lambda found: not found.is_stopped)

    def before_next(self) -> str:
        """Name the proposal that the next approved one comes after: a pause may be taken back, a veto not."""
        found = self._nearest(lambda found: found.vetoed is None)
        return found.id if found else ""

    def approve(self, proposal: str) -> Write:
        """Return the write that makes a proposal the last one that was approved."""
        row = self.office.desk.rows.read(self.agency, self._place(_APPROVED), _APPROVED)
        body = canonical.encode({"v": 1, "proposal": proposal})
        return Write(self._place(_APPROVED), _APPROVED, body, after=row.revision if row else 0)

    def origin(self, drafts: str) -> Origin:
        """Return what a snapshot was made of, by its hash; nothing for "". Raises `Untrue` if it is gone."""
        if not drafts:
            return NOTHING
        raw = self.office.files.get(self.agency, self.site, drafts)
        if raw is None:
            raise Untrue("origin: it is missing")
        return Origin.from_bytes(raw)

    def stops(self) -> Stops:
        """Return every stop that is in force."""
        return self._stops()[0]

    def stop_of(self, found: Proposal) -> Stop:
        """Return what stopping a proposal stops, beyond itself."""
        return Stop.of(found.snapshot, self.origin(found.drafts), self.origin(found.base))

    def put_stop(self, proposal: str, stop: Stop) -> Write:
        """Return the write that puts a stop in force."""
        stops, revision = self._stops()
        return self._keep(stops.put(proposal, stop), revision)

    def drop_stop(self, proposal: str) -> Write:
        """Return the write that ends one."""
        stops, revision = self._stops()
        return self._keep(stops.drop(proposal), revision)

    def check_free(self, found: Proposal) -> None:
        """Raise `Refused` where something in a proposal was stopped with another, and name both."""
        stops = self.stops()
        if not stops.by_proposal:
            return
        hits = [
            each for each in stops.found_in(found.snapshot, self.origin(found.drafts)) if each[0] != found.id
        ]
        if hits:
            named = list(dict.fromkeys(address or "every file of it" for _, address in hits))
            more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
            raise Refused(
                f"proposal: {', '.join(named[:_MOST_NAMED])}{more} was stopped with proposal {hits[0][0]}"
            )

    def may_be_live_in(self, stop: Stop) -> bool:
        """Say whether devices may have a document that a stop is about, by whatever proposal."""
        on_devices = self.office.on_devices(self.agency, self.site)
        if on_devices is None:
            return True
        found = (self.office.proposal(self.agency, self.site, name) for name in on_devices)
        return any(True for each in found for _ in stop.documents_in(self.origin(each.drafts)))

    def _nearest(self, fits: Callable[[Proposal], bool]) -> Proposal | None:
        row = self.office.desk.rows.read(self.agency, self._place(_APPROVED), _APPROVED)
        name = str(canonical.decode_object(row.body)["proposal"]) if row else ""
        while name:
            found = self.office.proposal(self.agency, self.site, name)
            if fits(found):
                return found
            name = found.before
        return None

    def _stops(self) -> tuple[Stops, int]:
        row = self.office.desk.rows.read(self.agency, self._place(_STOPPED), _STOPPED)
        if row is None:
            return Stops({}), 0
        digest = str(canonical.decode_object(row.body)["stops"])
        raw = self.office.files.get(self.agency, self.site, digest)
        if raw is None:
            # Nothing may go live while it is not known what was stopped.
            raise Untrue("stops: they are missing")
        return Stops.from_bytes(raw), row.revision

    def _keep(self, stops: Stops, revision: int) -> Write:
        digest = self.office.files.put(self.agency, self.site, stops.to_bytes())
        body = canonical.encode({"v": 1, "stops": digest})
        return Write(self._place(_STOPPED), _STOPPED, body, after=revision)

    def _place(self, of: str) -> Place:
        return Place(Kind.PROPOSALS, f"{self.site}#{of}")
