"""From scores to a short list: eligibility, suppression, order, diversity, exploration."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from edge_client.dice import Dice
from edge_client.profile import Profile
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.paths import ItemId
from edge_client.wire.rules import Rules, SlotRule

EXPLORE_POOL = 20
_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class History:
    """What the model is asked about: item indexes, most recent first, each with its weight."""

    recent: tuple[int, ...]
    weights: tuple[float, ...]

    def without(self, place: int) -> History:
        """Return the history that lacks its entry at `place`: what would be scored had it not been looked
        at."""
        return History(
            self.recent[:place] + self.recent[place + 1 :], self.weights[:place] + self.weights[place + 1 :]
        )


@dataclass(frozen=True, slots=True)
class Ranked:
    """One item of a list: its index, its score, and whether it is there to explore rather than for its
    score."""

    index: int
    score: float
    explored: bool = False


def history_of(profile: Profile, *, page: ItemId, catalogue: Catalogue, rules: Rules) -> History:
    """Return the history behind a decision for `page`: that page first, then the profile's recent ones.

    An older page weighs `decay_milli` thousandths of the one after it (findings: 0.6 to 0.8 help sequences).
    """
    items = [page, *(item for item in profile.recent(rules.recent_pages + 1) if item != page)]
    known = [index for item in items if (index := catalogue.index_of(item)) is not None][: rules.recent_pages]
    return History(tuple(known), tuple((rules.decay_milli / 1000) ** age for age in range(len(known))))


def suppressed(catalogue: Catalogue, *, profile: Profile, page: ItemId) -> frozenset[int]:
    """Return the indexes that may not appear: the page itself, what was looked at already, and what the
    citizen called not relevant, in any language."""
    items = {visit.item for visit in profile.visits} | profile.dismissed | {page}
    known = [item for path in items if (item := catalogue.get(path)) is not None]
    paths = items.union(*(item.translations.values() for item in known))
    return frozenset(index for path in paths if (index := catalogue.index_of(path)) is not None)


def rank(
    scores: Sequence[float],
    *,
    eligible: Sequence[int],
    suppressed: Collection[int],
    catalogue: Catalogue,
    slot: SlotRule,
    hidden: Dice,
) -> tuple[Ranked, ...]:
    """Return at most `slot.count` items, best score first, no more than `slot.per_topic` of one topic.

    Only items with a score above nothing appear; with probability `explore_milli` / 1000 the last place goes
    to an item from further down, so that what nobody is shown can still be found.
    """
    allowed = (index for index in eligible if scores[index] > 0 and index not in suppressed)
    # Few are wanted of many: the best of them are found without putting all in order.
    order = heapq.nsmallest(_LOOKED_AT, allowed, key=lambda index: (-scores[index], index))
    chosen: list[Ranked] = []
    topics: dict[str, int] = {}
    for index in order:
        topic = catalogue.items[index].topic
        if topics.get(topic, 0) < slot.per_topic:
            topics[topic] = topics.get(topic, 0) + 1
            chosen.append(Ranked(index, float(scores[index])))
        if len(chosen) == slot.count:
            break
    if len(chosen) < slot.count or slot.count == 1 or hidden.below(1000) >= slot.explore_milli:
        return tuple(chosen)
    taken = {item.index for item in chosen}
    topics[catalogue.items[chosen[-1].index].topic] -= 1  # its place is given away
    others = [
        index
        for index in order
        if index not in taken and topics.get(catalogue.items[index].topic, 0) < slot.per_topic
    ][:EXPLORE_POOL]
    if others:
        index = hidden.choose(others)
        chosen[-1] = Ranked(index, float(scores[index]), explored=True)
    return tuple(chosen)
