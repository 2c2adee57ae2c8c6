"""Settings chosen by what releases tell: nobody's session is looked at, and no privacy is spent."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from model_export.choosing.holding_out import HeldOut
from model_export.choosing.places import hit_of, ndcg_of, places_of
from model_export.choosing.sizing import Progress
from model_export.learning.recipes import Settings, fit
from model_export.learning.samples import prior_of, samples_from
from model_export.shipping.quantise import quantise

KAPPAS = (0.001, 0.1, 1.0, 5.0, 20.0)
SHARES = (0.0, 0.05, 0.2, 0.5, 1.0)

MOST_COST = 0.12
_LITTLE = 0.02


@dataclass(frozen=True, slots=True)
class Trial:
    """Settings that were tried, and how they did on each kind of question.

    Those are pairs to be seen again, unseen pairs, and pages that nobody is known to have visited.
    Each is hit@5 and NDCG@10 added up: the one is coarse and the other forgiving.
    """

    settings: Settings
    again: float
    unseen: float
    alone: float

    @property
    def rank(self) -> float:
        """What trials are compared by: what one kind of question loses, in parts, another has to gain."""
        return round(sum(math.log(score + _LITTLE) for score in (self.again, self.unseen, self.alone)), 6)


def tune(
    held: HeldOut, alike: sp.csr_matrix, *, settings: Settings, progress: Progress | None = None
) -> tuple[Settings, tuple[Trial, ...]]:
    """The best settings on what was held out, and all that were tried.

    First, what content weighs where nobody has been, then what it weighs a visit counted; of equal settings
    the first stays. Nothing may cost more than `MOST_COST` of what counts foretell of themselves: visits that
    counts cannot ask for are fewer.
    Whether order is to be trusted is not asked: many unseen pairs are known ones turned round, and a device
    masks the page that its visitor came from.
    """
    again, unseen = held.steps_again(seed=0), held.steps_unseen(seed=1)
    if not again:
        return settings, ()
    alone = held.steps_alone(seed=2)
    most = 1 + len(KAPPAS) + len(SHARES)
    tried: dict[Settings, Trial] = {}

    def attempt(candidate: Settings) -> Trial:
        if candidate not in tried:
            if progress is not None:
                progress("tuning", len(tried), most)
            moves = samples_from(held.rest)
            table, cold = (
                quantise(fit(known + samples_from(prior), settings=candidate, mix=candidate.mix))
                for known, prior in (
                    (moves, prior_of(alike, held.rest, kappa=candidate.kappa, share=candidate.content_share)),
                    # As if every page were new, and popularity all that is known of where people go.
                    (moves.without_visits(), sp.csr_matrix(candidate.kappa * alike)),
                )
            )
            asked = ((table, again), (table, unseen), (cold, alone))
            tried[candidate] = Trial(
                candidate, *(_score(places_of(*one)) if one[1] else 0.0 for one in asked)
            )
        return tried[candidate]

    def better(best: Trial, others: Iterable[Settings]) -> Trial:
        trials = [best, *map(attempt, others)]
        least = (1 - MOST_COST) * max(trial.again for trial in trials)
        return max((trial for trial in trials if trial.again >= least), key=lambda trial: trial.rank)

    best = attempt(settings)
    best = better(best, [replace(best.settings, kappa=kappa) for kappa in KAPPAS])
    best = better(best, [replace(best.settings, content_share=share) for share in SHARES])
    return best.settings, tuple(tried.values())


def _score(places: NDArray[np.int64]) -> float:
    return hit_of(places) + ndcg_of(places)
