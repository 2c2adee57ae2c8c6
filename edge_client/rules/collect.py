"""What a device may keep under a bundle: compiled from the rules that use it, and nothing beside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from edge_client.bundle import Bundle
from edge_client.outcomes.kept import Outcomes
from edge_client.profile import DAY_MS, Profile, Visit
from edge_client.rules.facts import one_name
from edge_client.rules.truths import leaves_of
from edge_client.shown import Shown
from edge_client.signals.kept import KeptSignals
from edge_client.signals.needs import Needs, told_to_pages, topics_of, with_need
from edge_client.signals.signal import Signal, Switch, switch_of
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
from edge_client.wire.noticed import Noticed, SignalKind
from edge_client.wire.paths import ItemId
from edge_client.wire.question import KEPT_DAYS, Label, Question
from edge_client.wire.rule import Rule
from edge_client.wire.rules import sensitive_pages

# A session is counted when the next one begins: what it looked at is needed until then.
DAYS_FOR_COUNTING = 1
# A suggestion that is opened is a click, and a look at its page.
OF_OUTCOMES: Final = (Switch.VISITS, Switch.CLICKS)


@dataclass(frozen=True, slots=True)
class Collection:
    """What may be kept, and how long, in days.

    `every_page` is for pages of the catalogue, `pages` for single ones in all languages, `topics` for those
    of a topic; the longest counts. `sessions` and `began_from` say whether sessions are counted, and whether
    it is kept where the present one began; `questions` which answers are kept, `answers_kept` how long where
    that is not as usual; `shown` how long impressions of an item are, and `cool_down` how long the time of a
    "not relevant" is. `signals` says which clicks, readings, searches and forms are kept; `lexicon` which
    words of a search speak for which topic; of `sensitive` pages none are, whatever a topic of theirs is
    needed for. `context` is whether the hour, the device and the way here may count. `at_most` is how many
    days the citizen lets a kind be kept, where that is less. Questions `in_flows` are about something
    sensitive: only a flow may ask them.
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
    signals: Needs = field(default_factory=dict)
    lexicon: Mapping[str, str] = field(default_factory=dict)
    sensitive: frozenset[ItemId] = frozenset()
    context: bool = True
    outcomes: int = 0
    at_most: Mapping[Switch, int] = field(default_factory=dict)
    answers_kept: Mapping[str, int] = field(default_factory=dict)
    in_flows: frozenset[str] = frozenset()
    forbids: Callable[[ItemId], bool] = field(default=lambda item: False, repr=False, compare=False)

    def days_of(self, item: ItemId) -> int:
        """Return how many days a visit of the page may be kept; 0 where none may."""
        known = self.catalogue.get(item)
        named = self.pages.get(one_name(item, self.catalogue), 0)
        days = named if known is None else max(named, self.every_page, self.topics.get(known.topic, 0))
        return min(days, self.at_most.get(Switch.VISITS, days))

    def trim(self, profile: Profile, at_ms: int) -> Profile:
        """Return the profile without what no rule needs, or needs no longer."""

        def unwanted(visit: Visit) -> bool:
            return at_ms - visit.at_ms > self.days_of(visit.item) * DAY_MS or not self.days_of(visit.item)

        kept = profile.without_visits(unwanted)
        if kept.met_ms and not self.sessions:
            kept = replace(kept, met_ms=0, sessions=kept.last_session)
        return replace(kept, began_from=None) if kept.began_from and not self.began_from else kept

    def days_of_signal(self, signal: Signal) -> int:
        """Return how many days a signal may be kept; 0 where it may not."""
        need = self.signals.get(signal.kind)
        if need is not None and signal.kind is SignalKind.MARKED:
            need = need.marks.get(signal.mark)
        if need is None or signal.bucket < need.bucket or signal.about in self.sensitive:
            return 0
        topics = topics_of(signal, catalogue=self.catalogue, lexicon=self.lexicon)
        days = need.days_of(one_name(signal.about, self.catalogue), topics)
        return min(days, self.at_most.get(signal.switch, days))

    def trim_signals(self, kept: KeptSignals, at_ms: int) -> KeptSignals:
        """Return the signals that a rule still needs."""
        return kept.only(lambda signal: at_ms - signal.at_ms <= (self.days_of_signal(signal) or -1) * DAY_MS)

    def as_let(self, kept: KeptSignals) -> Collection:
        """Return it as the citizen lets it be: without what was switched off, and no longer than they say."""
        return replace(self.without(kept.off), at_most=kept.most_days)

    def without(self, off: frozenset[Switch]) -> Collection:
        """Return it without what the citizen switched off."""
        if not off:
            return self
        signals = {kind: need for kind, need in self.signals.items() if switch_of(kind) not in off}
        made = replace(self, signals=signals, lexicon=self.lexicon if SignalKind.SEARCHED in signals else {})
        if Switch.CONTEXT in off:
            made = replace(made, context=False, began_from=False)
        if not off.isdisjoint(OF_OUTCOMES):
            made = replace(made, outcomes=0)
        if Switch.VISITS in off:
            # In which session something was noticed is asked of every signal.
            made = replace(made, every_page=0, pages={}, topics={}, sessions=made.began_from or bool(signals))
        return made

    def days_by_switch(self) -> Mapping[Switch, int]:
        """Return the most days that anything of each kind is kept; 0 where no rule needs the kind."""
        days = dict.fromkeys(Switch, 0)
        days[Switch.VISITS] = max((self.every_page, *self.pages.values(), *self.topics.values()))
        for kind, need in self.signals.items():
            days[switch_of(kind)] = max(days[switch_of(kind)], need.longest)
        days[Switch.CLICKS] = max(days[Switch.CLICKS], self.outcomes)
        return days

    def for_pages(self, until_ms: int) -> bytes:
        """Print what pages are told that they may notice, until the bundle expires."""
        return told_to_pages(
            self.signals,
            catalogue=self.catalogue,
            lexicon=self.lexicon,
            sensitive=self.sensitive,
            one_name=lambda item: one_name(item, self.catalogue),
            until_ms=until_ms,
        )

    def takes(self, question: str, *, in_flow: bool) -> bool:
        """Say whether an answer counts: one about something sensitive does where a flow asked for it."""
        return in_flow or question not in self.in_flows

    def trim_told(self, told: Told, at_ms: int) -> Told:
        """Return what the citizen told without answers to questions that no rule asks any more, and without
        pages and topics that are forbidden."""
        since_ms = at_ms - self.cool_down * DAY_MS if self.cool_down else None
        left = told.only(self.questions, at_ms=at_ms, since_ms=since_ms, pins=self.pins)
        return left.without(self.forbids).without_topics(self._is_forbidden)

    def _is_forbidden(self, topic: str) -> bool:
        """Say whether all pages of a topic are forbidden: what somebody wants of it speaks of them."""
        pages = [item.id for item in self.catalogue.items if item.topic == topic]
        return bool(pages) and all(map(self.forbids, pages))

    def trim_outcomes(self, outcomes: Outcomes, at_ms: int) -> Outcomes:
        """Return what became of suggestions as far as a slot asks and the citizen lets it be."""
        days = min(self.outcomes, *(self.at_most.get(switch, self.outcomes) for switch in OF_OUTCOMES))
        return outcomes.only(lambda row: at_ms - row.at_ms <= days * DAY_MS and days > 0)

    def trim_shown(self, shown: Shown, at_ms: int) -> Shown:
        """Return the impressions that a cap still counts."""
        return shown.only(lambda item, shown_ms: at_ms - shown_ms <= self.shown.get(item, -1) * DAY_MS)


def collection_of(bundle: Bundle, *, suggests: bool, learns: bool) -> Collection:
    """Compile what may be kept under a bundle, for the purposes that the citizen has allowed.

    Rules of version 1 keep every page for `keep_days`: they say nothing else about it.
    """
    rules, catalogue = bundle.rules, bundle.catalogue
    if rules.is_for_children:
        return Collection(catalogue)
    if rules.version == 1:
        days = rules.keep_days if suggests or learns else 0
        return Collection(catalogue, every_page=days, pins=suggests, forbids=bundle.is_sensitive)
    counted = DAYS_FOR_COUNTING if learns else 0
    if not suggests:
        return Collection(catalogue, every_page=counted)
    scored = bundle.archetypes is not None or any(slot.level.has_scores for slot in rules.slots)
    every_page = max(counted, rules.keep_days if scored else 0)
    made = Collection(catalogue, every_page=every_page, pins=True, forbids=bundle.is_sensitive)
    options = {question.name: question for question in rules.questions}
    for rule in rules.rules:
        for test in _tests_of(rule, bundle):
            made = _with_need(made, test, options, keep_days=rules.keep_days)
        if rule.cap is not None:
            # That a sensitive page was shown says what was answered: it would outlive the answer.
            names = (name for name in _names(bundle.about(rule), catalogue) if not bundle.is_sensitive(name))
            made = replace(made, shown=_longest(made.shown, names, rule.cap.days))
        made = replace(made, cool_down=max(made.cool_down, rule.cool_down_days))
    swayed = any(slot.sway_milli for slot in rules.slots)
    made = replace(made, outcomes=rules.outcome_days if swayed else 0)
    if made.signals or made.outcomes:
        made = replace(made, sensitive=sensitive_pages(catalogue, rules))
    if SignalKind.SEARCHED not in made.signals:
        return made
    asked = made.signals[SignalKind.SEARCHED].topics
    return replace(made, lexicon={word: topic for word, topic in bundle.lexicon.items() if topic in asked})


def _tests_of(rule: Rule, bundle: Bundle) -> Iterator[Leaf]:
    needed = () if rule.when is None else leaves_of(rule.when, bundle.rules.definitions)
    for definition in bundle.rules.definitions:
        if isinstance(definition, Condition) and definition.name in needed:
            test = definition.test
            if isinstance(test, Leaf):
                yield test


def _with_need(
    made: Collection, test: Leaf, options: Mapping[str, Question], *, keep_days: int
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
        case Noticed():
            names = _names(test.items, made.catalogue)
            return replace(made, sessions=True, signals=with_need(made.signals, test, names))
        case Answered(question, _):
            asked = options[question]
            is_sensitive = asked.label is Label.SENSITIVE
            return replace(
                made,
                in_flows=made.in_flows | ({question} if is_sensitive else frozenset()),
                questions={**made.questions, question: asked.options},
                answers_kept={**made.answers_kept, **_kept(asked)},
            )
        case AlikeTo():
            return replace(made, every_page=keep_days)
        case _:
            return made


def _kept(question: Question) -> Mapping[str, int]:
    return {} if question.keep_days == KEPT_DAYS else {question.name: question.keep_days}


def _names(items: Iterable[str], catalogue: Catalogue) -> frozenset[ItemId]:
    return frozenset(ItemId(one_name(item, catalogue)) for item in items)


def _longest(known: Mapping[str, int], names: Iterable[str], days: int) -> Mapping[str, int]:
    return {**known, **{name: max(known.get(name, 0), days) for name in names}}
