"""What the citizen told this device: answers, pins, and when something was called not relevant.

Kept apart from what the device saw (`edge_client.profile`): nothing of it was guessed, and an answer or a pin
is never forgotten by itself. It never leaves the device.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from edge_client.wire.audience import NAME
from edge_client.wire.paths import ItemId, scrub_path

MOST_PINS = 12
MOST_REFUSALS = 200


@dataclass(frozen=True, slots=True)
class Told:
    """Answers by question; pinned items by slot, first one first; and when items were called not relevant, in
    Unix milliseconds, as long as a rule falls silent for it."""

    answers: Mapping[str, str] = field(default_factory=dict)
    pins: Mapping[str, tuple[ItemId, ...]] = field(default_factory=dict)
    refused_ms: Mapping[ItemId, int] = field(default_factory=dict)

    def answered(self, question: str, option: str | None) -> Told:
        """Return it with an answer, or without one."""
        others = {name: given for name, given in self.answers.items() if name != question}
        return replace(self, answers=others if option is None else {**others, question: option})

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

    def only(self, questions: Mapping[str, tuple[str, ...]], *, since_ms: int | None, pins: bool) -> Told:
        """Return the answers to `questions` that are still possible, the refusals after `since_ms` (none
        where that is None), and the pins if they may be kept; itself where nothing goes."""
        left = Told(
            {name: given for name, given in self.answers.items() if given in questions.get(name, ())},
            self.pins if pins else {},
            {item: ms for item, ms in self.refused_ms.items() if since_ms is not None and ms > since_ms},
        )
        return self if left == self else left

    def to_bytes(self) -> bytes:
        """Print canonical JSON, as kept in the browser's own storage."""
        pins: dict[str, canonical.Json] = {slot: list(items) for slot, items in self.pins.items()}
        return canonical.encode(
            {"v": 1, "answers": dict(self.answers), "pins": pins, "refused_ms": dict(self.refused_ms)}
        )

    @classmethod
    def from_bytes(cls, raw: bytes) -> Told:
        """Read what `to_bytes` printed. Raises `Malformed` on anything else."""
        fields = Fields(canonical.decode(raw), "told")
        fields.whole("v", low=1, high=1)
        answers, pins, refused = (_object(fields, name) for name in ("answers", "pins", "refused_ms"))
        fields.done()
        given, times = Fields(answers, "told: answers"), Fields(refused, "told: refused_ms")
        return cls(
            {name: given.text(name, pattern=NAME) for name in answers},
            {slot: _pins(Fields(pins, "told: pins"), slot) for slot in pins},
            {_item(item): times.whole(item) for item in refused},
        )


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
