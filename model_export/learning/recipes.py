"""What a model may be made from, and with which settings."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import scipy.sparse as sp

from model_export.learning.covisit import CoVisitClassifier
from model_export.learning.mixing import MixtureClassifier
from model_export.learning.samples import Samples, prior_of, samples_from


class Recipe(StrEnum):
    """What a model may be made from; the gate ships the one that predicts best."""

    COVISIT = "co-visits and content"
    CONTENT = "content alone"
    POPULARITY = "popularity alone"


@dataclass(frozen=True, slots=True)
class Settings:
    """How to train.

    `kappa` is the weight of content in visits a page, `content_share` its weight a visit counted, `mix` how
    much of the shares comes from co-visits without their order.
    With `tuned` the first two are where tuning begins (`model_export.choosing.tuning`); without it they
    are as given.
    `budget_bytes` is the most that the file may take.
    A release that is `half_life_days` older than the newest counts half.
    `top_k`, `damping`, `popularity`, `power` and `lift` are those of `CoVisitClassifier`; the last three say
    how several recent pages vote together, which counts of pairs cannot tell: they are the same for every
    site, from public data (ADR 15).
    """

    kappa: float = 20.0
    content_share: float = 1.0
    top_k: int = 32
    damping: float = 5.0
    popularity: float = 0.05
    budget_bytes: int | None = None
    power: float = 0.6
    lift: float = 0.15
    mix: float = 0.0
    half_life_days: float | None = None
    tuned: bool = True


def fit_recipes(
    counts: sp.csr_matrix, alike: sp.csr_matrix, *, settings: Settings
) -> Iterator[tuple[Recipe, CoVisitClassifier]]:
    """A fitted model for every recipe that has anything to learn from."""
    moves = samples_from(counts)
    likeness = samples_from(prior_of(alike, counts, kappa=settings.kappa, share=settings.content_share))
    shares = moves.without_visits()
    # Content alone must not stand or fall with how much of it was thought good for the mixture.
    words = samples_from(prior_of(alike, counts, kappa=1.0, share=1.0))
    for recipe, samples in (
        (Recipe.COVISIT, moves + likeness),
        (Recipe.CONTENT, shares + words),
        (Recipe.POPULARITY, shares),
    ):
        if len(samples.weight) and samples.weight.sum() > 0:
            yield (
                recipe,
                fit(samples, settings=settings, mix=settings.mix if recipe is Recipe.COVISIT else 0.0),
            )


def fit(samples: Samples, *, settings: Settings, mix: float = 0.0) -> CoVisitClassifier:
    """The classifier that `settings` describe, on these samples."""
    model = (
        CoVisitClassifier(
            settings.top_k, settings.damping, settings.popularity, settings.power, settings.lift
        )
        if mix == 0
        else MixtureClassifier(
            settings.top_k, settings.damping, settings.popularity, settings.power, settings.lift, mix
        )
    )
    with warnings.catch_warnings():
        # Page indexes are classes, however many: scikit-learn suspects a regression.
        warnings.filterwarnings("ignore", message="The number of unique classes is greater than 50%")
        return model.fit(samples.visited, samples.followed, samples.weight)
