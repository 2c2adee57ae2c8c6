"""What is asked of whoever gives people their tokens: who is there, with which roles, and to change that.

Every verb names the agency of the caller first. Somebody of another agency is nobody here: they are not
shown, and what is asked about them is answered as for a name that was made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from lambdas.shared.agency.roles import Role
from lambdas.shared.agency.rows import AgencyId

MOST_PEOPLE = 1000
"""How many people an agency may have. More, as a deployer can make, are listed and taken out all the same."""


class Standing(StrEnum):
    """How somebody stands with the issuer."""

    INVITED = "invited"
    ACTIVE = "active"
    SHUT_OUT = "shut-out"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who works for the agency; `sub` is what tokens and the trail call them."""

    sub: str
    roles: frozenset[Role]
    standing: Standing


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody new: how they log in, and by which password for the first time, "" where none is asked for.

    The password is told once, and kept nowhere by us.
    """

    sub: str
    login: str
    password: str


class People(Protocol):
    """The people of every agency, each agency's by themselves."""

    def members(self, agency: AgencyId) -> tuple[Member, ...]:
        """Return everybody who has a role in the agency, by `sub`."""

    def invite(self, agency: AgencyId, login: str, roles: frozenset[Role]) -> Invited:
        """Make somebody new who has these roles.

        The same login again makes them anew as long as they never logged in, so that a crash in between is
        mended by asking once more. Raises `Refused` when they did, and for one more than `MOST_PEOPLE`.
        """

    def withdraw(self, agency: AgencyId, sub: str, roles: frozenset[Role]) -> None:
        """Take these roles from somebody; those that they do not have change nothing. Raises `Absent`."""

    def assign(self, agency: AgencyId, sub: str, roles: frozenset[Role]) -> None:
        """Have somebody have these roles and no others. Raises `Absent` for one who is not of the agency.

        What is new is given first: whoever is in no group for a moment could not be found again after a
        crash.
        """

    def remove(self, agency: AgencyId, sub: str) -> None:
        """Take somebody out: no token is renewed for them from now on. Raises `Absent`."""
