"""How one slot is filled: eligibility, suppression, score, diversity, cap; each step can be looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from edge_client.bundle import Bundle
from edge_client.dice import Dice
from edge_client.outcomes.ranked import ranked
from edge_client.outcomes.sway import Leans
from edge_client.ranking import Ranked
from edge_client.rules.followed import Followed, best_followed
from edge_client.rules.inputs import Inputs
from edge_client.rules.truths import Truths
from edge_client.scoring import Candidates
from edge_client.wire.rule import Does, Rule, Rung
from edge_client.wire.rules import Level, SlotRule


class Why(StrEnum):
    """Why something that could have been shown is not."""

    AUDIENCE = "audience"
    THIS_PAGE = "this-page"
    NOT_RELEVANT = "not-relevant"
    LOOKED_AT = "looked-at"
    WITHHELD = "withheld"
    COOL_DOWN = "cool-down"
    SHOWN_ENOUGH = "shown-enough"
    NO_SCORE = "no-score"
    PLACED_ALREADY = "placed-already"
    TOPIC_FULL = "topic-full"
    NO_PLACE = "no-place"


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that a rule offers, or the citizen (`rule` None): its item, None where the rule is not for
    this audience at all; its score; why it went out, None where it is placed; and whether the citizen
    `follows` its topic, and has not pinned it."""

    rule: Rule | None
    index: int | None
    score: float = 0.0
    out: Why | None = None
    follows: bool = False

    @property
    def step(self) -> int:
        """Its place in the order: what is for everyone's good, the citizen's own pins, tasks and reminders,
        what the citizen follows, the other rungs."""
        if self.rule is None:
            return (Rung.REMINDER if self.follows else Rung.SAFETY).place * 2 + 1
        return self.rule.rung.place * 2

    @property
    def is_capped(self) -> bool:
        """Whether a slot has room for no more than so many of its topic."""
        return self.follows or (self.rule is not None and not self.rule.rung.is_for_everyones_good)


@dataclass(frozen=True, slots=True)
class Placed:
    """One item of a slot, and the offer that it comes from; None where the model placed it."""

    item: Ranked
    offer: Offer | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """A slot as it came out: what is placed, and every offer with what became of it."""

    slot: SlotRule
    placed: tuple[Placed, ...]
    offers: tuple[Offer, ...] = ()

    @property
    def step(self) -> int:
        """How high its most urgent item stands; lower is more urgent."""
        return min((each.offer.step for each in self.placed if each.offer), default=2 * len(Rung))


def fill(
    slot: SlotRule,
    candidates: Candidates | None,
    *,
    inputs: Inputs,
    truths: Truths,
    here: frozenset[int],
    bundle: Bundle,
    hidden: Dice,
    leans: Leans | None = None,
    followed: Followed | None = None,
) -> Filled:
    """Fill one slot of one page, whose indexes in all languages are `here`.

    `candidates` is None where the model was not asked; `leans` say how far the citizen's own outcomes move
    topics, where the slot lets them; `followed` is what may be suggested of topics that the citizen follows.
    """
    scores = {} if candidates is None else dict(zip(candidates.indexes, candidates.scores, strict=True))
    follows = [
        Offer(None, index, follows=True)
        for index in best_followed(
            slot,
            followed or {},
            scores=scores,
            eligible=bundle.eligible(slot, inputs.lang),
            left_out=here | withheld(slot, truths=truths, bundle=bundle, lang=inputs.lang),
        )
    ]
    offers = sorted(
        (
            replace(offer, score=float(scores.get(offer.index, 0.0))) if offer.index is not None else offer
            for offer in (*_offers(slot, inputs, truths, here, bundle), *follows)
        ),
        # What the citizen pinned stands in the citizen's own order, whatever the model makes of it.
        key=lambda offer: (offer.step, -offer.score if slot.level.has_scores and offer.rule else 0),
    )
    offers = _in_places(offers, slot, bundle)
    ahead = tuple(
        Placed(Ranked(offer.index, offer.score), offer)
        for offer in offers
        if offer.out is None and offer.index is not None
    )
    if candidates is None or slot.level is not Level.MODEL:
        return Filled(slot, ahead, tuple(offers))
    before = tuple(each.item for each in ahead)
    listed = ranked(candidates, leans or {}, slot=slot, bundle=bundle, ahead=before, hidden=hidden)
    return Filled(slot, (*ahead, *(Placed(item) for item in listed[len(ahead) :])), tuple(offers))


def withheld(slot: SlotRule, *, truths: Truths, bundle: Bundle, lang: str) -> frozenset[int]:
    """Return the indexes that rules withhold from this audience in a slot."""
    return frozenset(
        index
        for rule in bundle.rules.rules
        if rule.slot == slot.slot and rule.does is Does.WITHHOLD and _holds(rule, truths)
        for index in bundle.offered(rule, lang)
    )


def _offers(
    slot: SlotRule, inputs: Inputs, truths: Truths, here: frozenset[int], bundle: Bundle
) -> Iterator[Offer]:
    kept_back = withheld(slot, truths=truths, bundle=bundle, lang=inputs.lang)
    for index in inputs.pins.get(slot.slot, ()):
        yield Offer(None, index, out=Why.THIS_PAGE if index in here else None)
    for rule in bundle.rules.rules:
        if rule.slot != slot.slot or rule.does is not Does.OFFER:
            continue
        if not _holds(rule, truths):
            yield Offer(rule, None, out=Why.AUDIENCE)
            continue
        for index in bundle.offered(rule, inputs.lang):
            yield Offer(rule, index, out=_suppressed(rule, index, inputs, here, kept_back))


def _suppressed(
    rule: Rule, index: int, inputs: Inputs, here: frozenset[int], kept_back: frozenset[int]
) -> Why | None:
    if index in here:
        return Why.THIS_PAGE
    if rule.rung.is_for_everyones_good:
        return None
    if index in inputs.refused:
        return Why.NOT_RELEVANT
    if index in kept_back:
        return Why.WITHHELD
    if rule.name in inputs.silent:
        return Why.COOL_DOWN
    if (rule.name, index) in inputs.capped:
        return Why.SHOWN_ENOUGH
    return Why.LOOKED_AT if rule.rung is Rung.SUGGESTION and index in inputs.looked_at else None


def _in_places(offers: Sequence[Offer], slot: SlotRule, bundle: Bundle) -> list[Offer]:
    """Give out the places in order; what finds none goes out."""
    taken: set[int] = set()
    topics: Counter[str] = Counter()
    settled: list[Offer] = []
    for offer in offers:
        out = offer.out
        if out is None and offer.index is not None:
            topic = bundle.catalogue.items[offer.index].topic
            if offer.index in taken:
                out = Why.PLACED_ALREADY
            elif offer.is_capped and topics[topic] >= slot.per_topic:
                out = Why.TOPIC_FULL
            elif len(taken) == slot.count:
                out = Why.NO_PLACE
            else:
                taken.add(offer.index)
                topics[topic] += 1
        settled.append(replace(offer, out=out))
    return settled


def _holds(rule: Rule, truths: Truths) -> bool:
    """What nobody can know now holds for nobody."""
    return rule.when is None or truths.conditions[rule.when] is True
