"""From releases to the model that ships: train, gate, quantise, export, check, evaluate."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import scipy.sparse as sp

from consent_ledger.errors import Refused
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Release
from model_export.content import similar_pages
from model_export.covisit import CoVisitClassifier
from model_export.evaluate import Accuracy, Step, evaluate, query, steps_of
from model_export.parity import Parity, verify_parity
from model_export.quantise import quantise
from model_export.samples import Samples, moves_of, pages_of, prior_of, samples_from
from model_export.sizing import WIDEST, Fitted, Progress, fit_size

THINNED_SHARE = 0.2
MOST_THINNED_STEPS = 2_000


class Recipe(StrEnum):
    """What a model may be made from; the gate ships the one that predicts best."""

    COVISIT = "co-visits and content"
    CONTENT = "content alone"
    POPULARITY = "popularity alone"


@dataclass(frozen=True, slots=True)
class Settings:
    """How to train.

    `kappa` is the weight of content in visits a page, `content_share` its weight a visit counted, and
    `budget_bytes` the most that the file may take.
    `top_k`, `damping` and `popularity` are those of `CoVisitClassifier`.
    """

    kappa: float = 20.0
    content_share: float = 1.0
    top_k: int = 32
    damping: float = 5.0
    popularity: float = 0.01
    budget_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Trained:
    """A model ready to ship, and all that its card says.

    `gate` is the accuracy of each recipe on what the gate was asked (`gated_on`); `accuracy` is that on the
    held-out sequences, of the model as it ships, and empty when there were none.
    """

    onnx_bytes: bytes
    pages: tuple[ItemId, ...]
    settings: Settings
    shipped: Recipe
    gated_on: str
    gate: Mapping[Recipe, Accuracy]
    accuracy: Mapping[Recipe, Accuracy]
    parity: Parity
    fitted: Fitted


def train(
    releases: Sequence[Release],
    catalogue: Catalogue | None = None,
    *,
    settings: Settings,
    sequences: Sequence[Sequence[ItemId]] = (),
    progress: Progress | None = None,
) -> Trained:
    """Train on `releases` and check on `sequences`, which must not be among what was released.

    Raises Refused when there is nothing to learn from or the model does not fit its budget, Untrue when ONNX
    Runtime disagrees.
    """
    pages = pages_of(releases, catalogue)
    counts = moves_of(releases, pages)
    alike = similar_pages(pages, catalogue)
    steps = steps_of(sequences, pages)
    asked = steps or _thinned_steps(counts)
    models = dict(_models(counts, alike, settings=settings))
    if not models:
        raise Refused("training: nothing to learn from, neither a move nor a likeness")
    gated = models if steps else dict(_models(counts - _thinned(counts), alike, settings=settings))
    gate = {
        recipe: evaluate(quantise(model).scores, asked, pages=len(pages))
        for recipe, model in gated.items()
        if asked
    }
    # The first of the recipes in order that is not beaten: co-visits must lose to be replaced.
    order = [recipe for recipe in Recipe if recipe in models]
    shipped = max(order, key=lambda recipe: gate[recipe].hit.mean if recipe in gate else 0.0)
    fitted = fit_size(
        models[shipped],
        gated=gated.get(shipped, models[shipped]),
        steps=asked,
        budget_bytes=settings.budget_bytes,
        top_k=settings.top_k,
        progress=progress,
    )
    queries = [query(step.recent) for step in asked] or [query(()), query((0,))]
    return Trained(
        onnx_bytes=fitted.onnx_bytes,
        pages=pages,
        settings=settings,
        shipped=shipped,
        gated_on="held-out sequences" if steps else "a share of the released counts" if asked else "nothing",
        gate=gate,
        accuracy={**gate, shipped: evaluate(fitted.table.scores, steps, pages=len(pages))} if steps else {},
        parity=verify_parity(fitted.onnx_bytes, queries),
        fitted=fitted,
    )


def _models(
    counts: sp.csr_matrix, alike: sp.csr_matrix, *, settings: Settings
) -> Iterator[tuple[Recipe, CoVisitClassifier]]:
    """A fitted model for every recipe that has anything to learn from."""
    moves = samples_from(counts)
    likeness = samples_from(prior_of(alike, counts, kappa=settings.kappa, share=settings.content_share))
    shares = moves.without_visits()
    for recipe, samples in (
        (Recipe.COVISIT, moves + likeness),
        (Recipe.CONTENT, shares + likeness),
        (Recipe.POPULARITY, shares),
    ):
        if len(samples.weight) and samples.weight.sum() > 0:
            yield recipe, _fit(samples, settings=settings)


def _fit(samples: Samples, *, settings: Settings) -> CoVisitClassifier:
    top_k = settings.top_k if settings.budget_bytes is None else WIDEST
    model = CoVisitClassifier(top_k=top_k, damping=settings.damping, popularity=settings.popularity)
    with warnings.catch_warnings():
        # Page indexes are classes, however many: scikit-learn suspects a regression.
        warnings.filterwarnings("ignore", message="The number of unique classes is greater than 50%")
        return model.fit(samples.visited, samples.followed, samples.weight)


def _thinned(counts: sp.csr_matrix) -> sp.csr_matrix:
    """A share of every count, drawn move by move: the two parts are as two separate periods."""
    rng = np.random.default_rng(0)
    taken = counts.copy()
    taken.data = rng.binomial(counts.data.astype(np.int64), THINNED_SHARE).astype(np.float64)
    taken.eliminate_zeros()
    return taken


def _thinned_steps(counts: sp.csr_matrix) -> tuple[Step, ...]:
    """Questions drawn from the thinned counts, each as likely as it is frequent."""
    cells = sp.coo_matrix(_thinned(counts))
    if not cells.data.size:
        return ()
    rows, columns = cells.coords
    drawn = np.random.default_rng(1).choice(
        len(cells.data), size=min(MOST_THINNED_STEPS, int(cells.data.sum())), p=cells.data / cells.data.sum()
    )
    return tuple(
        Step(number, (int(rows[cell]),), frozenset({int(rows[cell])}), int(columns[cell]))
        for number, cell in enumerate(drawn)
    )
