"""Drafts as a source gives them, one after the other: no page twice, and nothing lost without a word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from edge_client.wire.catalogue import ItemKind
from edge_client.wire.paths import ItemId
from lambdas.shared.importing.addresses import read_address
from lambdas.shared.importing.imported import DraftItem, Imported, Problem, Weight
from lambdas.shared.importing.limits import LONGEST_PLACE, MOST_NAMED, MOST_PAGES, MOST_PROBLEMS
from lambdas.shared.importing.sensitive import sensitive_problems
from lambdas.shared.importing.texts import line_of, token_of

_ASKED = {
    "title": "name the page as its heading does",
    "topic": "choose one of the site's topics, or let pages take that of their section",
    "kind": "say information, or transaction where something can be done on it",
    "lang": "name its language, such as en",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What whoever imports says of all pages where a page itself says nothing.

    `host` is the site's own, with its port where it has one; `lang` a language; `kind` a kind; `by_section`
    lets a page without a topic take the first part of its path for one.
    """

    host: str = ""
    lang: str = ""
    kind: ItemKind | None = None
    by_section: bool = False


@dataclass(slots=True)
class Gathering:
    """Collects what one import finds."""

    asked: Asked
    items: dict[ItemId, DraftItem] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    moved: dict[ItemId, ItemId] = field(default_factory=dict)
    silent: Counter[Weight] = field(default_factory=Counter)

    def say(self, place: str, what: str, fix: str, *, weight: Weight = Weight.NOTE) -> None:
        """Note a problem; beyond so many they are counted."""
        if len(self.problems) >= MOST_PROBLEMS:
            self.silent[weight] += 1
            return
        self.problems.append(Problem(weight, line_of(place, LONGEST_PLACE) or "-", what, fix))

    def leave_out(self, place: str, what: str, fix: str) -> None:
        """Note why a page is no draft."""
        self.say(place, what, fix, weight=Weight.LEFT_OUT)

    def address(self, place: str, raw: object, *, quietly: bool = False) -> ItemId | None:
        """The page that an address leads to; says what is wrong with it unless `quietly`."""
        found = read_address(raw if isinstance(raw, str) else "", host=self.asked.host)
        for said in () if quietly else found.said:
            self.say(place, said.what, said.fix, weight=said.weight)
        return found.id

    def add(self, draft: DraftItem) -> None:
        """Take a draft, unless its page is there already: then the first one stays, and it is said."""
        if draft.id in self.items:
            self.leave_out(
                draft.place,
                "is the same page as one before it",
                "keep one of both; addresses that differ in a slash, a query or an escape are the same page",
            )
        elif len(self.items) >= MOST_PAGES:
            self.leave_out(draft.place, "is one page more than a catalogue holds", "import part of the site")
        else:
            self.items[draft.id] = self._bounded(draft)

    def move(self, place: str, old: ItemId, raw: object) -> None:
        """Note that a page leads to another one of the site, and is none itself."""
        new = self.address(place, raw, quietly=True)
        if new is None or new == old:
            self.leave_out(
                place, "leads to an address outside the site", "leave it out, or name a page of ours"
            )
            return
        self.moved[old] = new
        self.leave_out(
            place, "leads on to another page", "nothing: the page that it leads to is the one to list"
        )

    def imported(self) -> Imported:
        """All of it, with what was asked for filled in and what is still wanted said."""
        filled = {each.id: self._filled(each) for each in self.items.values()}
        for draft in filled.values():
            for name in draft.wants:
                self.say(draft.place, f"says no {name}", _ASKED[name], weight=Weight.UNFINISHED)
            lost = {path for path in draft.translations.values() if path not in filled}
            if lost:
                self.say(
                    draft.place,
                    "names a translation that is no page of this import",
                    "import that page too, or take the translation out",
                )
        items = tuple(filled[item_id] for item_id in sorted(filled))
        self._say_of_all(items)
        return Imported(items, (*self.problems, *self._unsaid()), MappingProxyType(self._where_moved(filled)))

    def _say_of_all(self, items: tuple[DraftItem, ...]) -> None:
        for problem in sensitive_problems(items):
            self.say(problem.place, problem.what, problem.fix)
        without = sum(not item.audiences for item in items)
        if without:
            self.say(
                "all pages",
                f"{without} of {len(items)} say no audience, and can be offered to everybody",
                "say one where a page is for some people, and write a rule for it",
            )

    def _unsaid(self) -> list[Problem]:
        return [
            Problem(weight, "all pages", f"{count} more problems of this weight", "mend the first ones")
            for weight, count in sorted(self.silent.items())
        ]

    def _where_moved(self, known: Mapping[ItemId, DraftItem]) -> dict[ItemId, ItemId]:
        """Old path to new, as far as the old one is no page any longer."""
        return {old: new for old, new in sorted(self.moved.items()) if old not in known}

    def _filled(self, draft: DraftItem) -> DraftItem:
        topic = draft.topic
        if not topic and self.asked.by_section:
            topic = token_of(draft.id.split("/")[1].partition(".")[0])
        lang = draft.lang or self.asked.lang
        return replace(
            draft,
            topic=topic,
            kind=draft.kind or self.asked.kind,
            lang=lang,
            translations=MappingProxyType(
                {each: path for each, path in draft.translations.items() if each != lang and path != draft.id}
            ),
        )

    def _bounded(self, draft: DraftItem) -> DraftItem:
        named = (draft.life_events, draft.audiences, draft.marks, tuple(draft.translations))
        if max(len(each) for each in named) <= MOST_NAMED:
            return draft
        self.say(
            draft.place,
            "names more life events, audiences, marks or languages than a page can have",
            "name fewer; the first ones were taken",
        )
        return replace(
            draft,
            life_events=draft.life_events[:MOST_NAMED],
            audiences=draft.audiences[:MOST_NAMED],
            marks=draft.marks[:MOST_NAMED],
            translations=MappingProxyType(dict(sorted(draft.translations.items())[:MOST_NAMED])),
        )
