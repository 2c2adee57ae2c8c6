"""The rules of a bundle: what may appear in which slot, and how often."""

from __future__ import annotations

from dataclasses import dataclass

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from edge_client.wire.catalogue import MOST_ITEMS, Catalogue, ItemKind
from edge_client.wire.paths import ItemId

MAX_ITEMS_A_SLOT = 12
MOST_SLOTS = 1000


@dataclass(frozen=True, slots=True)
class SlotRule:
    """What one slot may show, and on which pages it is: on `pages`, or on every page where that is empty.

    `count` items at most, of the given `kinds` (information, transaction) and none of `not_topics`; no more
    than `per_topic` of one topic; `explore_milli` thousandths of the time the last place goes to something
    off the beaten track.
    """

    slot: str
    pages: tuple[str, ...]
    count: int
    kinds: tuple[str, ...]
    not_topics: tuple[str, ...]
    per_topic: int
    explore_milli: int


@dataclass(frozen=True, slots=True)
class Rules:
    """The slots of a site, and how the recent past counts.

    The last `recent_pages` distinct pages count, each older one `decay_milli` thousandths of the one
    before; the profile keeps a page `keep_days` days; pages of `never_topics`, and `never_items`, are
    sensitive: never stored, never suggested.
    """

    slots: tuple[SlotRule, ...]
    recent_pages: int
    decay_milli: int
    keep_days: int
    never_topics: tuple[str, ...]
    never_items: tuple[str, ...]

    @classmethod
    def parse(cls, raw: bytes) -> Rules:
        """Read canonical JSON. Raises `Malformed` with the field that is wrong."""
        fields = Fields(canonical.decode(raw), "rules")
        fields.whole("v", low=1, high=1)
        rules = cls(
            slots=tuple(_slot(slot) for slot in fields.rows("slots", max_length=MOST_SLOTS)),
            recent_pages=fields.whole("recent_pages", low=1, high=5),
            decay_milli=fields.whole("decay_milli", high=1000),
            keep_days=fields.whole("keep_days", low=1, high=730),
            never_topics=_texts(fields, "never_topics"),
            never_items=_texts(fields, "never_items"),
        )
        fields.done()
        if len({slot.slot for slot in rules.slots}) != len(rules.slots):
            raise Malformed("rules: a slot is named twice")
        return rules

    def to_bytes(self) -> bytes:
        """Print canonical JSON: what parsed prints back byte for byte."""
        return canonical.encode(
            {
                "v": 1,
                "slots": [
                    {
                        "slot": slot.slot,
                        "pages": list(slot.pages),
                        "count": slot.count,
                        "kinds": list(slot.kinds),
                        "not_topics": list(slot.not_topics),
                        "per_topic": slot.per_topic,
                        "explore_milli": slot.explore_milli,
                    }
                    for slot in self.slots
                ],
                "recent_pages": self.recent_pages,
                "decay_milli": self.decay_milli,
                "keep_days": self.keep_days,
                "never_topics": list(self.never_topics),
                "never_items": list(self.never_items),
            }
        )


def sensitive_pages(catalogue: Catalogue, rules: Rules) -> frozenset[ItemId]:
    """Return the pages that the rules forbid to store or suggest: by topic, by name, or as a translation."""
    never = set(rules.never_items)
    return frozenset(
        item.id
        for item in catalogue.items
        if item.topic in rules.never_topics or not never.isdisjoint({item.id, *item.translations.values()})
    )


def _slot(value: canonical.Json) -> SlotRule:
    fields = Fields(value, "rules: slot")
    slot = SlotRule(
        slot=fields.text("slot", pattern=r".+"),
        pages=_texts(fields, "pages"),
        count=fields.whole("count", low=1, high=MAX_ITEMS_A_SLOT),
        kinds=_texts(fields, "kinds"),
        not_topics=_texts(fields, "not_topics"),
        per_topic=fields.whole("per_topic", low=1, high=MAX_ITEMS_A_SLOT),
        explore_milli=fields.whole("explore_milli", high=1000),
    )
    fields.done()
    if not slot.kinds or set(slot.kinds) - set(ItemKind):
        raise Malformed("rules: slot: kinds are not among information and transaction")
    return slot


def _texts(fields: Fields, name: str) -> tuple[str, ...]:
    values = fields.rows(name, max_length=MOST_ITEMS)
    texts = tuple(value for value in values if isinstance(value, str))
    if len(texts) != len(values):
        raise Malformed(f"rules: {name} holds something that is not text")
    return texts
