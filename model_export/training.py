"""From releases to the model that ships: tune, gate, train, cut to size, export, check, evaluate.

Three splits keep each figure honest: settings are tuned on one part of the counts, the gate chooses on
another, and accuracy is told on sequences that neither has seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from consent_ledger.errors import Refused
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Release
from model_export.choosing.gate import choose, split
from model_export.choosing.sizing import WIDEST, Fitted, Progress, fit_size
from model_export.choosing.tuning import Trial, tune
from model_export.learning.belonging import check_together
from model_export.learning.content import similar_pages
from model_export.learning.evaluate import Accuracy, Step, evaluate, query, steps_of
from model_export.learning.recipes import Recipe, Settings, fit_recipes
from model_export.learning.samples import pages_of
from model_export.shipping.parity import Parity, verify_parity
from model_export.shipping.quantise import QuantisedTable, quantise

__all__ = ["Recipe", "Settings", "Trained", "train"]

_STAGES = 4


@dataclass(frozen=True, slots=True)
class Trained:
    """A model ready to ship, and all that its card says.

    `settings` are those that were used, `trials` those that were tried.
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
    trials: tuple[Trial, ...] = ()


def train(
    releases: Sequence[Release],
    catalogue: Catalogue | None = None,
    *,
    settings: Settings,
    sequences: Sequence[Sequence[ItemId]] = (),
    renamed: Mapping[ItemId, ItemId] | None = None,
    progress: Progress | None = None,
) -> Trained:
    """Train on `releases`; `sequences`, which must not be among what was released, only measure.

    `renamed` says which page of a release is which page of today.
    Raises Refused when there is nothing to learn from, releases and catalogue are of different sites, a
    release is given twice, or the model does not fit its budget; Untrue when ONNX Runtime disagrees.
    """
    check_together(releases, catalogue)
    pages = pages_of(releases, catalogue, renamed=renamed)
    _tell(progress, 0)
    parts = split(releases, pages, renamed=renamed, half_life_days=settings.half_life_days)
    alike = similar_pages(pages, catalogue)
    trials: tuple[Trial, ...] = ()
    if settings.tuned:
        settings, trials = tune(parts.tuning, alike, settings=settings, progress=progress)
    _tell(progress, 1)
    wide = settings if settings.budget_bytes is None else replace(settings, top_k=WIDEST)
    models = dict(fit_recipes(parts.counts, alike, settings=wide))
    if not models:
        raise Refused("training: nothing to learn from, neither a move nor a likeness")
    asked = parts.gate_steps
    gated = dict(fit_recipes(parts.gate.rest, alike, settings=wide)) if asked else {}
    gate = _accuracy({recipe: quantise(model) for recipe, model in gated.items()}, asked)
    shipped = choose(gate, among=[*models])
    _tell(progress, 2)
    fitted = fit_size(
        models[shipped],
        gated=gated.get(shipped, models[shipped]),
        steps=asked,
        budget_bytes=settings.budget_bytes,
        top_k=settings.top_k,
        progress=progress,
    )
    _tell(progress, 3)
    steps = steps_of(sequences, pages)
    tables = {recipe: quantise(model) for recipe, model in models.items()} | {shipped: fitted.table}
    queries = [query(step.recent) for step in (*asked, *steps)] or [query(()), query((0,))]
    return Trained(
        onnx_bytes=fitted.onnx_bytes,
        pages=pages,
        settings=settings,
        shipped=shipped,
        gated_on=parts.asked_on,
        gate=gate,
        accuracy=_accuracy(tables, steps),
        parity=verify_parity(fitted.onnx_bytes, queries),
        fitted=fitted,
        trials=trials,
    )


def _accuracy(tables: Mapping[Recipe, QuantisedTable], steps: Sequence[Step]) -> Mapping[Recipe, Accuracy]:
    """Every table's accuracy on the same steps; empty where there are none."""
    if not steps:
        return {}
    return {recipe: evaluate(table.scores, steps, pages=table.items) for recipe, table in tables.items()}


def _tell(progress: Progress | None, stage: int) -> None:
    if progress is not None:
        progress("training", stage, _STAGES)
