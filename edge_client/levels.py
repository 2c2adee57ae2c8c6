"""How this device sees the citizen, said for their eyes: the rules that hold for them now, and what is an
interest of theirs, each with what it rests on.

Between these two levels is the archetype (`edge_client.archetype`), which `edge_client.known` tells of.
"""

from __future__ import annotations

from consent_ledger import canonical
from edge_client.bundle import Bundle
from edge_client.events import PageViewed
from edge_client.explanation import reasons_for
from edge_client.interest import interests_of
from edge_client.profile import DAY_MS, Profile
from edge_client.rules.facts import (
    Facts,
    counted_signals,
    leaf_truths,
    one_name,
    pages_behind,
)
from edge_client.rules.gathering import facts_of
from edge_client.rules.truths import Truth, settle
from edge_client.session import SUGGEST, Session
from edge_client.told import Stance
from edge_client.wire.audience import Condition, InLanguage, TaskIs, TaskState
from edge_client.wire.catalogue import Catalogue, page_above
from edge_client.wire.noticed import Noticed, SignalKind
from edge_client.wire.paths import ItemId
from edge_client.wire.rule import Rule

MOST_PAGES_A_RULE = 3


def levels_of(session: Session, profile: Profile) -> canonical.Json:
    """Return what the page's panel reads: titles of topics by language, segments, interests, what was begun,
    and in which order a slot's pins are; None without a bundle or a yes to suggestions."""
    bundle = session.bundle
    if bundle is None or not session.book.allows(SUGGEST):
        return None
    topics: dict[str, canonical.Json] = {
        topic: dict(titles)
        for topic in sorted({item.topic for item in bundle.catalogue.items})
        if (titles := titles_of(topic, bundle.catalogue))
    }
    # Whatever an older profile holds.
    profile = profile.without(bundle.is_sensitive)
    view = session.view or PageViewed(ItemId("/"), "", (), profile.last_ms)
    facts = facts_of(view, profile=profile, told=session.told, bundle=bundle, signals=session.signals.rows)
    return {
        "begun": _begun(facts, bundle),
        "interests": _interests(session, profile, bundle),
        "pins": {slot: list(items) for slot, items in session.told.pins.items()},
        "segments": _segments(session, facts, bundle),
        "topics": topics,
    }


def titles_of(topic: str, catalogue: Catalogue) -> dict[str, str]:
    """Name a topic by the title of its own page, in each language that has one: the page whose path ends with
    the topic's name. Empty where there is none such."""
    own = [item for item in catalogue.items if item.topic == topic and item.id.endswith(f"/{topic}")]
    translated = [catalogue.get(path) for item in own for path in item.translations.values()]
    found = [*own, *(item for item in translated if item is not None and item.topic == topic)]
    # The shortest path is the topic's; one further down may be named like it.
    return {item.lang: item.title for item in sorted(found, key=lambda item: (-len(item.id), item.id))}


def _interests(session: Session, profile: Profile, bundle: Bundle) -> list[canonical.Json]:
    """Each interest with every look that it comes from, the newest first, and whether the citizen follows
    it."""
    catalogue, told = bundle.catalogue, session.told
    at_ms = max(profile.last_ms, session.view.at_ms if session.view else 0)
    topics = interests_of(profile, catalogue=catalogue, rules=bundle.rules, told=told, at_ms=at_ms)
    followed = told.with_stance(Stance.FOLLOW)
    events: dict[str, list[canonical.Json]] = {topic: [] for topic in topics}
    newest: dict[str, int] = dict.fromkeys(topics, 0)
    for visit in reversed(profile.visits):
        known = catalogue.get(visit.item)
        if known is not None and known.topic in events:
            events[known.topic].append([visit.item, known.title, visit.at_ms])
            newest[known.topic] = max(newest[known.topic], visit.at_ms)
    ordered = sorted(topics, key=lambda topic: (-newest[topic], topic))
    return [[topic, topic in followed, events[topic]] for topic in ordered]


def _segments(session: Session, facts: Facts, bundle: Bundle) -> list[canonical.Json]:
    """Each audience of the rules that the citizen belongs to now: because of which facts, and what its rules
    do. What holds for everybody is no segment."""
    catalogue, definitions = bundle.catalogue, bundle.rules.definitions
    leaves: dict[str, Truth] = leaf_truths(definitions, facts, catalogue=catalogue)
    if session.view is None:
        languages = (each for each in definitions if isinstance(each, Condition))
        leaves |= {each.name: None for each in languages if isinstance(each.test, InLanguage)}
    behind = pages_behind(definitions, facts, catalogue=catalogue)
    truths = settle(definitions, leaves).conditions
    found: list[canonical.Json] = []
    for audience in dict.fromkeys(rule.when for rule in bundle.rules.rules if rule.when is not None):
        if not truths[audience]:
            continue
        reasons = reasons_for(audience, bundle.rules, leaves=leaves, behind=behind)
        if reasons:
            because: list[canonical.Json] = [
                [each.kind.value, _named(each.because, catalogue)] for each in reasons
            ]
            does: list[canonical.Json] = [
                [rule.does.value, _pages_of(rule, bundle)]
                for rule in bundle.rules.rules
                if rule.when == audience
            ]
            found.append([because, does])
    return found


def _begun(facts: Facts, bundle: Bundle) -> list[canonical.Json]:
    """Each task that the rules know to be begun and not finished, the newest first: the step that was looked
    at last, the page above it with its title, when that was, and every page that has to be forgotten for the
    task to be gone."""
    found: dict[ItemId, list[tuple[ItemId, int]]] = {}
    for definition in bundle.rules.definitions:
        looks: list[tuple[ItemId, int]] = []
        match definition:
            case Condition(_, TaskIs(begun=begun, state=TaskState.BEGUN) as test) if _holds(
                test, facts, bundle
            ):
                names = {one_name(item, bundle.catalogue) for item in begun}
                looks = [
                    (visit.item, visit.at_ms)
                    for visit in facts.visits
                    if one_name(visit.item, bundle.catalogue) in names
                    and facts.at_ms - visit.at_ms <= test.days * DAY_MS
                ]
            case Condition(_, Noticed(kind=SignalKind.FORM_BEGUN) as noticed) if _holds(
                noticed, facts, bundle
            ):
                counted = counted_signals(noticed, facts, bundle.catalogue)
                looks = [(ItemId(each.about), each.at_ms) for each in counted]
            case _:
                continue
        page = page_above(looks[-1][0], bundle.catalogue) if looks else None
        if page is not None:
            found[page] = sorted([*found.get(page, []), *looks], key=lambda look: look[1])
    newest = sorted(found.items(), key=lambda row: -row[1][-1][1])
    return [
        [looks[-1][0], page, _title(page, bundle.catalogue), looks[-1][1], list(dict(looks))]
        for page, looks in newest
    ]


def _holds(test: TaskIs | Noticed, facts: Facts, bundle: Bundle) -> bool:
    condition = Condition("task", test)
    return leaf_truths((condition,), facts, catalogue=bundle.catalogue)["task"] is True


def _title(page: ItemId, catalogue: Catalogue) -> str:
    known = catalogue.get(page)
    return page if known is None else known.title


def _named(index: int | None, catalogue: Catalogue) -> canonical.Json:
    return None if index is None else [catalogue.items[index].id, catalogue.items[index].title]


def _pages_of(rule: Rule, bundle: Bundle) -> list[canonical.Json]:
    """The first pages that a rule is about in each language: whoever reads takes their own."""
    about = [item for name in bundle.about(rule) if (item := bundle.catalogue.get(name)) is not None]
    langs = dict.fromkeys(item.lang for item in about)
    return [
        [item.id, item.title, item.lang]
        for lang in langs
        for item in [each for each in about if each.lang == lang][:MOST_PAGES_A_RULE]
    ]
