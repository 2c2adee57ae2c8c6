"""Settings chosen by what releases tell: nobody's session is looked at, and no privacy is spent."""

from __future__ import annotations

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

KAPPAS = (0.1, 1.0, 5.0, 20.0, 100.0)

MOST_COST = 0.12


@dataclass(frozen=True, slots=True)
class Trial:
    """Settings that were tried, and how they did: on pairs to be seen again, and on unseen ones.

    Each is hit@5 and NDCG@10 added up: the one is coarse and the other forgiving.
    """

    settings: Settings
    again: float
    unseen: float

    @property
    def rank(self) -> float:
        """What trials are compared by: both kinds of question weigh the same."""
        return round(self.again + self.unseen, 6)


def tune(
    held: HeldOut, alike: sp.csr_matrix, *, settings: Settings, progress: Progress | None = None
) -> tuple[Settings, tuple[Trial, ...]]:
    """The best settings on what was held out, and all that were tried.

    First, whether content weighs in where there are visits: it does, unless that costs more than `MOST_COST`
    of what the counts foretell of themselves. It costs little where people follow words, and what it gains,
    on pages that are rare or not there yet, is what held out counts cannot ask for.
    Then, what it weighs where nobody has been; of equal settings the first stays.
    Whether order is to be trusted is not asked: many unseen pairs are known ones turned round, and a device
    masks the page that its visitor came from.
    """
    again, unseen = held.steps_again(seed=0), held.steps_unseen(seed=1)
    if not again:
        return settings, ()
    most = 2 + len(KAPPAS)
    tried: dict[Settings, Trial] = {}

    def attempt(candidate: Settings) -> Trial:
        if candidate not in tried:
            if progress is not None:
                progress("tuning", len(tried), most)
            prior = prior_of(alike, held.rest, kappa=candidate.kappa, share=candidate.content_share)
            model = fit(samples_from(held.rest) + samples_from(prior), settings=candidate, mix=candidate.mix)
            table = quantise(model)
            scores = (_score(places_of(table, steps)) for steps in (again, unseen))
            tried[candidate] = Trial(candidate, *scores)
        return tried[candidate]

    best, without = attempt(settings), attempt(replace(settings, content_share=0.0))
    if best.again < (1 - MOST_COST) * without.again:
        best = without
    by_kappa = [attempt(replace(best.settings, kappa=kappa)) for kappa in KAPPAS]
    best = max([best, *by_kappa], key=lambda trial: trial.rank)
    return best.settings, tuple(tried.values())


def _score(places: NDArray[np.int64]) -> float:
    return hit_of(places) + ndcg_of(places)
