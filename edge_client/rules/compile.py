"""Whether rules may be used: every expression typed, nothing sensitive inferred, no red line crossed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Final

from consent_ledger.errors import Refused
from edge_client.rules.asking import SPECIAL, asking_problems
from edge_client.rules.labels import MAY_CARRY, always_said, labels_of
from edge_client.rules.learning import outcome_problems
from edge_client.rules.lint import Problem, order_problems, table_problems, use_problems
from edge_client.wire.archetypes import Archetypes
from edge_client.wire.audience import AlikeTo, Answered, Condition, TaskIs, Visited
from edge_client.wire.catalogue import Catalogue, page_above
from edge_client.wire.noticed import Noticed
from edge_client.wire.paths import ItemId, scrub_path
from edge_client.wire.rule import Does, Egress, Rule, Rung
from edge_client.wire.rules import Level, Rules, SlotRule, sensitive_pages
from edge_client.wire.tables import Table

EXPLORE_FLOOR_MILLI = 100
SESSIONS_OF_INTEREST = 2
# What this version of the device can send for a rule: nothing.
CHANNELS: Final = frozenset({Egress.NOTHING})
LACKS: Final = {
    Egress.COUNT: "it would be a measurement task of its own, and there are none but pairs of pages",
    Egress.TRIGGER: "no server opens one, and what a citizen asks to be reminded of is said on the device",
}


def check_rules(
    rules: Rules,
    catalogue: Catalogue,
    archetypes: Archetypes | None = None,
    *,
    channels: Collection[Egress] = CHANNELS,
) -> None:
    """Raise `Refused`, with the place and the reason, unless the rules may be used with this catalogue."""
    for problem in problems_of(rules, catalogue, archetypes, channels=channels):
        if problem.is_fatal:
            raise Refused(str(problem))


def problems_of(
    rules: Rules,
    catalogue: Catalogue,
    archetypes: Archetypes | None = None,
    *,
    channels: Collection[Egress] = CHANNELS,
) -> tuple[Problem, ...]:
    """Find everything that is wrong with rules; rules of version 1 have nothing that could be.

    While names stand for nothing, what is built on them is not looked at.
    """
    if rules.version == 1:
        return ()
    unknown = (*order_problems(rules), *_unknown_audiences(rules))
    if unknown:
        return unknown
    tables = [definition for definition in rules.definitions if isinstance(definition, Table)]
    return (
        *(problem for table in tables for problem in table_problems(table)),
        *_condition_problems(rules, catalogue, archetypes),
        *_slot_problems(rules),
        *(problem for rule in rules.rules for problem in _rule_problems(rule, rules, catalogue)),
        *(problem for rule in rules.rules for problem in _egress_problems(rule, rules, channels)),
        *asking_problems(rules, catalogue),
        *use_problems(rules),
    )


def _unknown_audiences(rules: Rules) -> Iterator[Problem]:
    conditions = {each.name for each in rules.definitions if isinstance(each, Condition)}
    for rule in rules.rules:
        if rule.when is not None and rule.when not in conditions:
            yield Problem(f"rule {rule.name}: when", f"{rule.when} is no condition", "name a condition")


def _condition_problems(
    rules: Rules, catalogue: Catalogue, archetypes: Archetypes | None
) -> Iterator[Problem]:
    options = {question.name: question.options for question in rules.questions}
    groups = set() if archetypes is None else {each.name for each in archetypes.archetypes}
    sensitive = sensitive_pages(catalogue, rules)
    for definition in rules.definitions:
        if isinstance(definition, Table):
            continue
        place = f"condition {definition.name}"
        match definition.test:
            case Answered(question, answers):
                for answer in answers:
                    if answer not in options.get(question, ()):
                        yield Problem(
                            place, f"nobody is asked {question} with {answer} among the answers", "ask it"
                        )
            case AlikeTo(names):
                for name in names:
                    if name not in groups:
                        yield Problem(place, f"there is no archetype {name}", "name one of archetypes.json")
            case Visited() as visited:
                yield from _items(place, visited.items, catalogue)
                yield from _topics(place, visited.topics, catalogue)
                yield from _inferred(place, visited.items, visited.topics, rules, sensitive)
                yield from _interest(place, visited, rules)
            case Noticed() as noticed if noticed.kind.is_of_a_form:
                # How far a form is, is a task and no interest: it may be of one session.
                yield from _inferred(place, noticed.items, (), rules, sensitive)
                yield from _steps(place, noticed.items, catalogue)
                yield from _kept(place, noticed.days, rules)
            case Noticed() as noticed:
                yield from _items(place, noticed.items, catalogue)
                yield from _topics(place, noticed.topics, catalogue)
                yield from _inferred(place, noticed.items, noticed.topics, rules, sensitive)
                yield from _marked(place, noticed.marks, rules)
                yield from _interest(place, noticed, rules)
            case TaskIs() as task:
                yield from _inferred(place, (*task.begun, *task.done), (), rules, sensitive)
                yield from _steps(place, (*task.begun, *task.done), catalogue)
                yield from _kept(place, task.days, rules)
            case _:
                pass


def _steps(place: str, pages: tuple[str, ...], catalogue: Catalogue) -> Iterator[Problem]:
    for page in pages:
        if scrub_path(page) != page or page_above(page, catalogue) is None:
            yield Problem(place, f"{page} is no page of the catalogue and no step below one", "name one")


def _interest(place: str, visited: Visited | Noticed, rules: Rules) -> Iterator[Problem]:
    if visited.days == 0 and visited.sessions > 1:
        yield Problem(place, "this session is one session", "say days, or ask for one session")
    if visited.days > 0 and visited.sessions < SESSIONS_OF_INTEREST:
        yield Problem(
            place,
            "one session is no interest: it may have been for someone else",
            f"ask for {SESSIONS_OF_INTEREST} sessions, or for this session with days 0",
        )
    yield from _kept(place, visited.days, rules)


def _kept(place: str, days: int, rules: Rules) -> Iterator[Problem]:
    if days > rules.keep_days:
        yield Problem(place, "looks further back than keep_days", f"say at most {rules.keep_days} days")


def _inferred(
    place: str, items: tuple[str, ...], topics: tuple[str, ...], rules: Rules, sensitive: Collection[str]
) -> Iterator[Problem]:
    below = tuple(f"{page}/" for page in (*sensitive, *rules.never_items))
    for item in items:
        if item in sensitive or item in rules.never_items or item.startswith(below):
            yield Problem(place, f"infers something sensitive from {item}", "ask a question instead")
    for topic in topics:
        if topic in rules.never_topics:
            yield Problem(place, f"infers something sensitive from {topic}", "ask a question instead")


def _marked(place: str, marks: tuple[str, ...], rules: Rules) -> Iterator[Problem]:
    for mark in marks:
        words = set(mark.partition(":")[2].split("-"))
        if words & SPECIAL or any(words.issuperset(topic.split("-")) for topic in rules.never_topics):
            yield Problem(place, f"infers something sensitive from {mark}", "ask a question instead")


def _slot_problems(rules: Rules) -> Iterator[Problem]:
    for slot in rules.slots:
        if slot.count > 1 and slot.level is Level.MODEL:
            place = f"slot {slot.slot}"
            if slot.explore_milli < EXPLORE_FLOOR_MILLI:
                yield Problem(
                    place,
                    "explores too little: what nobody is shown is never found",
                    f"set explore_milli to {EXPLORE_FLOOR_MILLI} or more",
                )
            if slot.per_topic >= slot.count:
                yield Problem(place, "one topic could fill it", f"set per_topic to {slot.count - 1} or less")
    yield from outcome_problems(rules)


def _rule_problems(rule: Rule, rules: Rules, catalogue: Catalogue) -> Iterator[Problem]:
    place = f"rule {rule.name}"
    slot = next((slot for slot in rules.slots if slot.slot == rule.slot), None)
    if slot is None or slot.level is Level.EDITORIAL:
        yield Problem(f"{place}: slot", "is none that rules fill", "name another, or raise its level")
        return
    yield from _items(f"{place}: items", rule.items, catalogue)
    yield from _topics(f"{place}: topics", rule.topics, catalogue)
    yield from _out_of_place(rule, slot, catalogue)
    yield from _unsaid(rule, slot, catalogue)
    if rule.topics and rule.rung is not Rung.SUGGESTION:
        yield Problem(f"{place}: topics", f"a rule of rung {rule.rung} names its items", "name items")
    if rule.rung.is_for_everyones_good and (rule.cap or rule.cool_down_days):
        yield Problem(f"{place}: cap", f"nothing of rung {rule.rung} may fall silent", "take it away")
    said = always_said(rule.when, rules)
    sensitive = sensitive_pages(catalogue, rules)
    for item in about(rule, catalogue):
        known = catalogue.get(item)
        if known is None:
            continue
        entitled = known.essential or item in rules.entitled_items or known.topic in rules.entitled_topics
        if rule.does is Does.WITHHOLD and rule.when is not None and entitled:
            yield Problem(
                f"{place}: items",
                f"hides {item}, to which people are entitled, from those for whom {rule.when} holds",
                "offer something instead of withholding this",
            )
        if rule.does is Does.OFFER and item in sensitive and known.topic not in said:
            yield Problem(
                f"{place}: items",
                f"{item} is sensitive, and not everybody in the audience has brought {known.topic} up",
                "let the audience be of those who answered a question about it",
            )


def _egress_problems(rule: Rule, rules: Rules, channels: Collection[Egress]) -> Iterator[Problem]:
    place = f"rule {rule.name}: egress"
    for name, label in labels_of(rule.when, rules).items():
        if label not in MAY_CARRY[rule.egress]:
            yield Problem(
                place,
                f"{name} is {label}, which no {rule.egress} may carry off the device",
                "set egress to nothing, or leave the condition out",
            )
    if rule.egress not in channels:
        yield Problem(
            place,
            f"this device has no way to send a {rule.egress}: {LACKS[rule.egress]}",
            "set egress to nothing",
        )


def about(rule: Rule, catalogue: Catalogue) -> tuple[ItemId, ...]:
    """Return the items that a rule is about: those that it names, in all languages, then those of its
    topics."""
    named = [ItemId(item) for item in rule.items]
    known = [item for name in named if (item := catalogue.get(name)) is not None]
    in_all = [*named, *(other for item in known for other in item.translations.values())]
    of_topics = [item.id for item in catalogue.items if item.topic in rule.topics]
    return tuple(dict.fromkeys((*in_all, *of_topics)))


def _out_of_place(rule: Rule, slot: SlotRule, catalogue: Catalogue) -> Iterator[Problem]:
    for name in rule.items:
        item = catalogue.get(ItemId(name))
        if item and (item.kind not in slot.kinds or item.topic in slot.not_topics):
            yield Problem(f"rule {rule.name}: items", f"{name} may not be in this slot", "widen the slot")


def _unsaid(rule: Rule, slot: SlotRule, catalogue: Catalogue) -> Iterator[Problem]:
    if rule.does is not Does.OFFER or not rule.rung.is_for_everyones_good:
        return
    known = (item for name in about(rule, catalogue) if (item := catalogue.get(name)) is not None)
    for lang, items in sorted(Counter(item.lang for item in known).items()):
        if items < slot.count:
            # A slot that is not full keeps the server's own content, and whether the model fills the rest
            # hangs on what somebody looked at.
            yield Problem(
                f"rule {rule.name}: items",
                f"{items} in {lang} for {slot.count} places, and a slot that is not full stays as it was: "
                f"nothing of rung {rule.rung} may go unsaid",
                "name as many items as the slot has places, in all their languages, or give it fewer",
            )


def _items(place: str, items: tuple[str, ...], catalogue: Catalogue) -> Iterator[Problem]:
    for item in items:
        if catalogue.get(ItemId(item)) is None:
            yield Problem(place, f"{item} is not in the catalogue", "name a page of the catalogue")


def _topics(place: str, topics: tuple[str, ...], catalogue: Catalogue) -> Iterator[Problem]:
    known = {item.topic for item in catalogue.items}
    for topic in topics:
        if topic not in known:
            yield Problem(place, f"no page is about {topic}", "name a topic of the catalogue")
