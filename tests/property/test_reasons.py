"""The reason that a citizen is given is why: without it, it comes out otherwise. For every kind of reason."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from edge_client.decision import Asked, ask, reason_of, work_out
from edge_client.dice import Dice, dice_of
from edge_client.explanation import Reason, ReasonKind
from edge_client.outcomes.sway import Leans, leans_of
from edge_client.rules.followed import followed_in
from edge_client.rules.inputs import Inputs, Moment
from edge_client.rules.pipeline import Filled, Placed, Why, fill
from edge_client.rules.truths import leaves_of, settle
from edge_client.scoring import Candidates, candidates_of
from edge_client.wire.noticed import SignalKind
from tests.support.bundles import bundle_of
from tests.support.city import NOW_MS, NeighbourModel, catalogue
from tests.support.examples import examples
from tests.support.ruled import DEFINITIONS, condition, noticed_test, parsed, rule, slot, task

ITEMS = catalogue().items
MODEL = NeighbourModel(len(ITEMS))
ANY_OF = ["parks", "permit-begun", "is-business", "clicked", "searched-for"]
CONDITIONS = [
    *DEFINITIONS,
    *(condition("searched-for" if kind == "searched" else kind, noticed_test(kind)) for kind in SignalKind),
    condition("permit-done", task("done")),
    condition("alike", {"archetype": {"names": ["Parkers"]}}),
    condition("not-begun", {"not": "permit-begun"}),
    condition("any-of-five", {"any": ANY_OF}),
    condition("first-or-not", {"any": ["first", "comes-back"]}),
]
NAMES = [each["name"] for each in CONDITIONS if "when" in each]
SLOTS = [
    slot(f"s-{name}", [], count=2, per_topic=1, explore_milli=300, sway_milli=300)
    for name in (*NAMES, "all", "none")
]
RULES: list[dict[str, Any]] = [
    rule(f"r-{name}", slot=f"s-{name}", when=None if name == "all" else name, items=["/business/start"])
    for name in (*NAMES, "all")
]
MADE = parsed(slots=SLOTS, definitions=CONDITIONS, rules=RULES, outcome_days=30)
BUNDLE = bundle_of(rules_=MADE)
LEAVES = [name for name in NAMES if leaves_of(name, MADE.definitions) == (name,)]
TOPICS = sorted({item.topic for item in ITEMS})
NEVER = Dice((999).to_bytes)  # of a thousand, the draw that explores last


def visitor(chance: random.Random) -> tuple[Inputs, bytes]:
    """Somebody on a page, with a history, facts, pins and outcomes of their own; and the draws' seed."""
    pages = chance.sample(range(1, len(ITEMS)), chance.randint(1, 5))
    leaves = {name: chance.choice([True, True, False, None]) for name in LEAVES}
    inputs = Inputs(
        at_ms=NOW_MS,
        lang="en",
        now=Moment((pages[0],), (tuple(pages) if chance.random() < 0.9 else (),), leaves),
        looked_at=frozenset(pages),
        pins={"s-none": (chance.randrange(1, len(ITEMS)),)} if chance.random() < 0.5 else {},
        outcomes={
            topic: (chance.randint(0, 20), chance.randint(0, 20))
            for topic in chance.sample(TOPICS, chance.choice([0, 3]))
        },
        followed=tuple(sorted(chance.sample(TOPICS, chance.choice([0, 0, 2])))),
    )
    return inputs, chance.randbytes(16)


def came_out(inputs: Inputs, seed: bytes) -> dict[str, tuple[Asked, Candidates, Filled]]:
    """Decide; return what each slot was asked and answered, and how it came out."""
    decision = ask(inputs, BUNDLE)
    answers = [candidates_of(each, MODEL.score) for each in decision.questions]
    outcome = work_out(decision, answers, bundle=BUNDLE, hidden=dice_of(seed))
    rows = zip(decision.asked, answers, outcome.filled, strict=True)
    return {asked.slot.slot: (asked, found, filled) for asked, found, filled in rows}


def filled_again(asked: Asked, found: Candidates, inputs: Inputs, leans: Leans | None = None) -> Filled:
    """Fill one slot from other inputs, and explore nothing."""
    truths = settle(MADE.definitions, inputs.now.leaves)
    return fill(
        asked.slot,
        found,
        inputs=inputs,
        truths=truths,
        here=asked.here,
        bundle=BUNDLE,
        hidden=NEVER,
        leans=leans,
        followed=followed_in(inputs, BUNDLE),
    )


def check(inputs: Inputs, seed: bytes) -> Counter[ReasonKind]:
    """Take away the reason of every item that is shown, one by one, and look whether it is there yet."""
    kinds: Counter[ReasonKind] = Counter()
    for asked, found, filled in came_out(inputs, seed).values():
        for place, placed in enumerate(filled.placed):
            reason = reason_of(placed, asked, BUNDLE)
            kinds[reason.kind] += 1
            if placed.offer is None:
                check_the_models(placed, reason, place, (asked, found, filled), inputs, seed)
            else:
                check_a_rules(placed, reason, (asked, found, filled), inputs)
    return kinds


def check_a_rules(
    placed: Placed, reason: Reason, made_as: tuple[Asked, Candidates, Filled], inputs: Inputs
) -> None:
    """A pin that is let go, a topic that is followed no more, or facts that are turned round: the offer
    places nothing any more."""
    assert placed.offer is not None
    asked, found, _ = made_as
    made = placed.offer.rule
    if placed.offer.follows:
        assert reason.kind is ReasonKind.FOLLOWED
        topic = ITEMS[placed.item.index].topic
        others = tuple(each for each in inputs.followed if each != topic)
        assert len(others) < len(inputs.followed)
        after = filled_again(asked, found, replace(inputs, followed=others))
        assert placed.item.index not in [each.index for each in after.offers if each.follows]
    elif made is None:
        assert reason.kind is ReasonKind.PINNED
        after = filled_again(asked, found, replace(inputs, pins={}))
        assert all(each.rule is not None or each.follows for each in after.offers)
    elif reason.kind is ReasonKind.EVERYONE:
        leaves = [] if made.when is None else leaves_of(made.when, MADE.definitions)
        for truths in product((True, False), repeat=len(leaves)):
            known = {**inputs.now.leaves, **dict(zip(leaves, truths, strict=True))}
            assert made.when is None or settle(MADE.definitions, known).conditions[made.when]
    else:
        assert reason.named
        turned = {**inputs.now.leaves, **{name: not inputs.now.leaves[name] for name in reason.named}}
        after = filled_again(asked, found, replace(inputs, now=replace(inputs.now, leaves=turned)))
        assert [each.out for each in after.offers if not each.follows] == [Why.AUDIENCE]
        assert all(each.offer is None or each.offer.follows for each in after.placed)


def check_the_models(
    placed: Placed,
    reason: Reason,
    place: int,
    made: tuple[Asked, Candidates, Filled],
    inputs: Inputs,
    seed: bytes,
) -> None:
    """Without exploring it is not there; without its topic's outcomes further down; without the page it
    scores less; and where nothing of this is said, no page of the history lifted it."""
    asked, found, _ = made
    index = placed.item.index
    leans = dict(leans_of(inputs.outcomes, dice_of(seed)))
    if reason.kind is ReasonKind.EXPLORE:
        calm = filled_again(asked, found, inputs, leans)
        assert index not in [each.item.index for each in calm.placed]
    elif reason.kind is ReasonKind.OPENED:
        assert leans.pop(ITEMS[index].topic) > 0
        without = filled_again(asked, found, inputs, leans)
        assert index not in [each.item.index for each in without.placed[: place + 1]]
    else:
        history = asked.question.history
        full = MODEL.score(history)[index]
        lower = {
            page: full - MODEL.score(history.without(at))[index] for at, page in enumerate(history.recent)
        }
        if reason.kind is ReasonKind.POPULAR:
            assert all(drop <= 0 for drop in lower.values())
        else:
            assert reason.because is not None
            assert lower[reason.because] == max(lower.values()) > 0
            here = reason.because == inputs.now.pages[0]
            assert reason.kind is (ReasonKind.THIS_PAGE if here else ReasonKind.LOOKED_AT)


@settings(max_examples=examples(40))
@given(chance=st.randoms(use_true_random=False))
def test_without_its_reason_nothing_is_shown_as_it_was(chance: random.Random) -> None:
    """Whoever it is, whatever they did, and however the draws fall."""
    assert check(*visitor(chance)).total() > 0


def test_every_kind_of_reason_is_given_and_holds() -> None:
    """Over so many visitors each kind comes up, and each time it is why."""
    kinds: Counter[ReasonKind] = Counter()
    for seed in range(30):
        kinds += check(*visitor(random.Random(seed)))
    assert set(kinds) == set(ReasonKind)
