"""Archetypes: pages that the same visitors look at, found in aggregates through their noise."""

from __future__ import annotations

from typing import Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray
from scipy.sparse.linalg import svds
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.cluster import KMeans
from sklearn.utils import Tags
from sklearn.utils.extmath import svd_flip
from sklearn.utils.validation import check_is_fitted, check_non_negative, validate_data

UNLIKE = -1
_DENSE_SIDE = 500
_RESTARTS = 10


class ArchetypeTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Groups pages by whom they share visits with, and says how like each group a page is.

    A row of X holds the non-negative counts of one page with every other; a count is known up to noise.
    What is grouped is by how much a count exceeds the one expected from the page's and the other's totals,
    in units of its own error: (G - E) / sqrt(E + 2 noise_scale^2 + 1), nothing where no count is known.
    Noise then weighs as little as it should, where a factorisation of the counts themselves follows it.
    The excesses are reduced to `n_archetypes` dimensions, put on the unit sphere and grouped there.

    Parameters: `n_archetypes` groups at most; `noise_scale` standard deviation of the noise in a directed
    count; `fewest_pages` in a group (smaller ones are dissolved into the nearest others, as long as one is
    large enough); `random_state` of the grouping's restarts.
    Fitted: `labels_` (of each row, -1 where nothing exceeds what was expected), `centres_`
    (n_archetypes_, dimensions), `components_` (dimensions, n_features), `share_` (of each column in all
    counts), `n_archetypes_`, `n_features_in_`.
    """

    def __init__(
        self,
        n_archetypes: int = 8,
        noise_scale: float = 0.0,
        fewest_pages: int = 3,
        random_state: int | None = 0,
    ) -> None:
        self.n_archetypes = n_archetypes
        self.noise_scale = noise_scale
        self.fewest_pages = fewest_pages
        self.random_state = random_state

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        tags.input_tags.sparse = True
        return tags

    @property
    def _n_features_out(self) -> int:
        return int(self.n_archetypes_)

    def fit(self, X: ArrayLike | sp.csr_matrix, y: object = None) -> Self:  # noqa: N803 - scikit-learn's name
        """Group the rows of X (n_pages, n_features).

        Raises ValueError for negative counts, wrong shapes, and parameters out of range.
        """
        if self.n_archetypes < 1 or self.noise_scale < 0:
            raise ValueError("archetypes: at least one, and noise that is not negative")
        counts = _sparse(validate_data(self, X, accept_sparse="csr", dtype=np.float64))
        check_non_negative(counts, "ArchetypeTransformer")
        if counts.shape[0] < 2:
            raise ValueError("archetypes: a group needs more than one page; n_samples = 1")
        columns = np.asarray(counts.sum(axis=0)).ravel()
        self.share_ = columns / max(float(columns.sum()), np.finfo(float).tiny)
        excess = self._excess(counts)
        self.components_ = _directions(excess, self.n_archetypes)
        places = self._places(excess)
        known = np.flatnonzero(np.abs(places).sum(axis=1) > 0)
        groups = min(self.n_archetypes, len(np.unique(np.round(places[known], 9), axis=0)))
        self.centres_ = np.zeros((1, len(self.components_)))
        if groups:
            found = KMeans(groups, n_init=_RESTARTS, random_state=self.random_state).fit(places[known])
            self.centres_ = _on_the_sphere(found.cluster_centers_)
            large = np.bincount(self._nearest(places)[known], minlength=groups) >= self.fewest_pages
            if large.any():
                self.centres_ = self.centres_[large]
        self.n_archetypes_ = len(self.centres_)
        self.labels_ = self._nearest(places)
        return self

    def transform(self, X: ArrayLike | sp.csr_matrix) -> NDArray[np.float64]:  # noqa: N803 - scikit-learn's name
        """How like each archetype every row is: (n_rows, n_archetypes_) cosines, nothing below 0."""
        check_is_fitted(self)
        counts = _sparse(validate_data(self, X, accept_sparse="csr", dtype=np.float64, reset=False))
        check_non_negative(counts, "ArchetypeTransformer")
        return np.asarray(np.maximum(self._places(self._excess(counts)) @ self.centres_.T, 0.0))

    def predict(self, X: ArrayLike | sp.csr_matrix) -> NDArray[np.int64]:  # noqa: N803 - scikit-learn's name
        """The archetype that each row is most like; -1 where nothing is known."""
        check_is_fitted(self)
        counts = _sparse(validate_data(self, X, accept_sparse="csr", dtype=np.float64, reset=False))
        return self._nearest(self._places(self._excess(counts)))

    def _excess(self, counts: sp.csr_matrix) -> sp.csr_matrix:
        """By how many errors each known count exceeds the expected one; others are nothing."""
        cells = sp.coo_matrix(counts)
        rows, columns = cells.coords
        totals = np.asarray(counts.sum(axis=1)).ravel()
        expected = totals[rows] * self.share_[columns]
        excess = (cells.data - expected) / np.sqrt(expected + 2 * self.noise_scale**2 + 1)
        kept = excess > 0
        return sp.csr_matrix((excess[kept], (rows[kept], columns[kept])), shape=counts.shape)

    def _places(self, excess: sp.csr_matrix) -> NDArray[np.float64]:
        # Rounded, so that no group hangs on the order in which a processor adds.
        return np.round(_on_the_sphere(np.asarray(excess @ self.components_.T)), 9)

    def _nearest(self, places: NDArray[np.float64]) -> NDArray[np.int64]:
        alike = places @ self.centres_.T
        known = np.abs(places).sum(axis=1) > 0
        return np.where(known, alike.argmax(axis=1), UNLIKE).astype(np.int64)


def _directions(excess: sp.csr_matrix, wanted: int) -> NDArray[np.float64]:
    """The leading right singular vectors of `excess`, at most `wanted`: (dimensions, n_features)."""
    # Rows and columns of nothing cost time and change no direction.
    rows, columns = np.unique(excess.nonzero()[0]), np.unique(excess.nonzero()[1])
    full = np.zeros((min(wanted, *excess.shape), excess.shape[1]))
    if not rows.size:
        return full
    known = excess[rows][:, columns]
    dimensions = min(wanted, *known.shape)
    if min(known.shape) <= max(_DENSE_SIDE, dimensions + 1):
        left, _, right = np.linalg.svd(known.toarray(), full_matrices=False)
    else:
        left, strength, right = svds(known, k=dimensions, v0=np.ones(min(known.shape)))
        order = np.argsort(-strength)
        left, right = left[:, order], right[order]
    _, right = svd_flip(left, right)
    full[:dimensions, columns] = right[:dimensions]
    return full


def _on_the_sphere(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.divide(rows, length, out=np.zeros_like(rows), where=length > 1e-9))


def _sparse(counts: NDArray[np.float64] | sp.csr_matrix) -> sp.csr_matrix:
    matrix = sp.csr_matrix(counts)
    matrix.sum_duplicates()
    return matrix
