"""Where the page that came next stands in a ranking of the whole catalogue, and which pages get shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.recommend.rows import Walk

HIT_AT = 5
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Ranking:
    """Of n questions each answer's place, from 1, and the first `SHOWN` pages (n, 10); -1 where none."""

    places: NDArray[np.int64]
    shown: NDArray[np.int64]

    @property
    def hits(self) -> NDArray[np.float64]:
        """Hit@5, which is R@5 with one answer a question."""
        return (self.places <= HIT_AT).astype(np.float64)

    @property
    def gains(self) -> NDArray[np.float64]:
        """NDCG@10 with one relevant page: 1 / log2(place + 1) (Jarvelin and Kekalainen 2002)."""
        return np.where(self.places <= SHOWN, 1 / np.log2(self.places + 1), 0.0)

    @property
    def reciprocals(self) -> NDArray[np.float64]:
        """One over the place, however far down: the mean is MRR."""
        return 1 / self.places


def rank(
    scores: NDArray[np.floating],
    histories: Sequence[Walk],
    targets: NDArray[np.int64],
    *,
    ties: NDArray[np.float64],
) -> Ranking:
    """Rank all pages by falling score (n, pages), pages of the history left out.

    Equal scores are ordered by falling `ties` (a page's popularity in training), then by index.
    Raises ValueError unless every page has a finite score in every row and no answer was seen before.
    """
    if scores.shape != (len(histories), len(ties)) or not np.isfinite(scores).all():
        raise ValueError("ranking: not one finite score for every page of the catalogue")
    # Columns in the order of ties, so that a stable sort leaves equals in it.
    order = np.lexsort((np.arange(len(ties)), -ties))
    masked = np.array(scores, dtype=np.float64)
    for row, history in enumerate(histories):
        masked[row, list(history)] = -np.inf
    if np.isneginf(masked[np.arange(len(targets)), targets]).any():
        raise ValueError("ranking: an answer is in its own history")
    ranked = order[np.argsort(-masked[:, order], axis=1, kind="stable")]
    places = (ranked == targets[:, None]).argmax(axis=1) + 1
    shown = ranked[:, :SHOWN].copy()
    shown[np.isneginf(np.take_along_axis(masked, shown, axis=1))] = -1
    return Ranking(places, shown)


def coverage(shown: NDArray[np.int64], pages: int) -> float:
    """The share of the catalogue that was among the first ten of any question."""
    return len(np.unique(shown[shown >= 0])) / pages


def concentration(shown: NDArray[np.int64], pages: int) -> float:
    """The Gini coefficient of how often each page is shown: 0 all alike, near 1 the same few for all."""
    counts = np.sort(np.bincount(shown[shown >= 0], minlength=pages).astype(np.float64))
    if not counts.sum():
        return 0.0
    return float(2 * (np.arange(1, pages + 1) * counts).sum() / (pages * counts.sum()) - (pages + 1) / pages)
