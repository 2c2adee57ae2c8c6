"""The rules of a bundle: what may appear in which slot, how often, and for whom.

Version 1 has slots alone; version 2 adds conditions, decision tables, questions and rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from edge_client.wire.audience import NAME, Condition, parse_test, print_test
from edge_client.wire.calendars import MOST_CALENDARS, Calendar, parse_calendar, print_calendar
from edge_client.wire.catalogue import MOST_ITEMS, Catalogue, ItemKind
from edge_client.wire.paths import ItemId
from edge_client.wire.question import Question, parse_question, print_question
from edge_client.wire.rule import Rule, parse_rule, print_rule
from edge_client.wire.tables import Table, parse_table, print_table

MAX_ITEMS_A_SLOT = 12
MOST_SLOTS = 1000
MOST_DEFINITIONS = 200
MOST_RULES = 200
MOST_QUESTIONS = 20
MOST_SESSIONS_OF_INTEREST = 5
WHOLE_SWAY = 1000
MOST_SWAY_MILLI = 300
EVERY_TOPIC = "*"


class Level(StrEnum):
    """How a slot is filled: as editors left it; by rules in their order; by rules in the order of the model's
    scores; or by these, and the rest by the model."""

    EDITORIAL = "editorial"
    RULES = "rules"
    SCORED = "scored"
    MODEL = "model"

    @property
    def has_scores(self) -> bool:
        """Whether the model's scores count."""
        return self in (Level.SCORED, Level.MODEL)


@dataclass(frozen=True, slots=True)
class SlotRule:
    """What one slot may show, and on which pages it is: on `pages`, or on every page where that is empty.

    `count` items at most, of the given `kinds` (information, transaction) and none of `not_topics`; no more
    than `per_topic` of one topic; `explore_milli` thousandths of the time the last place goes to something
    off the beaten track. What the citizen made of earlier suggestions moves the model's scores by at most
    `sway_milli` thousandths; 0 where it does not.
    """

    slot: str
    pages: tuple[str, ...]
    count: int
    kinds: tuple[str, ...]
    not_topics: tuple[str, ...]
    per_topic: int
    explore_milli: int
    level: Level = Level.MODEL
    sway_milli: int = 0


@dataclass(frozen=True, slots=True)
class Rules:
    """The slots of a site, how the recent past counts, and what is for whom.

    The last `recent_pages` distinct pages count, each older one `decay_milli` thousandths of the one
    before; the profile keeps a page `keep_days` days; pages of `never_topics`, and `never_items`, are
    sensitive: never stored, never suggested.

    From version 2 on: `definitions` are conditions and decision tables, each of which refers to earlier ones
    alone; nothing of `entitled_items` and `entitled_topics` may be withheld from anybody; no more than
    `slots_a_page` slots of one page are filled; a page of an earlier session counts only if its topic was
    looked at in `interest_sessions` sessions, and weighs half as much after each `half_life_days` (0: it
    fades only when it is no longer kept). What became of suggestions is kept for `outcome_days` (0: not at
    all). Pages of `child_topics`, or all of the site where that names
    `EVERY_TOPIC`, are for children: nothing is collected on them, and nobody is profiled. `calendars` say
    when a place is open.
    """

    slots: tuple[SlotRule, ...]
    recent_pages: int
    decay_milli: int
    keep_days: int
    never_topics: tuple[str, ...]
    never_items: tuple[str, ...]
    version: int = 1
    definitions: tuple[Condition | Table, ...] = ()
    questions: tuple[Question, ...] = ()
    rules: tuple[Rule, ...] = ()
    entitled_items: tuple[str, ...] = ()
    entitled_topics: tuple[str, ...] = ()
    slots_a_page: int = MOST_SLOTS
    interest_sessions: int = 1
    half_life_days: int = 0
    outcome_days: int = 0
    child_topics: tuple[str, ...] = ()
    calendars: tuple[Calendar, ...] = ()

    @property
    def is_for_children(self) -> bool:
        """Whether the whole site is declared to be for children."""
        return EVERY_TOPIC in self.child_topics

    @classmethod
    def parse(cls, raw: bytes) -> Rules:
        """Read canonical JSON. Raises `Malformed` with the field that is wrong."""
        value = canonical.decode(raw)
        fields = Fields(value, "rules")
        named = value if isinstance(value, dict) else {}
        version = fields.whole("v", low=1, high=2)
        rules = cls(
            slots=tuple(_slot(slot, version) for slot in fields.rows("slots", max_length=MOST_SLOTS)),
            recent_pages=fields.whole("recent_pages", low=1, high=5),
            decay_milli=fields.whole("decay_milli", high=1000),
            keep_days=fields.whole("keep_days", low=1, high=730),
            never_topics=_texts(fields, "never_topics"),
            never_items=_texts(fields, "never_items"),
            version=version,
            definitions=() if version == 1 else _definitions(fields),
            questions=() if version == 1 else _questions(fields),
            rules=() if version == 1 else _rules(fields),
            entitled_items=() if version == 1 else _texts(fields, "entitled_items"),
            entitled_topics=() if version == 1 else _texts(fields, "entitled_topics"),
            slots_a_page=MOST_SLOTS
            if version == 1
            else fields.whole("slots_a_page", low=1, high=MAX_ITEMS_A_SLOT),
            interest_sessions=1
            if version == 1
            else fields.whole("interest_sessions", low=1, high=MOST_SESSIONS_OF_INTEREST),
            half_life_days=fields.whole("half_life_days", low=1, high=730)
            if version > 1 and "half_life_days" in named
            else 0,
            outcome_days=fields.whole("outcome_days", low=1, high=730)
            if version > 1 and "outcome_days" in named
            else 0,
            child_topics=_texts(fields, "child_topics") if version > 1 and "child_topics" in named else (),
            calendars=_calendars(fields) if version > 1 and "calendars" in named else (),
        )
        fields.done()
        _named_once([slot.slot for slot in rules.slots], "a slot")
        _named_once([definition.name for definition in rules.definitions], "a definition")
        _named_once([question.name for question in rules.questions], "a question")
        _named_once([rule.name for rule in rules.rules], "a rule")
        _named_once([calendar.name for calendar in rules.calendars], "a calendar")
        return rules

    def to_bytes(self) -> bytes:
        """Print canonical JSON: what parsed prints back byte for byte."""
        more: dict[str, canonical.Json] = {}
        if self.version > 1:
            more = {
                "definitions": [_print_definition(definition) for definition in self.definitions],
                "questions": [print_question(question) for question in self.questions],
                "rules": [print_rule(rule) for rule in self.rules],
                "entitled_items": list(self.entitled_items),
                "entitled_topics": list(self.entitled_topics),
                "slots_a_page": self.slots_a_page,
                "interest_sessions": self.interest_sessions,
            }
            # What says nothing is not written: files of before these fields print back as they were.
            more |= {"half_life_days": self.half_life_days} if self.half_life_days else {}
            more |= {"outcome_days": self.outcome_days} if self.outcome_days else {}
            more |= {"child_topics": list(self.child_topics)} if self.child_topics else {}
            more |= {"calendars": [print_calendar(each) for each in self.calendars]} if self.calendars else {}
        return canonical.encode(
            {
                **more,
                "v": self.version,
                "slots": [_print_slot(slot, self.version) for slot in self.slots],
                "recent_pages": self.recent_pages,
                "decay_milli": self.decay_milli,
                "keep_days": self.keep_days,
                "never_topics": list(self.never_topics),
                "never_items": list(self.never_items),
            }
        )


def sensitive_pages(catalogue: Catalogue, rules: Rules) -> frozenset[ItemId]:
    """Return the pages that the rules forbid to store or suggest: by topic, by name, or as a translation;
    those for children among them."""
    never, topics = set(rules.never_items), {*rules.never_topics, *rules.child_topics}
    return frozenset(
        item.id
        for item in catalogue.items
        if item.topic in topics
        or rules.is_for_children
        or not never.isdisjoint({item.id, *item.translations.values()})
    )


def _definitions(fields: Fields) -> tuple[Condition | Table, ...]:
    return tuple(_definition(value) for value in fields.rows("definitions", max_length=MOST_DEFINITIONS))


def _questions(fields: Fields) -> tuple[Question, ...]:
    return tuple(parse_question(value) for value in fields.rows("questions", max_length=MOST_QUESTIONS))


def _rules(fields: Fields) -> tuple[Rule, ...]:
    return tuple(parse_rule(value) for value in fields.rows("rules", max_length=MOST_RULES))


def _calendars(fields: Fields) -> tuple[Calendar, ...]:
    made = tuple(parse_calendar(value) for value in fields.rows("calendars", max_length=MOST_CALENDARS))
    if not made:
        raise Malformed("rules: calendars are none: leave the field out")
    return made


def _definition(value: canonical.Json) -> Condition | Table:
    fields = Fields(value, "rules: definition")
    name = fields.text("name", pattern=NAME)
    made: Condition | Table
    if isinstance(value, dict) and "when" in value:
        made = Condition(name, parse_test(fields.take("when"), f"rules: condition {name}"))
    else:
        made = parse_table(fields, name)
    fields.done()
    return made


def _print_definition(definition: Condition | Table) -> canonical.Json:
    if isinstance(definition, Table):
        return print_table(definition)
    return {"name": definition.name, "when": print_test(definition.test)}


def _slot(value: canonical.Json, version: int) -> SlotRule:
    fields = Fields(value, "rules: slot")
    level = Level.MODEL.value if version == 1 else fields.text("level")
    if level not in list(Level):
        raise Malformed(f"rules: slot: level is not among {', '.join(Level)}")
    slot = SlotRule(
        slot=fields.text("slot", pattern=r".+"),
        pages=_texts(fields, "pages"),
        count=fields.whole("count", low=1, high=MAX_ITEMS_A_SLOT),
        kinds=_texts(fields, "kinds"),
        not_topics=_texts(fields, "not_topics"),
        per_topic=fields.whole("per_topic", low=1, high=MAX_ITEMS_A_SLOT),
        explore_milli=fields.whole("explore_milli", high=1000),
        level=Level(level),
        sway_milli=fields.whole("sway_milli", low=1, high=MOST_SWAY_MILLI)
        if version > 1 and isinstance(value, dict) and "sway_milli" in value
        else 0,
    )
    fields.done()
    if not slot.kinds or set(slot.kinds) - set(ItemKind):
        raise Malformed("rules: slot: kinds are not among information and transaction")
    return slot


def _print_slot(slot: SlotRule, version: int) -> canonical.Json:
    more: dict[str, canonical.Json] = {} if version == 1 else {"level": slot.level.value}
    more |= {"sway_milli": slot.sway_milli} if slot.sway_milli else {}
    return {
        **more,
        "slot": slot.slot,
        "pages": list(slot.pages),
        "count": slot.count,
        "kinds": list(slot.kinds),
        "not_topics": list(slot.not_topics),
        "per_topic": slot.per_topic,
        "explore_milli": slot.explore_milli,
    }


def _texts(fields: Fields, name: str) -> tuple[str, ...]:
    values = fields.rows(name, max_length=MOST_ITEMS)
    texts = tuple(value for value in values if isinstance(value, str))
    if len(texts) != len(values):
        raise Malformed(f"rules: {name} holds something that is not text")
    return texts


def _named_once(names: list[str], what: str) -> None:
    if len(set(names)) != len(names):
        raise Malformed(f"rules: {what} is named twice")
