"""What every next-page classifier shares: rows of pages in, a sparse table and a popularity out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, check_non_negative, validate_data

Matrix = NDArray[np.float64] | sp.csr_matrix


class NextPageClassifier(ClassifierMixin, BaseEstimator, ABC):  # type: ignore[misc]  # scikit-learn has no types
    """Scores every page as the next one, from the pages of a visit; subclasses say what they learn.

    A row of X holds a non-negative weight for each page of a visit, y names the page that followed, and
    `sample_weight` says how often.
    An aggregate cell "from a to b, n times" is the row one-hot(a) with y = b and weight n.
    Scores are X @ `table_` + `popularity` * `share_`.

    Parameters that all have: `top_k` neighbours kept a page; `popularity` weight of what is wanted overall.
    Fitted: `classes_`, `table_` (sparse, not negative, pages by classes), `share_` (of each class, or what
    rises with it), `n_features_in_`.
    """

    top_k: int
    popularity: float

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        tags.input_tags.sparse = True
        # It ranks next pages by what was visited: a class boundary inside one feature's range is beyond it.
        tags.classifier_tags.poor_score = True
        return tags

    def fit(self, X: ArrayLike | sp.csr_matrix, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:  # noqa: N803 - scikit-learn's name
        """Learn from rows of page weights X (n_samples, n_pages), next pages y and their counts.

        Raises ValueError for negative weights, wrong shapes, and parameters out of range.
        """
        if self.top_k < 1 or self.popularity <= 0:
            raise ValueError("classifier: top_k and popularity must be positive")
        self._check_parameters()
        matrix, target = validate_data(self, X, y, accept_sparse="csr", dtype=np.float64)
        check_non_negative(matrix, type(self).__name__)
        check_classification_targets(target)
        weight = _check_sample_weight(sample_weight, matrix, dtype=np.float64, ensure_non_negative=True)
        self.classes_, code = np.unique(target, return_inverse=True)
        rows = np.arange(len(code))
        followed = sp.csr_matrix((weight, (rows, code)), shape=(len(code), len(self.classes_)))
        counts = sp.csr_matrix(sp.csr_matrix(matrix).T @ followed)
        counts.eliminate_zeros()
        share = np.asarray(followed.sum(axis=0)).ravel() / max(float(weight.sum()), np.finfo(float).tiny)
        self.share_ = self._worth(share)
        self.table_ = keep_largest(self._learn(counts, share), self.top_k)
        return self

    def scores(self, X: ArrayLike | sp.csr_matrix) -> NDArray[np.float64]:  # noqa: N803 - scikit-learn's name
        """The score of every class for every row of X: (n_samples, n_classes), larger is likelier."""
        check_is_fitted(self)
        matrix = validate_data(self, X, accept_sparse="csr", dtype=np.float64, reset=False)
        check_non_negative(matrix, type(self).__name__)
        learned = np.asarray((sp.csr_matrix(matrix) @ self.table_).todense())
        return np.asarray(learned + self.popularity * self.share_)

    def predict_proba(self, X: ArrayLike | sp.csr_matrix) -> NDArray[np.float64]:  # noqa: N803 - scikit-learn's name
        """The scores of every row divided by their sum."""
        scores = self.scores(X)
        return np.asarray(scores / scores.sum(axis=1, keepdims=True))

    def predict(self, X: ArrayLike | sp.csr_matrix) -> NDArray[Any]:  # noqa: N803 - scikit-learn's name
        """The likeliest next page for every row of X."""
        # The scores come first: they say by name that an estimator is not fitted.
        best = self.scores(X).argmax(axis=1)
        return np.asarray(self.classes_[best])

    def _check_parameters(self) -> None:
        """Raise ValueError for a parameter of the subclass that is out of range."""

    def _worth(self, share: NDArray[np.float64]) -> NDArray[np.float64]:
        """What `share_` becomes, from each class's share of all that followed."""
        return share

    @abstractmethod
    def _learn(self, counts: sp.csr_matrix, share: NDArray[np.float64]) -> sp.csr_matrix:
        """The table, from counts (pages, classes) and each class's share."""


def keep_largest(table: sp.csr_matrix, top_k: int) -> sp.csr_matrix:
    """The `top_k` largest entries of each row; of equal ones those of the lowest columns."""
    table.sort_indices()
    kept = [
        start + _places_of_largest(table.data[start:end], top_k)
        for start, end in zip(table.indptr, table.indptr[1:], strict=False)
    ]
    lengths = [len(row) for row in kept]
    order = np.concatenate(kept) if kept else np.empty(0, dtype=np.int64)
    return sp.csr_matrix(
        (table.data[order], table.indices[order], np.concatenate([[0], np.cumsum(lengths)])),
        shape=table.shape,
    )


def _places_of_largest(values: NDArray[np.float64], number: int) -> NDArray[np.int64]:
    """The places of the `number` largest of a row, rising; of equal ones the first."""
    if len(values) <= number:
        return np.arange(len(values))
    # Few reach the last place's value: only those are put in order.
    reach = np.flatnonzero(values >= np.partition(values, len(values) - number)[len(values) - number])
    if len(reach) > number:
        reach = np.sort(reach[np.argsort(-values[reach], kind="stable")[:number]])
    return reach


def scale_rows(table: sp.csr_matrix, factor: NDArray[np.float64]) -> sp.csr_matrix:
    """Each row multiplied by its factor."""
    return sp.csr_matrix(sp.diags_array(factor) @ table)
