"""Which recipe ships: the one that foretells counts best that it was not trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import scipy.sparse as sp

from edge_client.wire.paths import ItemId
from edge_client.wire.release import Release
from model_export.choosing.holding_out import SHARE, HeldOut, hold_out
from model_export.learning.drift import ages_of
from model_export.learning.evaluate import Accuracy, Step
from model_export.learning.recipes import Recipe
from model_export.learning.samples import moves_of

NEWEST = "the newest release"
THINNED = "a share of the released counts"
NOTHING = "nothing"

_GATE_SEED, _TUNING_SEED = 0, 1


@dataclass(frozen=True, slots=True)
class Split:
    """All counts, and three parts of them: what the gate asks, what tuning asks, and what is left for both.

    Tuning never sees what the gate will ask: all of `tuning` is part of `gate.rest`.
    """

    counts: sp.csr_matrix
    gate: HeldOut
    tuning: HeldOut
    asked_on: str

    @property
    def gate_steps(self) -> tuple[Step, ...]:
        """The gate's questions."""
        return self.gate.steps_again(seed=_GATE_SEED)


def split(
    releases: Sequence[Release],
    pages: Sequence[ItemId],
    *,
    renamed: Mapping[ItemId, ItemId] | None = None,
    half_life_days: float | None = None,
) -> Split:
    """Split what the releases count.

    Where one period follows another the gate asks the newest release, whose noise is its own; else it asks a
    share of the counts.
    """

    def counts_of(some: Sequence[Release]) -> sp.csr_matrix:
        return moves_of(some, pages, renamed=renamed, half_life_days=half_life_days)

    counts = counts_of(releases)
    ages = ages_of(releases)
    earlier = [release for release, age in zip(releases, ages, strict=True) if age > 0]
    newest = [release for release, age in zip(releases, ages, strict=True) if age == 0]
    held = HeldOut(counts_of(earlier), counts_of(newest), sp.csr_matrix(counts.shape))
    # A newest release that is nearly all there is leaves nothing to foretell it from.
    enough = held.rest.sum() >= SHARE * counts.sum() and held.again.nnz > 0 and held.rest.nnz > 0
    if not enough:
        held = hold_out(counts, seed=_GATE_SEED)
    tuning = hold_out(held.rest, seed=_TUNING_SEED, unseen=SHARE)
    asked_on = NEWEST if enough else THINNED if held.again.nnz else NOTHING
    return Split(counts, held, tuning, asked_on)


def choose(found: Mapping[Recipe, Accuracy], *, among: Sequence[Recipe]) -> Recipe:
    """The first of the recipes, in their order, that none beats: co-visits must lose to be replaced."""
    order = [recipe for recipe in Recipe if recipe in among]
    return max(order, key=lambda recipe: found[recipe].hit.mean if recipe in found else 0.0)
