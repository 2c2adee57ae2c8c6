"""What the citizen told this device: answers, topics, pins, and when something was called not relevant.

Kept apart from what the device saw (`edge_client.profile`): nothing of it was guessed, and none of it fades.
An answer ends on the day that was named when it was given; a topic or a pin stays until the citizen takes it
back. It never leaves the device.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from edge_client.wire.audience import NAME
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.paths import ItemId, scrub_path

MOST_PINS = 12
MOST_REFUSALS = 200
MOST_TOPICS = 100


class Stance(StrEnum):
    """What the citizen wants of a topic."""

    FOLLOW = "follow"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Told:
    """Answers by question; pinned items by slot, first one first; and when items were called not relevant, in
    Unix milliseconds, as long as a rule falls silent for it.

    `ends_ms` is when answers end (Unix milliseconds); one that is not in it has no end. `topics` are those
    that the citizen follows, or wants nothing suggested of.
    """

    answers: Mapping[str, str] = field(default_factory=dict)
    pins: Mapping[str, tuple[ItemId, ...]] = field(default_factory=dict)
    refused_ms: Mapping[ItemId, int] = field(default_factory=dict)
    ends_ms: Mapping[str, int] = field(default_factory=dict)
    topics: Mapping[str, Stance] = field(default_factory=dict)

    def answered(self, question: str, option: str | None, *, until_ms: int | None = None) -> Told:
        """Return it with an answer, which ends at `until_ms`, or without one."""
        others = {name: given for name, given in self.answers.items() if name != question}
        ends = {name: ms for name, ms in self.ends_ms.items() if name != question}
        if option is not None:
            others[question] = option
            ends |= {} if until_ms is None else {question: until_ms}
        return replace(self, answers=others, ends_ms=ends)

    def about(self, topic: str, stance: Stance | None, *, catalogue: Catalogue) -> Told:
        """Return it with what the citizen wants of a topic, None for nothing in particular; of a topic that
        is stopped nothing is pinned any more."""
        others = {name: wanted for name, wanted in self.topics.items() if name != topic}
        after = replace(
            self,
            topics=others if stance is None else dict([*others.items(), (topic, stance)][-MOST_TOPICS:]),
        )
        for item in {item for items in self.pins.values() for item in items} & after.stopped_items(catalogue):
            after = after.unpinned(item)
        return after

    def with_stance(self, stance: Stance) -> frozenset[str]:
        """Return the topics of which the citizen wants this."""
        return frozenset(topic for topic, wanted in self.topics.items() if wanted is stance)

    def stopped_items(self, catalogue: Catalogue) -> frozenset[ItemId]:
        """Return all items of topics that the citizen wants nothing suggested of."""
        stopped = self.with_stance(Stance.STOP)
        return frozenset(item.id for item in catalogue.items if item.topic in stopped)

    def pinned(self, slot: str, item: ItemId) -> Told:
        """Return it with an item pinned at the end of a slot's pins."""
        before = tuple(each for each in self.pins.get(slot, ()) if each != item)
        return replace(self, pins={**self.pins, slot: (*before, item)[-MOST_PINS:]})

    def unpinned(self, item: ItemId) -> Told:
        """Return it with the item pinned nowhere."""
        left = {slot: tuple(each for each in items if each != item) for slot, items in self.pins.items()}
        return replace(self, pins={slot: items for slot, items in left.items() if items})

    def refused(self, item: ItemId, at_ms: int) -> Told:
        """Return it with the time at which an item was called not relevant; it is pinned no more."""
        times = {each: ms for each, ms in self.refused_ms.items() if each != item}
        newest = sorted({**times, item: at_ms}.items(), key=lambda row: row[1])[-MOST_REFUSALS:]
        return replace(self.unpinned(item), refused_ms=dict(newest))

    def wanting(self, wanted: Callable[[ItemId], bool]) -> Told:
        """Return it without the times at which these were called not relevant: no rule is silent for them."""
        left = {item: ms for item, ms in self.refused_ms.items() if not wanted(item)}
        return self if len(left) == len(self.refused_ms) else replace(self, refused_ms=left)

    def only(
        self, questions: Mapping[str, tuple[str, ...]], *, at_ms: int, since_ms: int | None, pins: bool
    ) -> Told:
        """Return the answers to `questions` that are still possible and have not ended at `at_ms`, the
        refusals after `since_ms` (none where that is None), and pins and topics if they may be kept; itself
        where nothing goes."""
        answers = {
            name: given
            for name, given in self.answers.items()
            if given in questions.get(name, ()) and at_ms < self.ends_ms.get(name, at_ms + 1)
        }
        left = Told(
            answers,
            self.pins if pins else {},
            {item: ms for item, ms in self.refused_ms.items() if since_ms is not None and ms > since_ms},
            {name: ms for name, ms in self.ends_ms.items() if name in answers},
            self.topics if pins else {},
        )
        return self if left == self else left

    def without(self, unwanted: Callable[[ItemId], bool]) -> Told:
        """Return it with no pin on an unwanted page, nor when one was called not relevant; itself where
        nothing goes."""
        named = {*self.refused_ms, *(item for items in self.pins.values() for item in items)}
        left = self
        for item in filter(unwanted, named):
            times = {each: ms for each, ms in left.refused_ms.items() if each != item}
            left = replace(left.unpinned(item), refused_ms=times)
        return left

    def without_topics(self, unwanted: Callable[[str], bool]) -> Told:
        """Return it without what the citizen wants of unwanted topics; itself where nothing goes."""
        left = {topic: stance for topic, stance in self.topics.items() if not unwanted(topic)}
        return self if len(left) == len(self.topics) else replace(self, topics=left)

    def to_bytes(self) -> bytes:
        """Print canonical JSON, as kept in the browser's own storage."""
        pins: dict[str, canonical.Json] = {slot: list(items) for slot, items in self.pins.items()}
        # What is empty is not written: what an earlier version kept reads the same.
        more: dict[str, canonical.Json] = {"ends_ms": dict(self.ends_ms)} if self.ends_ms else {}
        if self.topics:
            more["topics"] = {topic: stance.value for topic, stance in self.topics.items()}
        return canonical.encode(
            {**more, "v": 1, "answers": dict(self.answers), "pins": pins, "refused_ms": dict(self.refused_ms)}
        )

    @classmethod
    def from_bytes(cls, raw: bytes) -> Told:
        """Read what `to_bytes` printed. Raises `Malformed` on anything else."""
        value = canonical.decode_object(raw)
        fields = Fields({"ends_ms": {}, "topics": {}, **value}, "told")
        fields.whole("v", low=1, high=1)
        answers, pins, refused = (_object(fields, name) for name in ("answers", "pins", "refused_ms"))
        ends, topics = _object(fields, "ends_ms"), _object(fields, "topics")
        fields.done()
        given, times = Fields(answers, "told: answers"), Fields(refused, "told: refused_ms")
        until = Fields(ends, "told: ends_ms")
        if not ends.keys() <= answers.keys() or len(topics) > MOST_TOPICS:
            raise Malformed("told: an end of no answer, or too many topics")
        return cls(
            {name: given.text(name, pattern=NAME) for name in answers},
            {slot: _pins(Fields(pins, "told: pins"), slot) for slot in pins},
            {_item(item): times.whole(item) for item in refused},
            {name: until.whole(name) for name in ends},
            {topic: _stance(stance) for topic, stance in topics.items()},
        )


NOTHING_TOLD: Final = Told()


def _object(fields: Fields, name: str) -> dict[str, canonical.Json]:
    value = fields.take(name)
    if not isinstance(value, dict):
        raise Malformed(f"told: {name} is not an object")
    return value


def _pins(fields: Fields, slot: str) -> tuple[ItemId, ...]:
    return tuple(_item(item) for item in fields.rows(slot, max_length=MOST_PINS))


def _item(value: canonical.Json) -> ItemId:
    if not isinstance(value, str) or scrub_path(value) != value:
        raise Malformed("told: an item is not a scrubbed path")
    return ItemId(value)


def _stance(value: canonical.Json) -> Stance:
    if value not in list(Stance):
        raise Malformed("told: a topic is neither followed nor stopped")
    return Stance(str(value))
