"""What an import returns: drafts of catalogue items, what is wrong with them, and which pages have moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from consent_ledger.errors import Untrue
from edge_client.wire.catalogue import CatalogueItem, ItemKind
from edge_client.wire.paths import ItemId


class Weight(StrEnum):
    """What a problem does: keeps a page out, keeps it a draft, or is there to be looked at."""

    LEFT_OUT = "left out"
    UNFINISHED = "unfinished"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, where (a file with its line or JSON pointer), and what mends it.

    `place` is the source's own, so it may quote it; `what` and `fix` are words of ours and quote nothing.
    """

    weight: Weight
    place: str
    what: str
    fix: str

    def __str__(self) -> str:
        return f"{self.weight.value}: {self.place}: {self.what}"


@dataclass(frozen=True, slots=True)
class DraftItem:
    """A catalogue item as far as the source tells it.

    Empty texts and a `kind` of None are what an author has still to say (`wants`). `audiences` and `marks`
    are what the page says of itself, for whoever writes rules; a catalogue has no place for them.
    `modified` is the source's own text of a date. `place` is where in the source the page was found.
    """

    id: ItemId
    place: str
    title: str = ""
    summary: str = ""
    topic: str = ""
    kind: ItemKind | None = None
    lang: str = ""
    life_events: tuple[str, ...] = ()
    essential: bool = False
    translations: Mapping[str, ItemId] = field(default_factory=lambda: MappingProxyType({}))
    audiences: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    modified: str = ""

    @property
    def wants(self) -> tuple[str, ...]:
        """The fields that an author has to fill in before it is an item."""
        lacking = {"title": not self.title, "topic": not self.topic, "kind": self.kind is None}
        return tuple(name for name, is_lacking in (lacking | {"lang": not self.lang}).items() if is_lacking)

    def finished(self) -> CatalogueItem:
        """The item; raises `Untrue` while it wants something."""
        if self.wants or self.kind is None:
            raise Untrue("draft: wants a title, a topic, a kind or a language")
        return CatalogueItem(
            id=self.id,
            title=self.title,
            summary=self.summary,
            topic=self.topic,
            kind=self.kind,
            lang=self.lang,
            life_events=self.life_events,
            essential=self.essential,
            translations=self.translations,
        )


@dataclass(frozen=True, slots=True)
class Imported:
    """Drafts sorted by id without doubles, every problem, and where pages have moved: old path to new."""

    items: tuple[DraftItem, ...]
    problems: tuple[Problem, ...]
    moved: Mapping[ItemId, ItemId] = field(default_factory=lambda: MappingProxyType({}))

    def count(self, weight: Weight) -> int:
        """How many problems are of a weight."""
        return sum(problem.weight is weight for problem in self.problems)
