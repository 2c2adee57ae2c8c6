"""Settings chosen by what releases tell: nobody's session is looked at, and no privacy is spent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import scipy.sparse as sp

from model_export.evaluate import Step
from model_export.places import hit_of, ndcg_of, places_of
from model_export.quantise import quantise
from model_export.recipes import Settings, fit
from model_export.samples import prior_of, samples_from
from model_export.sizing import Progress

SHARES = (0.0, 0.1, 0.3, 1.0, 3.0)
KAPPAS = (0.1, 1.0, 5.0, 20.0, 100.0)
MIXES = (0.3,)


@dataclass(frozen=True, slots=True)
class Trial:
    """Settings that were tried, and how they did on the questions."""

    settings: Settings
    hit: float
    ndcg: float

    @property
    def rank(self) -> float:
        """What trials are compared by: both measures count, the one is coarse and the other forgiving."""
        return round(self.hit + self.ndcg, 6)


def tune(
    counts: sp.csr_matrix,
    alike: sp.csr_matrix,
    *,
    steps: Sequence[Step],
    settings: Settings,
    progress: Progress | None = None,
) -> tuple[Settings, tuple[Trial, ...]]:
    """The best settings on `steps`, which `counts` must not hold, and all that were tried.

    One setting after the other: how much content weighs a visit counted, what it weighs where nobody has
    been, whether pairs are better without their order.
    Of equal ones the first stays.
    """
    stages: tuple[tuple[Callable[[Settings, float], Settings], tuple[float, ...]], ...] = (
        (lambda best, value: replace(best, content_share=value), SHARES),
        (lambda best, value: replace(best, kappa=value), KAPPAS),
        (lambda best, value: replace(best, mix=value), MIXES),
    )
    if not steps:
        return settings, ()
    most = 1 + sum(len(values) for _, values in stages)
    trials = [_try(counts, alike, steps=steps, settings=settings)]
    for change, values in stages:
        best = max(trials, key=lambda trial: trial.rank)
        for value in values:
            if progress is not None:
                progress("tuning", len(trials), most)
            changed = change(best.settings, value)
            if all(changed != trial.settings for trial in trials):
                trials.append(_try(counts, alike, steps=steps, settings=changed))
    return max(trials, key=lambda trial: trial.rank).settings, tuple(trials)


def _try(counts: sp.csr_matrix, alike: sp.csr_matrix, *, steps: Sequence[Step], settings: Settings) -> Trial:
    prior = prior_of(alike, counts, kappa=settings.kappa, share=settings.content_share)
    model = fit(samples_from(counts) + samples_from(prior), settings=settings, mix=settings.mix)
    places = places_of(quantise(model), steps)
    return Trial(settings, hit_of(places), ndcg_of(places))
