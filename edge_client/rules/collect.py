"""What a device may keep under a bundle: compiled from the rules that use it, and nothing beside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from edge_client.bundle import Bundle
from edge_client.profile import DAY_MS, Profile, Visit
from edge_client.rules.compile import about
from edge_client.rules.facts import one_name
from edge_client.rules.truths import leaves_of
from edge_client.shown import Shown
from edge_client.told import Told
from edge_client.wire.audience import (
    AlikeTo,
    Answered,
    BeganFrom,
    Condition,
    FirstVisit,
    Leaf,
    TaskIs,
    Visited,
)
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.paths import ItemId
from edge_client.wire.rule import Rule

# A session is counted when the next one begins: what it looked at is needed until then.
DAYS_FOR_COUNTING = 1


@dataclass(frozen=True, slots=True)
class Collection:
    """What may be kept, and how long, in days.

    `every_page` is for pages of the catalogue, `pages` for single ones in all languages, `topics` for those
    of a topic; the longest counts. `sessions` and `began_from` say whether sessions are counted, and whether
    it is kept where the present one began; `questions` which answers are kept; `shown` how long impressions
    of an item are, and `cool_down` how long the time of a "not relevant" is.
    """

    catalogue: Catalogue
    every_page: int = 0
    pages: Mapping[str, int] = field(default_factory=dict)
    topics: Mapping[str, int] = field(default_factory=dict)
    sessions: bool = False
    began_from: bool = False
    questions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shown: Mapping[str, int] = field(default_factory=dict)
    cool_down: int = 0
    pins: bool = False

    def days_of(self, item: ItemId) -> int:
        """Return how many days a visit of the page may be kept; 0 where none may."""
        known = self.catalogue.get(item)
        named = self.pages.get(one_name(item, self.catalogue), 0)
        return named if known is None else max(named, self.every_page, self.topics.get(known.topic, 0))

    def trim(self, profile: Profile, at_ms: int) -> Profile:
        """Return the profile without what no rule needs, or needs no longer."""

        def unwanted(visit: Visit) -> bool:
            return at_ms - visit.at_ms > self.days_of(visit.item) * DAY_MS or not self.days_of(visit.item)

        kept = profile.without_visits(unwanted)
        if kept.met_ms and not self.sessions:
            kept = replace(kept, met_ms=0, sessions=kept.last_session)
        return replace(kept, began_from=None) if kept.began_from and not self.began_from else kept

    def trim_told(self, told: Told, at_ms: int) -> Told:
        """Return what the citizen told without answers to questions that no rule asks any more."""
        since_ms = at_ms - self.cool_down * DAY_MS if self.cool_down else None
        return told.only(self.questions, since_ms=since_ms, pins=self.pins)

    def trim_shown(self, shown: Shown, at_ms: int) -> Shown:
        """Return the impressions that a cap still counts."""
        return shown.only(lambda item, shown_ms: at_ms - shown_ms <= self.shown.get(item, -1) * DAY_MS)


def collection_of(bundle: Bundle, *, suggests: bool, learns: bool) -> Collection:
    """Compile what may be kept under a bundle, for the purposes that the citizen has allowed.

    Rules of version 1 keep every page for `keep_days`: they say nothing else about it.
    """
    rules, catalogue = bundle.rules, bundle.catalogue
    if rules.version == 1:
        days = rules.keep_days if suggests or learns else 0
        return Collection(catalogue, every_page=days, pins=suggests)
    counted = DAYS_FOR_COUNTING if learns else 0
    if not suggests:
        return Collection(catalogue, every_page=counted)
    scored = bundle.archetypes is not None or any(slot.level.has_scores for slot in rules.slots)
    made = Collection(catalogue, every_page=max(counted, rules.keep_days if scored else 0), pins=True)
    options = {question.name: question.options for question in rules.questions}
    for rule in rules.rules:
        for test in _tests_of(rule, bundle):
            made = _with_need(made, test, options, keep_days=rules.keep_days)
        if rule.cap is not None:
            names = _names(about(rule, catalogue), catalogue)
            made = replace(made, shown=_longest(made.shown, names, rule.cap.days))
        made = replace(made, cool_down=max(made.cool_down, rule.cool_down_days))
    return made


def _tests_of(rule: Rule, bundle: Bundle) -> Iterator[Leaf]:
    needed = () if rule.when is None else leaves_of(rule.when, bundle.rules.definitions)
    for definition in bundle.rules.definitions:
        if isinstance(definition, Condition) and definition.name in needed:
            test = definition.test
            if isinstance(test, Leaf):
                yield test


def _with_need(
    made: Collection, test: Leaf, options: Mapping[str, tuple[str, ...]], *, keep_days: int
) -> Collection:
    match test:
        case FirstVisit():
            return replace(made, sessions=True)
        case BeganFrom():
            return replace(made, sessions=True, began_from=True)
        case Visited(items, topics, _, days, _):
            # What is asked of this session is kept no longer than a session can last.
            return replace(
                made,
                sessions=True,
                pages=_longest(made.pages, _names(items, made.catalogue), max(days, 1)),
                topics=_longest(made.topics, topics, max(days, 1)),
            )
        case TaskIs(begun, done, days, _):
            return replace(
                made, sessions=True, pages=_longest(made.pages, _names((*begun, *done), made.catalogue), days)
            )
        case Answered(question, _):
            return replace(made, questions={**made.questions, question: options[question]})
        case AlikeTo():
            return replace(made, every_page=keep_days)
        case _:
            return made


def _names(items: Iterable[str], catalogue: Catalogue) -> frozenset[str]:
    return frozenset(one_name(item, catalogue) for item in items)


def _longest(known: Mapping[str, int], names: Iterable[str], days: int) -> Mapping[str, int]:
    return {**known, **{name: max(known.get(name, 0), days) for name in names}}
