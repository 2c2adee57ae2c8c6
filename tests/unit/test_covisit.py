"""The classifier is a scikit-learn estimator, and learns what its formula says."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.base import BaseEstimator
from sklearn.utils.estimator_checks import parametrize_with_checks

from model_export.learning.covisit import CoVisitClassifier
from model_export.learning.item_to_item import ItemToItemClassifier
from model_export.learning.mixing import MixtureClassifier
from model_export.learning.next_page import keep_largest

# Three pages; "from 0 to 1, six times", "from 0 to 2, three times", "from 2 to 1, once".
VISITED = sp.csr_matrix(np.eye(3)[[0, 0, 2]])
FOLLOWED = np.array([1, 2, 1])
TIMES = np.array([6.0, 3.0, 1.0])


@parametrize_with_checks(
    [
        CoVisitClassifier(),
        CoVisitClassifier(power=0.8, lift=0.15),
        ItemToItemClassifier(),
        MixtureClassifier(),
    ]
)
def test_it_keeps_scikit_learns_promises(
    estimator: BaseEstimator, check: Callable[[BaseEstimator], None]
) -> None:
    """Every check of scikit-learn's own passes, none is expected to fail.

    The estimator says of itself that it wants positive input and scores poorly on toy problems: it ranks next
    pages by what was visited, and cannot draw a boundary inside one feature's range.
    """
    check(estimator)


def test_it_learns_the_formula() -> None:
    """W is the share of each next page, shrunk by the damping; popularity is added."""
    model = CoVisitClassifier(damping=1.0, popularity=0.5).fit(VISITED, FOLLOWED, TIMES)
    assert model.classes_.tolist() == [1, 2]
    assert model.table_.toarray() == pytest.approx(np.array([[0.6, 0.3], [0, 0], [0.5, 0]]))
    assert model.scores([[1, 0, 0.5]]) == pytest.approx(np.array([[0.6 + 0.25 + 0.35, 0.3 + 0.15]]))
    assert model.predict([[1, 0, 0]]).tolist() == [1]


def test_a_cell_is_as_good_as_its_rows() -> None:
    """A count as a weight trains the model that the same rows, written out, would train."""
    rows = np.repeat([0, 1, 2], TIMES.astype(int))
    weighed = CoVisitClassifier().fit(VISITED, FOLLOWED, TIMES)
    written_out = CoVisitClassifier().fit(VISITED[rows], FOLLOWED[rows])
    assert weighed.table_.toarray() == pytest.approx(written_out.table_.toarray())
    assert weighed.share_ == pytest.approx(written_out.share_)


def test_only_the_largest_of_a_row_are_kept() -> None:
    """Of equal values the lowest column wins, so that training is one and the same everywhere."""
    table = sp.csr_matrix(np.array([[1.0, 3.0, 3.0, 2.0], [0.0, 0.0, 0.0, 5.0]]))
    assert keep_largest(table, 2).toarray().tolist() == [[0, 3, 3, 0], [0, 0, 0, 5]]
    assert keep_largest(sp.csr_matrix(np.array([[2.0, 2.0, 2.0]])), 2).toarray().tolist() == [[2, 2, 0]]


def test_negative_history_and_senseless_parameters_are_refused() -> None:
    """A weight of a visit is never negative, and a model without neighbours is none."""
    with pytest.raises(ValueError, match="Negative values"):
        CoVisitClassifier().fit([[-1.0], [1.0]], [0, 1])
    for wrong in ({"top_k": 0}, {"damping": -1.0}, {"popularity": 0.0}, {"power": 0.0}, {"lift": 1.0}):
        with pytest.raises(ValueError, match=r"^(classifier|covisit): "):
            CoVisitClassifier(**wrong).fit(VISITED, FOLLOWED)
