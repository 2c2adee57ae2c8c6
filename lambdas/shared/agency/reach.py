"""What changes reach: the slots, and with them the pages, that may show something else afterwards.

Rather a slot too many than one too few: what is said here is what somebody looks at before they approve.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from consent_ledger.canonical import Json
from lambdas.shared.agency.changes import Change
from lambdas.shared.agency.collection import Collection
from lambdas.shared.agency.composed import Drafts

_BESIDE: Final = frozenset({Collection.GOALS, Collection.FLOWS, Collection.REMINDERS, Collection.NOTICES})
_NAMED: Final = (Collection.SEGMENTS, Collection.QUESTIONS, Collection.CALENDARS)


@dataclass(frozen=True, slots=True)
class Reached:
    """A slot, the pages that it is on (none for every page), and the changes that reach it, by address."""

    slot: str
    pages: tuple[str, ...]
    because: tuple[str, ...]


def reached(found: Iterable[Change], before: Drafts, after: Drafts) -> tuple[Reached, ...]:
    """Return the slots that changes reach, by name."""
    listed = [change for change in found if change.collection not in _BESIDE]
    slots = {**before.get(Collection.SLOTS, {}), **after.get(Collection.SLOTS, {})}
    needs = {slot: _needs(slot, (before, after)) for slot in slots}
    reaching = {
        slot: tuple(change.address for change in listed if _reaches(change, slot, slots[slot], needs[slot]))
        for slot in slots
    }
    return tuple(
        Reached(slot, tuple(_texts(slots[slot].get("pages"))), reaching[slot])
        for slot in sorted(slots)
        if reaching[slot]
    )


def beside(found: Iterable[Change]) -> tuple[str, ...]:
    """Return the addresses of changes that reach citizens by something else than a slot."""
    return tuple(change.address for change in found if change.collection in _BESIDE)


def _reaches(
    change: Change, slot: str, body: Mapping[str, Json], needs: frozenset[tuple[Collection, str]]
) -> bool:
    if change.collection is Collection.SETTINGS:
        return True
    versions = [each for each in (change.before, change.after) if each is not None]
    if change.collection is Collection.SLOTS:
        return change.name == slot
    if change.collection is Collection.RULES:
        return any(each.get("slot") == slot for each in versions)
    if change.collection is Collection.CATALOGUE:
        kinds, not_topics = set(_texts(body.get("kinds"))), set(_texts(body.get("not_topics")))
        return any(each.get("kind") in kinds and each.get("topic") not in not_topics for each in versions)
    return (change.collection, change.name) in needs


def _needs(slot: str, sides: tuple[Drafts, ...]) -> frozenset[tuple[Collection, str]]:
    """The conditions, questions and calendars that rules of a slot rest on, however indirectly.

    A name may be one of each: all of them are followed.
    """
    found: set[tuple[Collection, str]] = set()
    for drafts in sides:
        rules = [rule for rule in drafts.get(Collection.RULES, {}).values() if rule.get("slot") == slot]
        waiting = {str(rule["when"]) for rule in rules if rule.get("when") is not None}
        followed: set[str] = set()
        while waiting:
            name = waiting.pop()
            followed.add(name)
            for each in _NAMED:
                body = drafts.get(each, {}).get(name)
                if body is not None:
                    found.add((each, name))
                    waiting |= set(_every_text(body)) - followed
    return frozenset(found)


def _every_text(value: Json | Mapping[str, Json]) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _every_text(each)
    elif isinstance(value, list):
        for each in value:
            yield from _every_text(each)


def _texts(value: Json) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
