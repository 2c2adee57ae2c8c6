"""What a sparse table leaves out, as a few factors: two thin tables in eight bits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

ROUNDS = 4
_MOST_LEVEL = 127


@dataclass(frozen=True, slots=True)
class LowRank:
    """`left` (pages, rank) and `right` (rank, pages), from -127 to 127; `factor` (rank,) scales each."""

    left: NDArray[np.int8]
    right: NDArray[np.int8]
    factor: NDArray[np.float32]

    @property
    def rank(self) -> int:
        """How many factors there are; none adds nothing."""
        return len(self.factor)

    def added_to(
        self, scores: NDArray[np.float32], recent: NDArray[np.int64], weights: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """`scores` and what the factors add to them, never less than nothing.

        Every sum is taken in one order, so that a runtime that keeps it gets the same bits.
        """
        if not self.rank:
            return scores
        hidden = np.zeros(self.rank, dtype=np.float32)
        for page, weight in zip(recent, weights, strict=True):
            hidden += self.left[page].astype(np.float32) * np.float32(weight)
        added = np.zeros(len(scores), dtype=np.float32)
        for value, row in zip(hidden * self.factor, self.right, strict=True):
            added += row.astype(np.float32) * value
        return scores + np.maximum(added, np.float32(0))

    def matrix(self) -> NDArray[np.float64]:
        """The left factors with their scales, (pages, rank): times `right` it is what is added."""
        return np.asarray(self.left.astype(np.float64) * self.factor)


def no_rank(pages: int, rank: int = 0) -> LowRank:
    """Factors that add nothing."""
    return LowRank(
        np.zeros((pages, rank), dtype=np.int8),
        np.zeros((rank, pages), dtype=np.int8),
        np.zeros(rank, dtype=np.float32),
    )


def low_rank(table: sp.csr_matrix, rank: int) -> LowRank:
    """The `rank` factors that lie closest to `table`, by subspace iteration (Halko et al. 2011, section 4.5).

    The start is drawn with a fixed seed and no product goes through a threaded library, so that the same
    table makes the same bytes.
    """
    pages = table.shape[0]
    rank = min(rank, pages)
    if rank < 1 or not table.nnz:
        return no_rank(pages)
    basis = _orthonormal(table @ np.random.default_rng(0).standard_normal((pages, rank)))
    turned = sp.csr_matrix(table.T)
    for _ in range(ROUNDS):
        basis = _orthonormal(table @ _orthonormal(turned @ basis))
    right = np.asarray(turned @ basis).T
    left_most, right_most = np.abs(basis).max(axis=0), np.abs(right).max(axis=1)
    used = (left_most > 0) & (right_most > 0)
    return LowRank(
        np.round(basis[:, used] / left_most[used] * _MOST_LEVEL).astype(np.int8),
        np.round(right[used] / right_most[used, None] * _MOST_LEVEL).astype(np.int8),
        (left_most[used] * right_most[used] / _MOST_LEVEL**2).astype(np.float32),
    )


def _orthonormal(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """The columns made orthogonal and of length 1, twice over for rounding; a dependent one becomes zero."""
    kept = np.array(columns, dtype=np.float64)
    for at in range(kept.shape[1]):
        before = np.sqrt((kept[:, at] ** 2).sum())
        for _ in range(2):
            for earlier in range(at):
                kept[:, at] -= (kept[:, earlier] * kept[:, at]).sum() * kept[:, earlier]
        length = np.sqrt((kept[:, at] ** 2).sum())
        kept[:, at] = kept[:, at] / length if length > 1e-12 * max(before, 1e-300) else 0.0
    return kept
