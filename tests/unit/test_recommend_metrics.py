"""What the recommender's benchmark measures, against figures worked out by hand and by scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from benchmarks.recommend.metrics import Ranking, concentration, coverage, rank

PAGES = 12


def ranking(*places: int) -> Ranking:
    """A ranking whose answers stand at these places."""
    return Ranking(np.array(places), np.zeros((len(places), 10), dtype=np.int64))


def test_a_hit_is_an_answer_among_the_first_five() -> None:
    """Places 1 and 5 hit, 6 does not."""
    assert ranking(1, 5, 6).hits.tolist() == [1.0, 1.0, 0.0]


def test_gains_fall_with_the_logarithm_of_the_place() -> None:
    """Place 1 gains one, place 3 a half, place 11 nothing."""
    assert ranking(1, 3, 11).gains.tolist() == [1.0, 0.5, 0.0]


def test_reciprocals_never_end() -> None:
    """One over the place, beyond the first ten too."""
    assert ranking(1, 4, 20).reciprocals.tolist() == [1.0, 0.25, 0.05]


@settings(max_examples=40)
@given(st.permutations(range(PAGES)), st.integers(0, PAGES - 1))
def test_gains_are_those_of_scikit_learn(order: list[int], target: int) -> None:
    """With one relevant page NDCG@10 is what scikit-learn says."""
    scores = np.array([order], dtype=np.float64)
    relevant = np.zeros((1, PAGES))
    relevant[0, target] = 1
    found = rank(scores, [()], np.array([target]), ties=np.zeros(PAGES))
    assert found.gains[0] == pytest.approx(ndcg_score(relevant, scores, k=10))


def test_all_pages_but_those_seen_are_ranked() -> None:
    """The best scored page was seen: the next one stands first, the answer third of the other three."""
    scores = np.array([[9.0, 8.0, 7.0, 6.0]])
    found = rank(scores, [(0,)], np.array([3]), ties=np.zeros(4))
    assert found.places.tolist() == [3]
    assert found.shown[0].tolist() == [1, 2, 3, -1]


def test_equal_scores_are_ordered_by_popularity_then_index() -> None:
    """A peer that knows nothing shows what is popular."""
    found = rank(np.zeros((1, 4)), [()], np.array([0]), ties=np.array([1.0, 5.0, 5.0, 0.0]))
    assert found.shown[0].tolist() == [1, 2, 0, 3]
    assert found.places.tolist() == [3]


@pytest.mark.parametrize("scores", [np.zeros((1, 3)), np.array([[0.0, np.nan, 0.0, 0.0]])])
def test_who_leaves_a_page_out_is_not_ranked(scores: np.ndarray) -> None:
    """Too few pages, or no score for one of them: a contender must rank the whole catalogue."""
    with pytest.raises(ValueError, match="every page of the catalogue"):
        rank(scores, [()], np.array([0]), ties=np.zeros(4))


def test_an_answer_that_was_seen_is_no_question() -> None:
    """It could never be ranked."""
    with pytest.raises(ValueError, match="its own history"):
        rank(np.zeros((1, 4)), [(2,)], np.array([2]), ties=np.zeros(4))


def test_coverage_is_the_share_of_pages_that_anyone_is_shown() -> None:
    """Three of four pages; a missing one (-1) is no page."""
    assert coverage(np.array([[0, 1, -1], [0, 3, -1]]), 4) == 0.75


def test_concentration_runs_from_all_alike_to_one_for_everybody() -> None:
    """All alike is 0, one page of n is 1 - 1/n, and 1, 1, 2 of three pages is 1/6 by hand."""
    assert concentration(np.array([[0, 1, 2, 3]]), 4) == pytest.approx(0)
    assert concentration(np.array([[2], [2], [2]]), 4) == pytest.approx(0.75)
    assert concentration(np.array([[0, 1, 2, 2]]), 3) == pytest.approx(1 / 6)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=40))
def test_concentration_is_half_the_mean_difference_over_the_mean(shown: list[int]) -> None:
    """The definition of the Gini coefficient, pair by pair."""
    counts = np.bincount(shown, minlength=7)
    slow = np.abs(counts[:, None] - counts[None, :]).mean() / (2 * counts.mean())
    assert concentration(np.array([shown]), 7) == pytest.approx(slow)
