"""95 % intervals by resampling questions, of a mean, of a difference and of a ratio of two means.

Two contenders asked the same questions are compared question by question: what makes a question hard for
both falls out of the difference, whose interval is therefore narrower than either's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.3f} ({self.low:.3f} to {self.high:.3f})"


def mean(values: NDArray[np.float64]) -> Interval:
    """The mean of `values`: of questions (n,), or of draws and questions (d, n), both resampled."""
    return _interval(values.mean(), resampled(values))


def difference(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> Interval:
    """The mean of ours less theirs over the same questions, resampled together."""
    return _interval(ours.mean() - theirs.mean(), resampled(ours) - resampled(theirs))


def ratio(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> Interval:
    """The mean of ours over theirs, resampled together; raises ValueError when theirs is nothing."""
    if not theirs.mean():
        raise ValueError("interval: nothing to divide by")
    below = resampled(theirs)
    return _interval(ours.mean() / theirs.mean(), resampled(ours)[below > 0] / below[below > 0])


def resampled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """`RESAMPLES` bootstrap means; values of one shape are drawn alike, because the seed is fixed."""
    draws = np.atleast_2d(values)
    count, questions = draws.shape
    by_draw = _times_drawn(questions) @ draws.T.astype(np.float32) / questions
    of_draws = np.random.default_rng(1).multinomial(count, np.full(count, 1 / count), size=RESAMPLES)
    return np.asarray((by_draw * of_draws).sum(axis=1) / count, dtype=np.float64)


@lru_cache(maxsize=2)
def _times_drawn(questions: int) -> NDArray[np.float32]:
    """(resamples, questions): how often each resample has each question. Drawn once, because it is slow."""
    even = np.full(questions, 1 / questions)
    return np.random.default_rng(0).multinomial(questions, even, size=RESAMPLES).astype(np.float32)


def _interval(point: float, means: NDArray[np.float64]) -> Interval:
    low, high = np.quantile(means, (0.025, 0.975))
    return Interval(float(point), float(low), float(high))
