"""What is the case on this device at one moment, and which simple conditions hold because of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from edge_client.profile import DAY_MS, Visit
from edge_client.rules.truths import Definitions, Truth
from edge_client.signals.needs import topics_of
from edge_client.signals.signal import Signal
from edge_client.wire.audience import (
    AlikeTo,
    AllOf,
    Answered,
    AnyOf,
    BeganFrom,
    CameFrom,
    Condition,
    DeviceClass,
    DuringHours,
    FirstVisit,
    InLanguage,
    InTable,
    IsOpen,
    Leaf,
    NotThis,
    OnDevice,
    TaskIs,
    TaskState,
    Visited,
)
from edge_client.wire.catalogue import Catalogue, page_above
from edge_client.wire.noticed import Noticed, SignalKind
from edge_client.wire.paths import ItemId


@dataclass(frozen=True, slots=True)
class Context:
    """What a page says of the moment; None where it does not say.

    `hour` is that of the device's clock, 0 to 23; `came_from` is None on a page that was reached from this
    site. Nothing of it is kept but, where a rule asks for it, where a session began.
    """

    hour: int | None = None
    device: DeviceClass | None = None
    came_from: CameFrom | None = None


NO_CONTEXT = Context()


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that conditions may ask about; None where nobody can know.

    `session` is the number of the session that the decision is for; `first` whether it is the first here;
    `lexicon` the topic that each word of a search speaks for; `opening` which calendars' places are open.
    """

    at_ms: int
    session: int
    first: bool
    lang: str
    visits: tuple[Visit, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    archetype: str | None = None
    hour: int | None = None
    device: DeviceClass | None = None
    began_from: CameFrom | None = None
    signals: tuple[Signal, ...] = ()
    lexicon: Mapping[str, str] = field(default_factory=dict)
    opening: Mapping[str, Truth] = field(default_factory=dict)

    def in_a_later_session(self) -> Facts:
        """Return what will be the case when the citizen comes back: the time and the way there are open."""
        return replace(self, session=self.session + 1, first=False, hour=None, began_from=None, opening={})


def leaf_truths(definitions: Definitions, facts: Facts, *, catalogue: Catalogue) -> dict[str, Truth]:
    """Say of each simple condition whether it holds; None where that cannot be known now."""
    return {
        definition.name: _holds(definition.test, facts, catalogue)
        for definition in definitions
        if isinstance(definition, Condition)
        and not isinstance(definition.test, AllOf | AnyOf | NotThis | InTable)
    }


def one_name(item: str, catalogue: Catalogue) -> str:
    """Return one name for a page in all its languages."""
    known = catalogue.get(ItemId(item))
    return item if known is None else min({known.id, *known.translations.values()})


def _holds(test: Leaf, facts: Facts, catalogue: Catalogue) -> Truth:
    match test:
        case FirstVisit():
            return facts.first
        case Visited():
            return _visited(test, facts, catalogue)
        case Noticed():
            counted = counted_signals(test, facts, catalogue)
            sessions = {signal.session for signal in counted}
            return len(counted) >= test.least and len(sessions) >= test.sessions
        case TaskIs():
            return _task_state(test, facts, catalogue) is test.state
        case Answered(question, options):
            return facts.answers.get(question) in options
        case AlikeTo(names):
            return facts.archetype in names
        case DuringHours(start, end):
            if facts.hour is None:
                return None
            return start <= facts.hour < end if start < end else not end <= facts.hour < start
        case IsOpen(calendar):
            return facts.opening.get(calendar)
        case OnDevice(classes):
            return None if facts.device is None else facts.device in classes
        case InLanguage(langs):
            return facts.lang in langs
        case BeganFrom(kinds):
            return None if facts.began_from is None else facts.began_from in kinds
        case _:
            assert_never(test)


def pages_behind(definitions: Definitions, facts: Facts, *, catalogue: Catalogue) -> dict[str, int]:
    """Return the page that each simple condition about pages speaks of: the last one that counted."""
    found: dict[str, int] = {}
    for definition in definitions:
        match definition:
            case Condition(name, Visited() as test):
                visits = _counted(test, facts, catalogue)
            case Condition(name, TaskIs() as test):
                begun = _names(test.begun, catalogue)
                visits = [visit for visit in facts.visits if one_name(visit.item, catalogue) in begun]
            case Condition(name, Noticed() as test) if test.kind is not SignalKind.SEARCHED:
                visits = [
                    Visit(ItemId(signal.about), signal.at_ms, signal.session)
                    for signal in counted_signals(test, facts, catalogue)
                ]
            case _:
                continue
        page = page_above(visits[-1].item, catalogue) if visits else None
        index = None if page is None else catalogue.index_of(page)
        if index is not None:
            found[name] = index
    return found


def _visited(test: Visited, facts: Facts, catalogue: Catalogue) -> bool:
    counted = _counted(test, facts, catalogue)
    sessions = {visit.session for visit in counted}
    return len(counted) >= test.least and len(sessions) >= test.sessions


def _counted(test: Visited, facts: Facts, catalogue: Catalogue) -> list[Visit]:
    named = _names(test.items, catalogue)
    return [
        visit
        for visit in facts.visits
        if (facts.at_ms - visit.at_ms <= test.days * DAY_MS if test.days else visit.session == facts.session)
        and (one_name(visit.item, catalogue) in named or _topic(visit.item, catalogue) in test.topics)
    ]


def counted_signals(test: Noticed, facts: Facts, catalogue: Catalogue) -> list[Signal]:
    """Return the signals that a condition counts; a form that was sent is not one that was begun, and a page
    with several of the marks is one page."""
    named = _names(test.items, catalogue)
    within = [
        signal
        for signal in facts.signals
        if (
            facts.at_ms - signal.at_ms <= test.days * DAY_MS if test.days else signal.session == facts.session
        )
        and (
            one_name(signal.about, catalogue) in named
            or not topics_of(signal, catalogue=catalogue, lexicon=facts.lexicon).isdisjoint(test.topics)
        )
    ]
    counted = [each for each in within if each.kind is test.kind and each.bucket >= test.bucket]
    if test.kind is SignalKind.MARKED:
        marked = [each for each in counted if each.mark in test.marks]
        return list({(each.about, each.session): each for each in marked}.values())
    if test.kind is not SignalKind.FORM_BEGUN:
        return counted
    sent = {(each.about, each.at_ms) for each in within if each.kind is SignalKind.FORM_FINISHED}
    return [
        begun
        for begun in counted
        if not any(about == begun.about and at_ms >= begun.at_ms for about, at_ms in sent)
    ]


def _task_state(test: TaskIs, facts: Facts, catalogue: Catalogue) -> TaskState | None:
    """A look at its first page in the session in which it was done does not begin it again."""
    begun, done = _names(test.begun, catalogue), _names(test.done, catalogue)
    state, ended = None, 0
    for visit in facts.visits:
        if facts.at_ms - visit.at_ms <= test.days * DAY_MS:
            name = one_name(visit.item, catalogue)
            if name in done:
                state, ended = TaskState.DONE, visit.session
            elif name in begun and visit.session > ended:
                state = TaskState.BEGUN
    return state


def _names(items: Collection[str], catalogue: Catalogue) -> frozenset[str]:
    return frozenset(one_name(item, catalogue) for item in items)


def _topic(item: str, catalogue: Catalogue) -> str | None:
    known = catalogue.get(ItemId(item))
    return None if known is None else known.topic
