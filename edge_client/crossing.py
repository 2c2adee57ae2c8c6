"""Questions and answers as flat numbers: how all of a decision's cross into the worker's JavaScript at once.

`web/kernel/best.js` reads the one and writes the other.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from edge_client.scoring import Candidates, Question


@dataclass(frozen=True, slots=True)
class Crossing:
    """Questions about `pages` items.

    `numbers` are for each question: which of the masks, how many entries its history has and how many items
    are suppressed, then those entries and those items. `weights` are the histories', one after the other;
    `masks` each different mask of what is eligible.
    """

    numbers: array[int]
    weights: array[float]
    masks: bytes
    pages: int

    @classmethod
    def of(cls, questions: Sequence[Question]) -> Crossing:
        """Write down questions that are all about the same catalogue."""
        masks = {mask: at for at, mask in enumerate(dict.fromkeys(each.eligible for each in questions))}
        numbers = array("i")
        for each in questions:
            recent = each.history.recent
            numbers.extend((masks[each.eligible], len(recent), len(each.suppressed), *recent))
            numbers.extend(each.suppressed)
        weights = array("f", chain.from_iterable(each.history.weights for each in questions))
        return cls(numbers, weights, b"".join(masks), len(questions[0].eligible) if questions else 0)


def read_answers(raw: bytes, questions: Sequence[Question]) -> tuple[Candidates, ...]:
    """Read what was found for each question: how many, their indexes, their scores, and for each entry of the
    history their scores without it; all in four bytes each."""
    whole, real, at = memoryview(raw).cast("i"), memoryview(raw).cast("f"), 0
    answers: list[Candidates] = []
    for question in questions:
        found, at = whole[at], at + 1
        rows = [
            slice(at + found * row, at + found * (row + 1)) for row in range(len(question.history.recent) + 2)
        ]
        answers.append(Candidates(whole[rows[0]], real[rows[1]], tuple(real[row] for row in rows[2:])))
        at += found * len(rows)
    return tuple(answers)
