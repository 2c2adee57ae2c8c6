"""Questions made of aggregates alone: a share of the counts is held out, and the rest must foretell it.

What visitors will do next is partly more of what releases count, and partly what no release ever showed.
Moves drawn from the cells ask for the first; cells left out altogether ask for the second.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from model_export.learning.evaluate import Step

SHARE = 0.2
MOST_STEPS = 2_000


@dataclass(frozen=True, slots=True)
class HeldOut:
    """`rest` to learn from; `again`, moves of pairs that it has, and `unseen`, all of pairs that it has not.

    (pages, pages) each.
    """

    rest: sp.csr_matrix
    again: sp.csr_matrix
    unseen: sp.csr_matrix

    def steps_again(self, *, seed: int) -> tuple[Step, ...]:
        """At most 2,000 questions about pairs to be seen again, each as likely as it is frequent."""
        return _drawn(self.again, self.again.data, seed=seed)

    def steps_unseen(self, *, seed: int) -> tuple[Step, ...]:
        """At most 2,000 questions about pairs not seen before, each pair once.

        Few pairs that are as frequent as the most frequent ones are ever missing. What is worth less than a
        visitor may be noise, and is asked about as seldom as it is likely to be true.
        """
        return _drawn(self.unseen, _once(self.unseen), seed=seed)

    def steps_alone(self, *, seed: int) -> tuple[Step, ...]:
        """At most 2,000 questions about all that was held out, each pair once.

        They are for a model that knows how much each page is visited and not from where: pages that nobody is
        known to have been on are not the busiest, and by frequency popularity would seem to know them all.
        """
        held = sp.csr_matrix(self.again + self.unseen)
        return _drawn(held, _once(held), seed=seed)


def hold_out(counts: sp.csr_matrix, *, seed: int, unseen: float = 0.0) -> HeldOut:
    """Leave out each pair with probability `unseen`, and of all others a fifth of their moves, one by one.

    The moves are then as if they had been made in another week.
    """
    rng = np.random.default_rng(seed)
    values = counts.data
    gone = rng.random(len(values)) < unseen
    whole = np.floor(values)
    moves = whole + (rng.random(len(values)) < values - whole)
    drawn = np.minimum(rng.binomial(moves.astype(np.int64), SHARE), values)
    return HeldOut(
        rest=_with(counts, np.where(gone, 0.0, values - drawn)),
        again=_with(counts, np.where(gone, 0.0, drawn)),
        unseen=_with(counts, np.where(gone, values, 0.0)),
    )


def _once(taken: sp.csr_matrix) -> NDArray[np.float64]:
    """Every pair as likely as any other, but for those that may not be there at all."""
    return np.asarray(np.minimum(taken.data, 1.0))


def _drawn(taken: sp.csr_matrix, odds: NDArray[np.float64], *, seed: int) -> tuple[Step, ...]:
    """Questions drawn from counts by the odds of each cell: not more than there are moves, at most 2,000."""
    cells = sp.coo_matrix(taken)
    if not cells.data.size:
        return ()
    rows, columns = cells.coords
    size = min(MOST_STEPS, math.ceil(float(cells.data.sum())))
    drawn = np.random.default_rng(seed).choice(len(odds), size=size, p=odds / odds.sum())
    return tuple(
        Step(number, (int(rows[cell]),), frozenset({int(rows[cell])}), int(columns[cell]))
        for number, cell in enumerate(drawn)
    )


def _with(counts: sp.csr_matrix, values: NDArray[np.float64]) -> sp.csr_matrix:
    made = sp.csr_matrix((values, counts.indices.copy(), counts.indptr.copy()), shape=counts.shape)
    made.eliminate_zeros()
    return made
