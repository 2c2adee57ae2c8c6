"""What the model is asked for one slot of one page, and what it answers: the candidates, best first."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

MOST_CANDIDATES = 200


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
class Question:
    """A history, and which items may appear after it: `eligible` has a byte for each item of the catalogue,
    1 or 0, and of those all that are not in `suppressed`."""

    history: History
    eligible: bytes = field(repr=False)
    suppressed: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Candidates:
    """The answer: at most `MOST_CANDIDATES` items that may appear and score above nothing, best score first,
    equal ones by rising index.

    `without[place][nth]` is what the nth would have scored had its history lacked the entry at `place`.
    """

    indexes: Sequence[int]
    scores: Sequence[float]
    without: Sequence[Sequence[float]]


def candidates_of(question: Question, score: Callable[[History], Sequence[float]]) -> Candidates:
    """Answer by scoring every item after the history and after each that lacks an entry.

    This is the reference; the browser's worker does the same in one call (`web/kernel/best.js`).
    """
    scores = score(question.history)
    allowed = (at for at, may in enumerate(question.eligible) if may and at not in question.suppressed)
    found = (index for index in allowed if scores[index] > 0)
    best = heapq.nsmallest(MOST_CANDIDATES, found, key=lambda index: (-scores[index], index))
    lacking = [score(question.history.without(place)) for place in range(len(question.history.recent))]
    return Candidates(
        tuple(best),
        tuple(float(scores[index]) for index in best),
        tuple(tuple(float(each[index]) for index in best) for each in lacking),
    )
