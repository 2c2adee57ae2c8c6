"""Origins: of which documents a snapshot was made, and after which entry of the trail.

An origin lies under its hash beside the files of its snapshot: it tells one document from another without
either, and holds the head of the trail in a place that no writer of rows can write over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.fields import Fields
from lambdas.shared.agency.audit import FIRST, AuditEntry
from lambdas.shared.agency.collection import Collection
from lambdas.shared.agency.document import etag_of
from lambdas.shared.agency.draft import Documents

_LABELS: Final[Mapping[Collection, frozenset[str]]] = {
    Collection.SEGMENTS: frozenset({"name"}),
    Collection.QUESTIONS: frozenset({"name"}),
    Collection.CALENDARS: frozenset({"name"}),
    Collection.RULES: frozenset({"name", "goal", "owner", "review"}),
    Collection.FLOWS: frozenset({"name"}),
    Collection.REMINDERS: frozenset({"name"}),
}
"""What a document is called by, and does nothing: a rule of another name and team is the same rule."""


@dataclass(frozen=True, slots=True)
class Made:
    """A document that a snapshot was made of: its etag, and the hash of what it does, by whatever name."""

    etag: str
    substance: str


@dataclass(frozen=True, slots=True)
class Origin:
    """The documents of a snapshot by address, such as "rules/permit"; the bodies of goals, which are in no
    file; and the hash of the last entry of the trail when it was made."""

    trail: str
    documents: Mapping[str, Made]
    goals: Mapping[str, Mapping[str, Json]]

    @classmethod
    def of(cls, documents: Documents, *, trail: str) -> Origin:
        """Return what a draft makes."""
        made = {
            f"{collection}/{each.name}": Made(each.etag, substance_of(collection, each.name, each.body))
            for collection, found in documents.items()
            for each in found
            if each.body is not None
        }
        goals = {
            each.name: each.body for each in documents.get(Collection.GOALS, ()) if each.body is not None
        }
        return cls(trail, made, goals)

    @classmethod
    def from_bytes(cls, raw: bytes) -> Origin:
        """Read what `to_bytes` printed. Raises `Malformed`."""
        fields = Fields(canonical.decode(raw), "origin")
        fields.whole("v", low=1, high=1)
        documents, goals = fields.take("documents"), fields.take("goals")
        trail = fields.hex("trail", 32).hex()
        fields.done()
        if not isinstance(documents, dict) or not isinstance(goals, dict):
            raise Malformed("origin: documents or goals are no object")
        named = {name: body for name, body in goals.items() if isinstance(body, dict)}
        return cls(trail, {address: _made(value) for address, value in documents.items()}, named)

    def to_bytes(self) -> bytes:
        """Print canonical JSON."""
        documents: dict[str, Json] = {
            address: {"etag": made.etag, "substance": made.substance}
            for address, made in self.documents.items()
        }
        goals: dict[str, Json] = {name: dict(body) for name, body in self.goals.items()}
        return canonical.encode({"v": 1, "trail": self.trail, "documents": documents, "goals": goals})


NOTHING: Final = Origin(FIRST, {}, {})
"""What is before the first proposal."""


def substance_of(collection: Collection, name: str, body: Mapping[str, Json]) -> str:
    """Return the hash of what a document does: without its labels, and for settings with their address."""
    labels = _LABELS.get(collection, frozenset())
    kept: dict[str, Json] = {field: value for field, value in body.items() if field not in labels}
    of = name if collection is Collection.SETTINGS else ""
    return hashlib.sha256(canonical.encode([collection.value, of, kept])).hexdigest()


def verify_trail(origins: Iterable[Origin], entries: Iterable[AuditEntry]) -> None:
    """Raise `Untrue` unless a trail has the entry that each origin was made after: it was rewritten since."""
    hashes = {FIRST, *(entry.hash for entry in entries)}
    if any(origin.trail not in hashes for origin in origins):
        raise Untrue("audit: the entry that a snapshot was made after is not in the trail")


def editors_since(documents: Documents, origin: Origin) -> tuple[str, ...]:
    """Return who had a hand in what differs from an earlier snapshot's origin.

    Whoever ever edited a document that differs counts: what they wrote may be in it still.
    """
    found: set[str] = set()
    for collection, listed in documents.items():
        for each in listed:
            before = origin.documents.get(f"{collection}/{each.name}")
            now = None if each.body is None else etag_of(each.body)
            if (before.etag if before else None) != now:
                found |= set(each.editors)
    return tuple(sorted(found))


def _made(value: Json) -> Made:
    fields = Fields(value, "origin: document")
    made = Made(fields.text("etag"), fields.hex("substance", 32).hex())
    fields.done()
    return made
