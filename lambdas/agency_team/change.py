"""A change of who may do what: asked for by one person, done when another one has confirmed it.

    waiting -> confirmed -> done
    waiting, confirmed -> withdrawn

A confirmed one may have failed at the issuer: it is done again, or taken back, and lapses as one that waits
does. While one is being done nothing else is decided about it, so that two never meet at the issuer.

What only takes a right away is confirmed as it is asked for: stopping somebody takes one person, letting
them takes two. The role of the privacy officer is taken away by two as well, so that nobody gets rid of who
watches.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed, Refused
from consent_ledger.fields import Fields
from lambdas.shared.agency.failures import Busy
from lambdas.shared.agency.roles import Role, group, read_groups
from lambdas.shared.agency.rows import Kind, Place, Row, Write

TEAM: Final = Place(Kind.TEAM)
WAITS_S: Final = 14 * 86400
"""For how long a change waits for somebody to confirm it, or to do what the issuer did not."""

TAKES_S: Final = 30
"""For how long whoever began may be at it still; the function ends before that."""


class State(StrEnum):
    """Where a change stands."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    DONE = "done"
    WITHDRAWN = "withdrawn"


_OPEN: Final = frozenset({State.WAITING, State.CONFIRMED})


@dataclass(frozen=True, slots=True)
class TeamChange:
    """That somebody is to have these roles and no others; none of them takes them out.

    `person` is "" for somebody new until they are there. `decided_by` confirmed or withdrew it, and until
    `busy_until` it may be under way at the issuer; times are in Unix seconds.
    """

    id: str
    person: str
    roles: frozenset[Role]
    asked_by: str
    asked_at: int
    state: State = State.WAITING
    decided_by: str = ""
    decided_at: int = 0
    busy_until: int = 0
    revision: int = 0

    def state_at(self, now: int) -> str:
        """Where it stands, "lapsed" for one that waited too long."""
        return "lapsed" if self._is_over(now) else self.state.value

    def waits_at(self, now: int) -> bool:
        """Say whether it can be confirmed still."""
        return self.state is State.WAITING and not self._is_over(now)

    def is_open_at(self, now: int) -> bool:
        """Say whether something may become of it still."""
        return self.state in _OPEN and not self._is_over(now)

    @property
    def is_at_once(self) -> bool:
        """Whether one person decided it alone: then it takes, and gives nothing."""
        return self.decided_by == self.asked_by

    def at_once(self) -> TeamChange:
        """Return it confirmed by whoever asked for it: for what takes one person alone."""
        return self._begun(self.asked_by, self.asked_at)

    def confirmed(self, by: str, now: int) -> TeamChange:
        """Return it confirmed, and under way at the issuer; again, where it failed there.

        Raises `Refused` for whoever asked for it, and whomever it is about, and for one that is over; `Busy`
        while it is under way already.
        """
        self._check_open(now)
        if self.state is State.CONFIRMED and self.decided_by == by:
            return self._begun(by, now)
        if by == self.asked_by:
            raise Refused("team: nobody confirms what they asked for")
        if by == self.person:
            raise Refused("team: nobody confirms what is about themselves")
        return self._begun(by, now)

    def withdrawn(self, by: str, now: int) -> TeamChange:
        """Return it withdrawn. Raises `Refused` for one that is over, and `Busy` while it is under way."""
        self._check_open(now)
        return replace(self, state=State.WITHDRAWN, decided_by=by, decided_at=now)

    def stopped(self) -> TeamChange:
        """Return it as confirmed and no more under way: the issuer did not do it."""
        return replace(self, busy_until=0)

    def done(self, person: str) -> TeamChange:
        """Return it as done, to this person."""
        return replace(self, state=State.DONE, person=person, busy_until=0)

    def to_json(self) -> dict[str, Json]:
        """As it is kept and shown."""
        return {
            "id": self.id,
            "person": self.person,
            "roles": [*sorted(map(str, self.roles))],
            "asked_by": self.asked_by,
            "asked_at": self.asked_at,
            "state": self.state.value,
            "decided_by": self.decided_by,
            "decided_at": self.decided_at,
        }

    @property
    def write(self) -> Write:
        """The write that keeps this version where the one before it was."""
        return Write(TEAM, self.id, canonical.encode(self._kept()), after=self.revision)

    def _kept(self) -> dict[str, Json]:
        return {"v": 1, **self.to_json(), "busy_until": self.busy_until}

    def _begun(self, by: str, now: int) -> TeamChange:
        return replace(self, state=State.CONFIRMED, decided_by=by, decided_at=now, busy_until=now + TAKES_S)

    def _check_open(self, now: int) -> None:
        if not self.is_open_at(now):
            raise Refused(f"team: the change is {self.state_at(now)}")
        if now < self.busy_until:
            raise Busy("team: the change is being done; ask again in a minute")

    def _is_over(self, now: int) -> bool:
        return self.state in _OPEN and now >= max(self.asked_at + WAITS_S, self.busy_until)


def read_change(row: Row) -> TeamChange:
    """Read a row. Raises `Malformed`."""
    fields = Fields(canonical.decode(row.body), "team")
    fields.whole("v", low=1, high=1)
    change = TeamChange(
        id=fields.text("id"),
        person=fields.text("person"),
        roles=_roles(fields.rows("roles", max_length=len(Role))),
        asked_by=fields.text("asked_by"),
        asked_at=fields.whole("asked_at"),
        state=State(fields.text("state", pattern="|".join(State))),
        decided_by=fields.text("decided_by"),
        decided_at=fields.whole("decided_at"),
        busy_until=fields.whole("busy_until"),
        revision=row.revision,
    )
    fields.done()
    return change


def check_roles(agency: str, roles: frozenset[Role]) -> None:
    """Raise `Malformed` for no roles, and for roles that nobody has together."""
    if not roles:
        raise Malformed("team: name a role; who has none is taken out")
    try:
        read_groups(tuple(group(agency, role) for role in sorted(roles)))
    except Refused as error:
        raise Malformed(f"team: {str(error).removeprefix('caller: ')}") from error


def takes_two(before: frozenset[Role], after: frozenset[Role]) -> bool:
    """Say whether a change needs a second person: for a right that was not there, and to lose who watches."""
    return bool(after - before) or Role.PRIVACY_OFFICER in before - after


def _roles(rows: list[Json]) -> frozenset[Role]:
    known = {str(role): role for role in Role}
    if any(not isinstance(row, str) or row not in known for row in rows):
        raise Malformed("team: a role that is not known")
    return frozenset(known[str(row)] for row in rows)
