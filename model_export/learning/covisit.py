"""Next pages from ordered co-visits: "this page before that one", counted by releases."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from model_export.learning.next_page import NextPageClassifier, keep_largest, scale_rows

__all__ = ["LEAST_SHARE", "CoVisitClassifier", "keep_largest"]

LEAST_SHARE = 1e-5


class CoVisitClassifier(NextPageClassifier):
    """Learns P[i, j] = sum of w x_i [y = j] / (sum of w x_i + damping), and how much j stands out after i.

    The table holds P ** power / share ** lift.
    `power` under 1 lets several recent pages vote rather than the surest of them decide; `lift` takes from
    pages that follow everything, as TF-IDF takes from words that are everywhere.
    At 1 and 0 the table is the plain share of each next page.

    Parameters: `damping` pseudo-counts that shrink rarely seen pages towards popularity; `power` over 0 and
    at most 1; `lift` from 0 to under 1; for `top_k`, `popularity` and what is fitted see
    `NextPageClassifier`.
    """

    def __init__(
        self,
        top_k: int = 32,
        damping: float = 5.0,
        popularity: float = 0.01,
        power: float = 1.0,
        lift: float = 0.0,
    ) -> None:
        self.top_k = top_k
        self.damping = damping
        self.popularity = popularity
        self.power = power
        self.lift = lift

    def _check_parameters(self) -> None:
        if self.damping < 0 or not 0 < self.power <= 1 or not 0 <= self.lift < 1:
            raise ValueError("covisit: damping, power or lift is out of range")

    def _worth(self, share: NDArray[np.float64]) -> NDArray[np.float64]:
        # Popularity is taken from by the same lift, or else it would drown what the table says.
        return share if self.lift == 0 else np.asarray((share + LEAST_SHARE) ** (1 - self.lift))

    def _learn(self, counts: sp.csr_matrix, share: NDArray[np.float64]) -> sp.csr_matrix:
        table = self._shares(counts)
        if self.power != 1:
            table.data **= self.power
        if self.lift > 0:
            table.data /= (share[table.indices] + LEAST_SHARE) ** self.lift
        return table

    def _shares(self, counts: sp.csr_matrix) -> sp.csr_matrix:
        """The damped share of each next page."""
        return row_shares(counts, damping=self.damping)


def row_shares(counts: sp.csr_matrix, *, damping: float = 0.0) -> sp.csr_matrix:
    """Each row divided by its sum plus `damping`; empty rows stay empty."""
    sums = np.asarray(counts.sum(axis=1)).ravel() + damping
    # A page that was never visited has no row to divide.
    return scale_rows(counts, np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0))
