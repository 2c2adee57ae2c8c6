"""The rules of a bundle: what may appear in which slot, and how often."""

from __future__ import annotations

from dataclasses import dataclass

from consent_ledger import canonical
from consent_ledger.errors import Malformed

MAX_ITEMS_A_SLOT = 12


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
        fields = canonical.decode(raw)
        match fields:
            case {
                "v": 1,
                "slots": list(slots),
                "recent_pages": int(recent_pages),
                "decay_milli": int(decay_milli),
                "keep_days": int(keep_days),
                "never_topics": list(never_topics),
                "never_items": list(never_items),
                **rest,
            } if not rest:
                pass
            case _:
                raise Malformed("rules: a field is missing, unknown or of the wrong kind")
        if not (1 <= recent_pages <= 5 and 0 <= decay_milli <= 1000 and 1 <= keep_days <= 730):
            raise Malformed("rules: recent_pages, decay_milli or keep_days is out of range")
        rules = cls(
            slots=tuple(_slot(slot) for slot in slots),
            recent_pages=recent_pages,
            decay_milli=decay_milli,
            keep_days=keep_days,
            never_topics=_texts(never_topics),
            never_items=_texts(never_items),
        )
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


def _slot(value: canonical.Json) -> SlotRule:
    match value:
        case {
            "slot": str(slot),
            "pages": list(pages),
            "count": int(count),
            "kinds": list(kinds),
            "not_topics": list(not_topics),
            "per_topic": int(per_topic),
            "explore_milli": int(explore_milli),
            **rest,
        } if not rest and slot:
            pass
        case _:
            raise Malformed("rules: a slot has a field that is missing, unknown or of the wrong kind")
    if not (
        1 <= count <= MAX_ITEMS_A_SLOT and 1 <= per_topic <= MAX_ITEMS_A_SLOT and 0 <= explore_milli <= 1000
    ):
        raise Malformed("rules: a slot's count, per_topic or explore_milli is out of range")
    if not kinds or set(_texts(kinds)) - {"information", "transaction"}:
        raise Malformed("rules: a slot's kinds are not among information and transaction")
    return SlotRule(slot, _texts(pages), count, _texts(kinds), _texts(not_topics), per_topic, explore_milli)


def _texts(values: list[canonical.Json]) -> tuple[str, ...]:
    texts = tuple(value for value in values if isinstance(value, str))
    if len(texts) != len(values):
        raise Malformed("rules: a list holds something that is not text")
    return texts
