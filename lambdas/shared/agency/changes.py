"""What one set of an agency's files changes beside another, in words of collections and names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from consent_ledger import canonical
from consent_ledger.canonical import Json
from lambdas.shared.agency.collection import Collection
from lambdas.shared.agency.composed import Drafts, parts_of

_ORDER = "order"


@dataclass(frozen=True, slots=True)
class Change:
    """A document before and after; None where it was not there, or is no longer."""

    collection: Collection
    name: str
    before: Mapping[str, Json] | None
    after: Mapping[str, Json] | None

    @property
    def address(self) -> str:
        """Such as "rules/permit"."""
        return f"{self.collection}/{self.name}"

    @property
    def kind(self) -> str:
        """What became of it."""
        if self.before is None:
            return "added"
        return "changed" if self.after is not None else "removed"

    def to_json(self) -> dict[str, Json]:
        """As callers read it."""
        return {
            "collection": self.collection.value,
            "name": self.name,
            "change": self.kind,
            "before": None if self.before is None else dict(self.before),
            "after": None if self.after is None else dict(self.after),
        }


def documents_of(site: str, files: Mapping[str, bytes], goals: Mapping[str, Mapping[str, Json]]) -> Drafts:
    """Return the documents that files of a snapshot are of, and the goals, which are in none of them."""
    return {**parts_of(site, files), Collection.GOALS: goals}


def changes(before: Drafts, after: Drafts) -> tuple[Change, ...]:
    """Return what differs, in the order of collections and then by name.

    An order that is another only because there is more or less to put in order has not changed.
    """
    found: list[Change] = []
    for collection in Collection:
        old, new = before.get(collection, {}), after.get(collection, {})
        for name in sorted(old.keys() | new.keys()):
            change = Change(collection, name, old.get(name), new.get(name))
            if not _is_same(change):
                found.append(change)
    return tuple(found)


def _is_same(change: Change) -> bool:
    if change.collection is Collection.SETTINGS and change.name == _ORDER:
        return _in_common(change.before, change.after) == _in_common(change.after, change.before)
    if change.before is None or change.after is None:
        return False
    return canonical.encode(dict(change.before)) == canonical.encode(dict(change.after))


def _in_common(order: Mapping[str, Json] | None, other: Mapping[str, Json] | None) -> dict[str, list[Json]]:
    """Each list of an order, without what the other does not have."""
    return {
        name: [each for each in _listed(order, name) if each in set(map(str, _listed(other, name)))]
        for name in sorted({*(order or {}), *(other or {})})
    }


def _listed(order: Mapping[str, Json] | None, name: str) -> list[Json]:
    found = (order or {}).get(name)
    return found if isinstance(found, list) else []
