"""Who works for which agency on one machine: opaque ids with an agency and roles, and no name at all."""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed, Refused
from consent_ledger.fields import Fields
from consent_ledger.storage.whole_file import PRIVATE, read_at_most, replace_file
from lambdas.shared.agency.roles import Role, group, read_groups

_MAX_BYTES: Final = 1024 * 1024
_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of one agency; `sub` is a UUID. Raises `Refused` for none, and for what is no role there.

    Roles that nobody has together may be here while one takes the other's place: no token of them is taken.
    """

    sub: str
    agency: str
    roles: frozenset[Role]

    def __post_init__(self) -> None:
        if _ID.fullmatch(self.sub) is None:
            raise Refused("team: not an id")
        if not self.roles:
            raise Refused("team: somebody without a role")
        for name in self.groups:
            read_groups((name,))

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups that tell agency and roles."""
        return tuple(sorted(group(self.agency, role) for role in self.roles))


@dataclass(frozen=True, slots=True)
class People:
    """The file of people; two commands at once change it one after the other."""

    file: Path

    def all(self) -> tuple[Person, ...]:
        """Return everybody, in the order of agencies and ids. Raises `Malformed` for a damaged file."""
        if not self.file.exists():
            return ()
        fields = Fields(canonical.decode(read_at_most(self.file, _MAX_BYTES, noun="team")), "team")
        if fields.whole("v") != _VERSION:
            raise Malformed("team: written by another version")
        listed = fields.take("people")
        fields.done()
        if not isinstance(listed, list):
            raise Malformed("team: people are not a list")
        return tuple(_person(each) for each in listed)

    def find(self, sub: str) -> Person:
        """Return somebody. Raises `Refused` when nobody has that id."""
        for person in self.all():
            if person.sub == sub:
                return person
        raise Refused("team: nobody has this id")

    def add(self, person: Person) -> None:
        """Add somebody; durable once this returns.

        Raises `Refused` when the id is taken, and for roles that no caller can have.
        """
        read_groups(person.groups)
        with self._changing():
            people = self.all()
            if any(each.sub == person.sub for each in people):
                raise Refused("team: the id is taken")
            self._write((*people, person))

    def remove(self, sub: str) -> None:
        """Take somebody out; a token that is out stays valid until its end. Raises `Refused` as `find`."""
        with self._changing():
            gone = self.find(sub)
            self._write(tuple(each for each in self.all() if each != gone))

    def give(self, sub: str, agency: str, role: Role) -> None:
        """Give somebody a role, who may be new. Raises `Refused` for somebody of another agency."""
        with self._changing():
            others = tuple(each for each in self.all() if each.sub != sub)
            before = next((each for each in self.all() if each.sub == sub), None)
            if before is not None and before.agency != agency:
                raise Refused("team: somebody of another agency")
            roles = frozenset({role}) | (before.roles if before else frozenset())
            self._write((*others, Person(sub, agency, roles)))

    def take(self, sub: str, role: Role) -> None:
        """Take a role from somebody, and with the last one them. Raises `Refused` as `find`."""
        with self._changing():
            before = self.find(sub)
            others = tuple(each for each in self.all() if each.sub != sub)
            left = before.roles - {role}
            self._write((*others, Person(sub, before.agency, left)) if left else others)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self.file.with_name("people.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _write(self, people: tuple[Person, ...]) -> None:
        listed = [
            {"agency": each.agency, "roles": sorted(map(str, each.roles)), "sub": each.sub}
            for each in sorted(people, key=lambda person: (person.agency, person.sub))
        ]
        replace_file(self.file, canonical.encode({"people": listed, "v": _VERSION}), mode=PRIVATE)


def _person(value: Json) -> Person:
    fields = Fields(value, "team")
    sub, agency, roles = fields.text("sub"), fields.text("agency"), fields.take("roles")
    fields.done()
    known = {str(role): role for role in Role}
    if not isinstance(roles, list):
        raise Malformed("team: roles are not a list")
    if any(not isinstance(role, str) or role not in known for role in roles):
        raise Malformed("team: a role that is not known")
    return Person(sub, agency, frozenset(known[str(role)] for role in roles))
