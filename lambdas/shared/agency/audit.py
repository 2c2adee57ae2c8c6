"""The audit trail: one chain an agency, in which each entry holds the hash of the one before it.

An entry says who did what to what, and when; of what was written it has the hash. Nobody is in it but by the
opaque name that the issuer of tokens gives them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Untrue
from consent_ledger.fields import Fields
from lambdas.shared.agency.rows import Kind, Place, Row, Write

AUDIT: Final = Place(Kind.AUDIT)
FIRST: Final = "0" * 64
_DIGITS: Final = 12


class Act(StrEnum):
    """Everything that is entered."""

    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"
    IMPORTED = "imported"
    PROPOSED = "proposed"
    APPROVED = "approved"
    VETOED = "vetoed"
    PAUSED = "paused"
    RESUMED = "resumed"
    LIFTED = "lifted"
    PUBLISHED = "published"
    ROLLED_BACK = "rolled-back"
    CANARY = "canary"
    KILLED = "killed"
    REVIVED = "revived"
    ROLES_ASKED = "roles-asked"
    ROLES_CHANGED = "roles-changed"
    ROLES_WITHDRAWN = "roles-withdrawn"


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did: to `about`, such as "rules/fees"; `digest` is the hash of what it became."""

    act: Act
    site: str
    about: str
    digest: str


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A deed at its place in the chain; `number` counts from 1, `at` is in Unix seconds."""

    number: int
    at: int
    sub: str
    deed: Deed
    previous: str

    def to_json(self) -> dict[str, Json]:
        """The entry as it is hashed, kept and shown."""
        return {
            "v": 1,
            "n": self.number,
            "at": self.at,
            "sub": self.sub,
            "act": self.deed.act.value,
            "site": self.deed.site,
            "about": self.deed.about,
            "digest": self.deed.digest,
            "previous": self.previous,
        }

    @property
    def hash(self) -> str:
        """SHA-256 of the canonical entry, in hex: what the next one holds."""
        return hashlib.sha256(canonical.encode(self.to_json())).hexdigest()

    @property
    def write(self) -> Write:
        """The write that enters it; only one entry can have its number."""
        return Write(AUDIT, f"{self.number:0{_DIGITS}}", canonical.encode(self.to_json()), after=0)

    @property
    def row(self) -> Row:
        """The row that it becomes."""
        return Row(self.write.name, 1, self.write.body)


def digest_of(value: Json) -> str:
    """Return the SHA-256 of a value's canonical JSON, in hex: what an entry has of what was written."""
    return hashlib.sha256(canonical.encode(value)).hexdigest()


def read_entry(raw: bytes) -> AuditEntry:
    """Read an entry. Raises `Malformed`."""
    fields = Fields(canonical.decode(raw), "audit")
    fields.whole("v", low=1, high=1)
    entry = AuditEntry(
        number=fields.whole("n", low=1),
        at=fields.whole("at"),
        sub=fields.text("sub"),
        deed=Deed(
            Act(fields.text("act", pattern="|".join(Act))),
            fields.text("site"),
            fields.text("about"),
            fields.hex("digest", 32).hex(),
        ),
        previous=fields.hex("previous", 32).hex(),
    )
    fields.done()
    return entry


def entered(last: Row | None, deed: Deed, *, sub: str, at: int) -> AuditEntry:
    """Return the entry that follows the last one."""
    if last is None:
        return AuditEntry(1, at, sub, deed, FIRST)
    before = read_entry(last.body)
    return AuditEntry(before.number + 1, at, sub, deed, before.hash)


def verify_chain(
    entries: Iterable[AuditEntry], *, previous: str = FIRST, number: int = 0
) -> AuditEntry | None:
    """Raise `Untrue` unless each entry follows the one before it, from after `number` and its hash on.

    Returns the last one, whose hash stands for all of them; None for no entry.
    """
    last = None
    for entry in entries:
        if entry.number != number + 1 or entry.previous != previous:
            raise Untrue(f"audit: entry {number + 1} does not follow the one before it")
        last, previous, number = entry, entry.hash, entry.number
    return last
