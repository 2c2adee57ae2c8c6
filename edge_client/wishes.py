"""What the citizen wants suggested and kept, as it happens: events that their settings and cards bring."""

from __future__ import annotations

from dataclasses import dataclass

from edge_client.signals.signal import Switch
from edge_client.told import Stance
from edge_client.wire.paths import ItemId


@dataclass(frozen=True, slots=True)
class TopicTold:
    """The citizen follows a topic, wants nothing of it suggested, or (None) takes back what they said.

    `topic` is its name, or the id of an item that is about it.
    """

    topic: str
    stance: Stance | None
    at_ms: int


@dataclass(frozen=True, slots=True)
class ItemWanted:
    """The citizen takes back that an item is not relevant: it may be suggested again."""

    item: ItemId
    at_ms: int


@dataclass(frozen=True, slots=True)
class RetentionChosen:
    """The citizen lets one kind of thing be kept for so many days at most; None for as long as rules say."""

    switch: Switch
    days: int | None
    at_ms: int


@dataclass(frozen=True, slots=True)
class OutcomesForgotten:
    """The citizen wants it forgotten what became of suggestions here."""

    at_ms: int
