"""What became of everything that a slot could have shown: five steps, what came in, what went out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from edge_client.rules.inputs import Inputs
from edge_client.rules.pipeline import Filled, Why
from edge_client.scoring import Candidates, Question

STEPS: Final = (
    ("eligibility", (Why.AUDIENCE,)),
    (
        "suppression",
        (Why.THIS_PAGE, Why.NOT_RELEVANT, Why.WITHHELD, Why.COOL_DOWN, Why.SHOWN_ENOUGH, Why.LOOKED_AT),
    ),
    ("score", (Why.NO_SCORE, Why.PLACED_ALREADY)),
    ("diversity", (Why.TOPIC_FULL,)),
    ("cap", (Why.NO_PLACE,)),
)


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One step: how many came in, and how many went out for each reason; the rest went on."""

    name: str
    came: int
    went: Mapping[Why, int]

    @property
    def stayed(self) -> int:
        """How many went on to the next step."""
        return self.came - sum(self.went.values())


def trace_of(
    filled: Filled, question: Question, candidates: Candidates | None, *, inputs: Inputs, here: frozenset[int]
) -> tuple[TraceStep, ...]:
    """Return the five steps of one slot; what is left after the last is what the slot shows.

    Offers of rules, pins and the model's items are counted alike; an offer to another audience counts as one.
    """
    went = Counter(offer.out for offer in filled.offers if offer.out is not None)
    came = len(filled.offers)
    if candidates is not None:
        came += question.eligible.count(1)
        went += _left_out(question, inputs, here)
        stayed = question.eligible.count(1) - sum(_left_out(question, inputs, here).values())
        went += _not_placed(filled, candidates, stayed)
    steps: list[TraceStep] = []
    for name, reasons in STEPS:
        step = TraceStep(name, came, {why: went[why] for why in reasons if went[why]})
        steps.append(step)
        came = step.stayed
    return tuple(steps)


def _left_out(question: Question, inputs: Inputs, here: frozenset[int]) -> Counter[Why]:
    counted: Counter[Why] = Counter()
    for index in question.suppressed:
        if index < len(question.eligible) and question.eligible[index]:
            known = (
                (Why.THIS_PAGE, here),
                (Why.NOT_RELEVANT, inputs.refused),
                (Why.LOOKED_AT, inputs.looked_at),
            )
            counted[next((why for why, indexes in known if index in indexes), Why.WITHHELD)] += 1
    return counted


def _not_placed(filled: Filled, candidates: Candidates, stayed: int) -> Counter[Why]:
    """Say of the model's items why they found no place: another topic was wanted where a lower one did."""
    placed = {each.item.index for each in filled.placed if each.offer is None}
    ahead = {each.item.index for each in filled.placed if each.offer is not None}
    last = max((nth for nth, index in enumerate(candidates.indexes) if index in placed), default=-1)
    counted: Counter[Why] = Counter({Why.NO_SCORE: stayed - len(candidates.indexes)})
    for nth, index in enumerate(candidates.indexes):
        if index in ahead:
            counted[Why.PLACED_ALREADY] += 1
        elif index not in placed:
            counted[Why.TOPIC_FULL if nth < last else Why.NO_PLACE] += 1
    return counted
