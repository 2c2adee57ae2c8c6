"""From candidates to a short list: suppression, order, diversity, exploration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from edge_client.dice import Dice
from edge_client.interest import counts_as_interest, wanted_by
from edge_client.profile import Profile, Visit
from edge_client.scoring import Candidates, History
from edge_client.told import NOTHING_TOLD, Told
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.paths import ItemId
from edge_client.wire.rules import Rules, SlotRule

EXPLORE_POOL = 20


@dataclass(frozen=True, slots=True)
class Ranked:
    """One item of a list: its index, its score, and whether it is there to explore rather than for its score.

    `without[place]` is what it would have scored had the history lacked its entry at `place`. `opened` is
    whether it stands where it does because the citizen opened what was suggested of its topic.
    """

    index: int
    score: float
    explored: bool = False
    without: tuple[float, ...] = ()
    opened: bool = False


def recent_of(
    profile: Profile,
    *,
    catalogue: Catalogue,
    rules: Rules,
    session: int | None = None,
    told: Told = NOTHING_TOLD,
    at_ms: int | None = None,
) -> tuple[ItemId, ...]:
    """Return the recent pages that say something: those of this session, and of earlier ones those whose
    topic is an interest at `at_ms`: what was looked at once may have been for someone else, and what was
    looked at long ago has faded. None is of a topic that the citizen stopped."""
    is_wanted = wanted_by(told, catalogue)
    if rules.interest_sessions == 1 and not rules.half_life_days:
        return profile.recent_among(rules.recent_pages + 1, is_wanted)
    now = profile.last_session if session is None else session
    of_interest = counts_as_interest(profile, catalogue=catalogue, rules=rules, told=told, at_ms=at_ms)

    def counts(visit: Visit) -> bool:
        is_now = visit.session == now and is_wanted(visit)
        return catalogue.get(visit.item) is not None and (is_now or of_interest(visit))

    return profile.recent_among(rules.recent_pages + 1, counts)


def history_after(recent: Sequence[ItemId], *, page: ItemId, catalogue: Catalogue, rules: Rules) -> History:
    """Return a history: `page` first, then the recent ones.

    An older page weighs `decay_milli` thousandths of the one after it (findings: 0.6 to 0.8 help sequences).
    """
    items = [page, *(item for item in recent if item != page)]
    known = [index for item in items if (index := catalogue.index_of(item)) is not None][: rules.recent_pages]
    return History(tuple(known), tuple((rules.decay_milli / 1000) ** age for age in range(len(known))))


def in_all_languages(items: Collection[ItemId], catalogue: Catalogue) -> frozenset[int]:
    """Return the indexes of some items and of their translations."""
    known = [item for path in items if (item := catalogue.get(path)) is not None]
    paths = {*items}.union(*(item.translations.values() for item in known))
    return frozenset(index for path in paths if (index := catalogue.index_of(path)) is not None)


def rank(
    candidates: Candidates,
    *,
    catalogue: Catalogue,
    slot: SlotRule,
    hidden: Dice,
    ahead: Sequence[Ranked] = (),
    order: Sequence[int] | None = None,
) -> tuple[Ranked, ...]:
    """Return at most `slot.count` items, best score first, no more than `slot.per_topic` of one topic.

    Items that are placed `ahead` come first, as they are; `order` is that of the candidates' places where it
    is another than that of their scores. With probability `explore_milli` / 1000 the last
    place, if it is not theirs, goes to an item from further down, so that what nobody is shown can still be
    found.
    """
    order = range(len(candidates.indexes)) if order is None else order
    chosen = best(candidates, catalogue=catalogue, slot=slot, ahead=ahead, order=order)
    listed = (*ahead, *(_nth(candidates, nth) for nth in chosen))
    can_explore = len(listed) == slot.count > 1 and bool(chosen)
    if not can_explore or hidden.below(1000) >= slot.explore_milli:
        return listed
    taken = {item.index for item in listed}
    topics = Counter(
        catalogue.items[item.index].topic for item in listed[:-1]
    )  # the last place is given away
    others = [
        nth
        for nth in order
        if candidates.indexes[nth] not in taken
        and topics[catalogue.items[candidates.indexes[nth]].topic] < slot.per_topic
    ][:EXPLORE_POOL]
    if not others:
        return listed
    return (*listed[:-1], replace(_nth(candidates, hidden.choose(others)), explored=True))


def best(
    candidates: Candidates,
    *,
    catalogue: Catalogue,
    slot: SlotRule,
    ahead: Sequence[Ranked],
    order: Sequence[int],
) -> list[int]:
    """Return the places of the candidates that fill a slot behind what is `ahead`, taken in `order`."""
    chosen: list[int] = []
    taken = {item.index for item in ahead}
    topics = Counter(catalogue.items[item.index].topic for item in ahead)
    for nth in order:
        if len(taken) == slot.count:
            break
        index = candidates.indexes[nth]
        topic = catalogue.items[index].topic
        if index not in taken and topics[topic] < slot.per_topic:
            topics[topic] += 1
            chosen.append(nth)
            taken.add(index)
    return chosen


def _nth(candidates: Candidates, nth: int) -> Ranked:
    without = tuple(float(scores[nth]) for scores in candidates.without)
    return Ranked(int(candidates.indexes[nth]), float(candidates.scores[nth]), without=without)
