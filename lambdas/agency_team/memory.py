"""The reference: an agency's people in memory."""

from __future__ import annotations

import hashlib
from threading import Lock

from consent_ledger.errors import Refused
from lambdas.agency_team.people import MOST_PEOPLE, Invited, Member, Standing
from lambdas.shared.agency.failures import Absent
from lambdas.shared.agency.roles import Role
from lambdas.shared.agency.rows import AgencyId


class MemoryPeople:
    """`People` that end with their process."""

    def __init__(self) -> None:
        self._members: dict[AgencyId, dict[str, Member]] = {}
        self._lock = Lock()

    def add(self, agency: AgencyId, sub: str, *roles: Role) -> None:
        """Put somebody there who has logged in before, as a deployer does."""
        self._of(agency)[sub] = Member(sub, frozenset(roles), Standing.ACTIVE)

    def members(self, agency: AgencyId) -> tuple[Member, ...]:
        """See `People.members`."""
        found = (each for each in self._of(agency).values() if each.roles)
        return tuple(sorted(found, key=lambda each: each.sub))

    def invite(self, agency: AgencyId, login: str, roles: frozenset[Role]) -> Invited:
        """See `People.invite`."""
        sub = hashlib.sha256(f"{agency} {login}".encode()).hexdigest()[:32]
        with self._lock:
            known = self._of(agency).get(sub)
            if known is not None and known.standing is not Standing.INVITED:
                raise Refused("team: they have logged in already")
            if known is None and len(self.members(agency)) >= MOST_PEOPLE:
                raise Refused("team: too many people")
            self._of(agency)[sub] = Member(sub, roles, Standing.INVITED)
        return Invited(sub, login, f"first-{sub[:8]}")

    def withdraw(self, agency: AgencyId, sub: str, roles: frozenset[Role]) -> None:
        """See `People.withdraw`."""
        with self._lock:
            found = self._found(agency, sub)
            self._of(agency)[sub] = Member(sub, found.roles - roles, found.standing)

    def assign(self, agency: AgencyId, sub: str, roles: frozenset[Role]) -> None:
        """See `People.assign`."""
        with self._lock:
            found = self._found(agency, sub)
            self._of(agency)[sub] = Member(sub, roles, found.standing)

    def remove(self, agency: AgencyId, sub: str) -> None:
        """See `People.remove`."""
        with self._lock:
            self._found(agency, sub)
            del self._of(agency)[sub]

    def _of(self, agency: AgencyId) -> dict[str, Member]:
        return self._members.setdefault(agency, {})

    def _found(self, agency: AgencyId, sub: str) -> Member:
        found = self._of(agency).get(sub)
        if found is None or not found.roles:
            raise Absent
        return found
