"""How much privacy a mechanism has at most, told from one run of it.

T. Steinke, M. Nasr, M. Jagielski, "Privacy auditing with one (1) training run" (2023), theorem 5.2: each of m
canaries takes part by the toss of a coin of its own; who sees what was published guesses of `guesses` of them
whether they did. Under (epsilon, delta) the number of right guesses is hardly larger than that of tosses of a
coin that falls right with probability e^epsilon / (1 + e^epsilon). More right guesses than such a coin
explains are evidence of a larger epsilon, whatever the mechanism is and whatever else was in its input.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import binom

TOLD = 0.95
"""The confidence of figures in tables."""

SURE = 1 - 1e-9
"""The confidence of tests: of a thousand true claims, one in a million runs would call one false."""

_LARGEST_EPSILON = 50.0


@dataclass(frozen=True, slots=True)
class Audit:
    """`right` of `guesses` about some of `canaries`, each in by chance, under a claimed delta."""

    canaries: int
    guesses: int
    right: int
    delta: float = 0.0

    def p_value(self, epsilon: float) -> float:
        """The probability, at most, of so many right guesses if the mechanism were (epsilon, delta)."""
        coin = float(expit(epsilon))
        as_many = float(binom.sf(self.right - 1, self.guesses, coin))
        if self.delta == 0 or self.right == 0:
            return min(1.0, as_many)
        fewer = np.arange(1, self.right + 1)
        slopes = (binom.sf(self.right - fewer - 1, self.guesses, coin) - as_many) / fewer
        return min(1.0, as_many + 2 * self.canaries * self.delta * float(slopes.max()))

    def epsilon_at_least(self, confidence: float) -> float:
        """The largest epsilon that is refuted with this confidence; 0 when none is."""
        low, high = 0.0, _LARGEST_EPSILON
        if self.p_value(low) > 1 - confidence:
            return 0.0
        while high - low > 1e-4:
            middle = (low + high) / 2
            low, high = (low, middle) if self.p_value(middle) > 1 - confidence else (middle, high)
        return low


def coins(canaries: int, *, seed: int) -> NDArray[np.bool_]:
    """Which canaries take part: each by a fair coin of its own."""
    return np.random.default_rng(seed).random(canaries) < 0.5


def guess(
    scores: NDArray[np.float64], present: NDArray[np.bool_], *, share: float = 1.0, delta: float = 0.0
) -> Audit:
    """Guess by the sign of each score, of the `share` of the canaries whose scores are furthest from zero.

    A positive score speaks for a canary's presence; zero is a guess that it was away.
    """
    guesses = max(1, int(len(scores) * share))
    boldest = np.argsort(-np.abs(scores), kind="stable")[:guesses]
    right = int(((scores[boldest] > 0) == present[boldest]).sum())
    return Audit(len(scores), guesses, right, delta)
