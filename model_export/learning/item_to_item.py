"""Next pages from unordered co-visits: for sites that know which pages go together, not in which order."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from model_export.learning.covisit import row_shares
from model_export.learning.next_page import NextPageClassifier, keep_largest, scale_rows


class ItemToItemClassifier(NextPageClassifier):
    """A ridge regression of each page on the pages that are visited with it most.

    The counts are taken both ways round (G = C + C transposed) where classes are page indexes.
    For each page j, its `neighbours` by cosine, N, give B[N, j] = (G[N, N] + ridge) ** -1 G[N, j]: what EASE
    (H. Steck, "Embarrassingly shallow autoencoders for sparse data", 2019) solves for all pages at once, in
    time and memory that grow with the number of pages instead of its cube and square.
    G's diagonal, which pairs do not tell, is each page's sum of pairs.
    Negative coefficients are dropped, and rows are made to sum to 1 less what `damping` takes.

    Parameters: `neighbours` at most in a regression; `ridge` added to the diagonal; `soft` taken from every
    count of G before all, about 1.5 deviations of its noise; `damping` as in `CoVisitClassifier`; for
    `top_k`, `popularity` and what is fitted see `NextPageClassifier`.
    """

    def __init__(
        self,
        top_k: int = 32,
        damping: float = 5.0,
        popularity: float = 0.01,
        neighbours: int = 50,
        ridge: float = 50.0,
        soft: float = 0.0,
    ) -> None:
        self.top_k = top_k
        self.damping = damping
        self.popularity = popularity
        self.neighbours = neighbours
        self.ridge = ridge
        self.soft = soft

    def _check_parameters(self) -> None:
        if self.neighbours < 1 or self.ridge <= 0 or self.soft < 0 or self.damping < 0:
            raise ValueError(
                "item to item: neighbours and ridge must be positive, soft and damping not negative"
            )

    def _learn(self, counts: sp.csr_matrix, share: NDArray[np.float64]) -> sp.csr_matrix:
        return self.shares_of(counts, self.classes_)

    def shares_of(self, counts: sp.csr_matrix, classes: NDArray[np.int64]) -> sp.csr_matrix:
        """The table before only its largest entries are kept, from counts (pages, classes)."""
        gram = symmetric(counts, classes)
        if gram is None:
            # Classes that are no pages have no way round to be taken.
            return row_shares(counts, damping=self.damping)
        gram.data = np.maximum(gram.data - self.soft, 0.0)
        gram.eliminate_zeros()
        sums = np.asarray(gram.sum(axis=1)).ravel()
        fitted = regress_locally(gram, sums, neighbours=self.neighbours, ridge=self.ridge)
        weighed = scale_rows(row_shares(fitted), sums / (sums + max(self.damping, np.finfo(float).tiny)))
        return sp.csr_matrix(weighed[:, classes])


def symmetric(counts: sp.csr_matrix, classes: NDArray[np.int64]) -> sp.csr_matrix | None:
    """Counts (pages, classes) both ways round, (pages, pages); None where classes are not page indexes."""
    pages = counts.shape[0]
    if classes.dtype.kind not in "iu" or classes.min() < 0 or classes.max() >= pages:
        return None
    cells = sp.coo_matrix(counts)
    rows, columns = cells.coords
    square = sp.csr_matrix((cells.data, (rows, classes[columns])), shape=(pages, pages))
    square.setdiag(0)
    both = sp.csr_matrix(square + square.T)
    both.eliminate_zeros()
    return both


def regress_locally(
    gram: sp.csr_matrix, sums: NDArray[np.float64], *, neighbours: int, ridge: float
) -> sp.csr_matrix:
    """The coefficients B of `ItemToItemClassifier`, without the negative ones: sparse (pages, pages)."""
    inverse = np.divide(1.0, np.sqrt(sums), out=np.zeros_like(sums), where=sums > 0)
    nearest = keep_largest(sp.csr_matrix(scale_rows(gram, inverse) @ sp.diags_array(inverse)), neighbours)
    rows, columns, values = [], [], []
    for page, (start, end) in enumerate(zip(nearest.indptr, nearest.indptr[1:], strict=False)):
        near = nearest.indices[start:end]
        if not near.size:
            continue
        local = gram[near][:, near].toarray()
        local[np.diag_indices_from(local)] = sums[near] + ridge
        # Rounded, so that no order in which a processor adds can show.
        solved = np.round(np.linalg.solve(local, gram[page, near].toarray().ravel()), 9)
        kept = solved > 0
        rows.append(near[kept])
        columns.append(np.full(int(kept.sum()), page))
        values.append(solved[kept])
    if not rows:
        return sp.csr_matrix(gram.shape)
    return sp.csr_matrix(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=gram.shape
    )
