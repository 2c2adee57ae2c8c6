"""The one way in which anything changes: what is written, who did it and what was answered, together or not.

Each attempt reads what there is, decides, and writes on the condition that nothing of it has changed; the
entry in the audit trail has the next number, so that of two who act at once one comes after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from consent_ledger.canonical import Json
from lambdas.shared.agency.answers import Once, given, keep
from lambdas.shared.agency.audit import AUDIT, FIRST, Deed, entered, read_entry
from lambdas.shared.agency.failures import Absent, Busy, NotAllowed
from lambdas.shared.agency.roles import Caller, Scope
from lambdas.shared.agency.rows import AgencyId, AgencyRows, Write
from lambdas.shared.agency.sites import Sites

ATTEMPTS = 40


@dataclass(frozen=True, slots=True)
class Decided:
    """What is to be written, what is entered for it, and what the caller is told."""

    writes: tuple[Write, ...]
    deeds: tuple[Deed, ...]
    answer: dict[str, Json]


@dataclass(frozen=True, slots=True)
class Desk:
    """Where an agency's people act; `now` tells Unix seconds."""

    rows: AgencyRows
    sites: Sites
    now: Callable[[], int]

    def agency_of(self, caller: Caller, site: str, *scopes: Scope) -> AgencyId:
        """Return the caller's agency.

        Raises `Absent` for a site that is not its own, `NotAllowed` for a caller who has none of the scopes.
        """
        agency = AgencyId(caller.agency)
        if self.sites.owner_of(site) != agency:
            raise Absent
        if not any(caller.may(scope) for scope in scopes):
            raise NotAllowed(f"caller: has none of {', '.join(scopes)}")
        return agency

    def head(self, agency: AgencyId) -> str:
        """Return the hash of the last entry of an agency's trail, in hex; `FIRST` before there is one."""
        last = self.rows.last(agency, AUDIT)
        return read_entry(last.body).hash if last else FIRST

    def act(
        self,
        caller: Caller,
        agency: AgencyId,
        decide: Callable[[], Decided],
        *,
        once: Once | None = None,
    ) -> dict[str, Json]:
        """Do what `decide` says, once for a request that counts once, and return its answer.

        `decide` is called again whenever somebody was faster: it has to read what it decides upon. Raises
        what it raises, and `Busy` when others are faster for long.
        """
        for _ in range(ATTEMPTS):
            revision = 0
            if once is not None:
                answer, revision = given(self.rows, agency, once)
                if answer is not None:
                    return answer
            last = self.rows.last(agency, AUDIT)
            decided = decide()
            writes = list(decided.writes)
            for deed in decided.deeds:
                entry = entered(last, deed, sub=caller.sub, at=self.now())
                writes.append(entry.write)
                last = entry.row
            if once is not None:
                writes.append(keep(once, decided.answer, after=revision))
            if not writes or self.rows.write(agency, *writes):
                return decided.answer
        raise Busy("agency: too many act at once")
