"""The evaluation asks what it says it asks, and cannot be pleased by accident."""

from __future__ import annotations

import math

import numpy as np
import pytest

from edge_client.wire.paths import ItemId
from model_export.learning.evaluate import Step, evaluate, query, resample, steps_of

PAGES = tuple(ItemId(f"/{number}") for number in range(8))


def pages(*numbers: int) -> tuple[ItemId, ...]:
    """Pages by number; 9 and above are outside the model."""
    return tuple(ItemId(f"/{number}") for number in numbers)


def test_every_step_to_a_new_page_is_a_question() -> None:
    """Coming back to a page is no question; what is known is distinct, most recent first."""
    assert steps_of([pages(0, 1, 0, 2)], PAGES) == (
        Step(0, (0,), frozenset({0}), 1),
        Step(0, (0, 1), frozenset({0, 1}), 2),
    )


def test_only_the_last_five_known_pages_are_given() -> None:
    """A page that the model does not have is skipped in history, and is an answer nobody can give."""
    (*_, last) = steps_of([pages(0, 1, 2, 3, 4, 99, 5, 98)], PAGES)
    assert last == Step(0, (5, 4, 3, 2, 1), frozenset(range(6)), None)


def test_a_page_that_stands_for_many_is_never_asked_for() -> None:
    """It can be known, but there is nothing to recommend."""
    many = ItemId("/born/:date")
    assert [step.target for step in steps_of([(PAGES[0], many, PAGES[1])], (*PAGES, many))] == [1]


def test_hits_and_gains_are_counted_by_place() -> None:
    """Fifth place is a hit at five, sixth is not; the gain falls with the logarithm of the place."""
    scores = np.array([0, 8, 7, 6, 5, 4, 3, 2], dtype=np.float32)

    def asked(target: int | None) -> tuple[float, float]:
        found = evaluate(lambda recent, weights: scores, [Step(0, (0,), frozenset({0}), target)], pages=8)
        return found.hit.mean, found.ndcg.mean

    assert asked(1) == (1, 1)
    assert asked(5) == (1, pytest.approx(1 / math.log2(6)))
    assert asked(6) == (0, pytest.approx(1 / math.log2(7)))
    assert asked(None) == (0, 0)


def test_seen_pages_are_masked() -> None:
    """A page already open is not recommended, whatever its score."""
    scores = np.array([9, 8, 0, 0, 0, 0, 0, 0], dtype=np.float32)
    found = evaluate(lambda recent, weights: scores, [Step(0, (0, 1), frozenset({0, 1}), 2)], pages=8)
    assert found.hit.mean == 1


def test_steps_out_of_reach_are_misses_among_all_steps_only() -> None:
    """Both figures are told: the harder one counts pages that the model cannot name."""
    scores = np.array([0, 8, 7, 6, 5, 4, 3, 2], dtype=np.float32)
    steps = [Step(0, (0,), frozenset({0}), 1), Step(1, (0,), frozenset({0}), None)]
    found = evaluate(lambda recent, weights: scores, steps, pages=8)
    assert (found.hit.mean, found.hit_reachable.mean) == (0.5, 1)
    assert (found.steps, found.reachable) == (2, 1)


def test_coverage_is_the_share_of_pages_ever_named() -> None:
    """A model that always names the same ten covers those."""
    scores = np.arange(40, dtype=np.float32)
    steps = [Step(0, (at,), frozenset({at}), 1) for at in range(5)]
    assert evaluate(lambda recent, weights: scores, steps, pages=40).coverage == 0.25


def test_the_interval_keeps_a_sessions_steps_together() -> None:
    """A hundred equal steps of two sessions say no more than two sessions do."""
    values = np.repeat([0.0, 1.0], 50)
    assert resample(values, np.repeat([0, 1], 50)).high == 1
    assert resample(values, np.repeat([0, 1], 50)).low == 0
    independent = resample(values, np.arange(100))
    assert 0.38 < independent.low < 0.45 < 0.55 < independent.high < 0.62


def test_the_inputs_decay_with_age() -> None:
    """The newest page weighs 1, the one before 0.6; nothing known is two empty inputs."""
    recent, weights = query((4, 2))
    assert recent.tolist() == [4, 2]
    assert weights == pytest.approx(np.array([1, 0.6]))
    assert [len(part) for part in query(())] == [0, 0]


def test_nothing_to_ask_is_an_error() -> None:
    """No figure is made up from no step."""
    with pytest.raises(ValueError, match=r"^evaluation: "):
        evaluate(lambda recent, weights: weights, [], pages=1)
