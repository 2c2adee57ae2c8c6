"""The benchmark's intervals: they hold what they should, and pairing makes them narrower."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.recommend.intervals import difference, mean, ratio
from benchmarks.recommend.results import verdict


def coins(share: float, *, questions: int, seed: int) -> np.ndarray:
    """Hits of a contender that is right this often."""
    return (np.random.default_rng(seed).random((1, questions)) < share).astype(np.float64)


def test_an_interval_is_as_wide_as_the_binomial_says() -> None:
    """Within a tenth of the normal approximation at 2,000 questions."""
    hits = coins(0.7, questions=2000, seed=1)
    found = mean(hits)
    expected = 1.96 * np.sqrt(found.mean * (1 - found.mean) / 2000)
    assert found.mean == hits.mean()
    assert (found.high - found.low) / 2 == pytest.approx(expected, rel=0.1)


def test_nineteen_of_twenty_intervals_hold_the_truth() -> None:
    """Of 200 draws of 400 questions between 90 % and 99 % of the intervals have the true share."""
    found = [mean(coins(0.3, questions=400, seed=seed)) for seed in range(200)]
    assert 180 <= sum(each.low <= 0.3 <= each.high for each in found) <= 198


def test_a_contender_is_level_with_itself() -> None:
    """Nothing lies between it and itself."""
    hits = coins(0.5, questions=500, seed=2)
    assert difference(hits, hits).low == difference(hits, hits).high == 0.0
    assert ratio(hits, hits).low == ratio(hits, hits).high == 1.0
    assert verdict(difference(hits, hits)) == "level"


def test_pairing_sees_what_two_intervals_hide() -> None:
    """One contender hits all that the other does and 2 % more: intervals overlap, the difference shows."""
    theirs = coins(0.6, questions=2000, seed=3)
    ours = theirs.copy()
    ours[0, np.flatnonzero(theirs[0] == 0)[:40]] = 1
    assert mean(theirs).high > mean(ours).low
    assert difference(ours, theirs).mean == pytest.approx(0.02)
    assert verdict(difference(ours, theirs)) == "ahead"
    assert verdict(difference(theirs, ours)) == "behind"


def test_chance_alone_is_rarely_called_a_difference() -> None:
    """Of 200 pairs of equally good contenders at most a tenth are told apart."""
    told = [
        verdict(
            difference(coins(0.5, questions=300, seed=seed), coins(0.5, questions=300, seed=seed + 10_000))
        )
        for seed in range(200)
    ]
    assert sum(each != "level" for each in told) <= 20


def test_draws_of_the_noise_widen_the_interval() -> None:
    """Two draws that differ much tell less than twice the same one."""
    good, bad = coins(0.9, questions=1000, seed=4), coins(0.5, questions=1000, seed=5)
    mixed, same = mean(np.concatenate([good, bad])), mean(np.concatenate([good, good]))
    assert mixed.high - mixed.low > 3 * (same.high - same.low)


def test_a_share_of_nothing_is_refused() -> None:
    """There is nothing to divide by."""
    with pytest.raises(ValueError, match="nothing to divide by"):
        ratio(np.ones((1, 3)), np.zeros((1, 3)))
