"""Unordered co-visits: the local regressions are EASE where they see everything, and stay local where not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from model_export.learning.covisit import CoVisitClassifier, row_shares
from model_export.learning.item_to_item import ItemToItemClassifier, regress_locally, symmetric
from model_export.learning.mixing import MixtureClassifier
from model_export.learning.samples import samples_from

SIZE = 12


def counts(seed: int = 0) -> sp.csr_matrix:
    """Random counts of ordered pairs."""
    made = np.random.default_rng(seed).poisson(3.0, (SIZE, SIZE)).astype(float)
    np.fill_diagonal(made, 0)
    return sp.csr_matrix(made)


def test_with_all_pages_for_neighbours_it_is_ease() -> None:
    """The closed form of H. Steck (2019), equation 8, without its negative weights."""
    gram = symmetric(counts(), np.arange(SIZE))
    assert gram is not None
    sums = np.asarray(gram.sum(axis=1)).ravel()
    inverse = np.linalg.inv(gram.toarray() + np.diag(sums + 7.0))
    ease = -inverse / np.diag(inverse)
    np.fill_diagonal(ease, 0)
    found = regress_locally(gram, sums, neighbours=SIZE, ridge=7.0).toarray()
    assert found == pytest.approx(np.maximum(ease, 0), abs=1e-8)
    assert (ease > 0).any()


def test_each_regression_sees_its_neighbours_alone() -> None:
    """With three neighbours no page is foretold by more than three."""
    gram = symmetric(counts(), np.arange(SIZE))
    assert gram is not None
    sums = np.asarray(gram.sum(axis=1)).ravel()
    found = regress_locally(gram, sums, neighbours=3, ridge=7.0)
    assert np.diff(found.tocsc().indptr).max() <= 3


def test_order_is_nothing_to_it() -> None:
    """Counts and counts turned round teach the same."""
    tables = []
    for cells in (counts(), counts().T.tocsr()):
        samples = samples_from(cells)
        model = ItemToItemClassifier().fit(samples.visited, samples.followed, samples.weight)
        tables.append(model.table_.toarray())
    assert tables[0] == pytest.approx(tables[1])


def test_noise_under_the_soft_threshold_is_not_learnt_from() -> None:
    """A count of G that is no more than `soft` makes no neighbour."""
    cells = sp.csr_matrix(([1.0, 9.0], ([0, 0], [1, 2])), shape=(3, 3))
    samples = samples_from(cells)
    model = ItemToItemClassifier(soft=2.0).fit(samples.visited, samples.followed, samples.weight)
    row = dict(zip(model.classes_[model.table_[0].indices].tolist(), model.table_[0].data, strict=True))
    assert set(row) == {2}


def test_classes_that_are_no_pages_are_learnt_in_order() -> None:
    """Names cannot be turned round: then it is the damped share."""
    cells = counts()
    samples = samples_from(cells)
    names = np.array([f"page {page}" for page in range(SIZE)])[samples.followed]
    model = ItemToItemClassifier(top_k=SIZE).fit(samples.visited, names, samples.weight)
    expected = CoVisitClassifier(top_k=SIZE).fit(samples.visited, names, samples.weight)
    assert (model.table_ != expected.table_).nnz == 0


def test_a_mixture_lies_between_its_parts() -> None:
    """At 0 it is the one, at 1 the other, and between them the weighted mean."""
    samples = samples_from(counts())

    def table(mix: float) -> np.ndarray:
        model = MixtureClassifier(top_k=SIZE, mix=mix)
        return np.asarray(model.fit(samples.visited, samples.followed, samples.weight).table_.toarray())

    ordered = CoVisitClassifier(top_k=SIZE).fit(samples.visited, samples.followed, samples.weight)
    unordered = ItemToItemClassifier(top_k=SIZE).fit(samples.visited, samples.followed, samples.weight)
    assert table(0) == pytest.approx(ordered.table_.toarray())
    assert table(1) == pytest.approx(unordered.table_.toarray())
    assert table(0.25) == pytest.approx(0.75 * table(0) + 0.25 * table(1))


@pytest.mark.parametrize("wrong", [{"neighbours": 0}, {"ridge": 0.0}, {"soft": -1.0}, {"damping": -1.0}])
def test_senseless_parameters_are_refused(wrong: dict[str, Any]) -> None:
    """Before anything is learnt."""
    samples = samples_from(counts())
    with pytest.raises(ValueError, match=r"^item to item: "):
        ItemToItemClassifier(**wrong).fit(samples.visited, samples.followed)


def test_rows_share_out_what_damping_leaves() -> None:
    """A row of shares sums to less than 1, by its damping; an empty row to nothing."""
    table = row_shares(sp.csr_matrix(np.array([[3.0, 2.0], [0.0, 0.0]])), damping=5.0)
    assert table.toarray() == pytest.approx(np.array([[0.3, 0.2], [0, 0]]))
