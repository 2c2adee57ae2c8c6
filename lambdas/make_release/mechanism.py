"""How much noise a task's epsilon and delta ask for, and from which noisy count on a cell may be shown.

A device adds one to at most `pairs` cells, or `pairs` to one cell, so that its sums change by at most
`pairs` in both the sum of absolute values and the Euclidean norm. Noise goes on every cell that is not
zero; a cell that only one device could have made non-zero would betray it by being there at all, and the
threshold makes that happen with probability at most delta (A. Korolova and others, "Releasing search
queries and clicks privately", 2009; discrete tails from Canonne, Kamath and Steinke, 2020).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, erfc, exp, log, sqrt
from typing import Final, Protocol

from edge_client.wire.release import Mechanism
from lambdas.make_release.noise import Below, discrete_gaussian, discrete_laplace

_SLACK: Final = 1 + 1e-9
"""Floating point decides how large a threshold is, never what is sampled; round it the safe way."""


class Noise(Protocol):
    """One mechanism with its parameters settled."""

    @property
    def threshold(self) -> int:
        """The smallest noisy count that may be released."""

    def draw(self, below: Below) -> int:
        """Draw the noise of one cell."""


@dataclass(frozen=True, slots=True)
class LaplaceNoise:
    """Discrete Laplace noise of scale `pairs` / epsilon; all of delta goes into the threshold."""

    pairs: int
    epsilon: Fraction
    delta: Fraction

    @property
    def scale(self) -> Fraction:
        """Sensitivity over epsilon."""
        return self.pairs / self.epsilon

    @property
    def threshold(self) -> int:
        """The smallest noisy count that a device alone reaches with probability at most delta."""
        ratio = exp(-1 / float(self.scale))

        def reaches(count: int, threshold: int) -> float:
            # P(count + X >= threshold) for threshold > count: a geometric tail.
            return ratio ** (threshold - count) / (1 + ratio)

        return _threshold(self.pairs, delta=float(self.delta), reaches=reaches)

    def draw(self, below: Below) -> int:
        """Draw from the discrete Laplace distribution."""
        return discrete_laplace(self.scale, below)


@dataclass(frozen=True, slots=True)
class GaussianNoise:
    """Discrete Gaussian noise; half of delta goes into epsilon's conversion, half into the threshold."""

    pairs: int
    epsilon: Fraction
    delta: Fraction

    @property
    def variance(self) -> Fraction:
        """The variance whose zCDP, pairs^2 / (2 variance), converts to epsilon at delta / 2.

        epsilon = rho + 2 sqrt(rho ln(1/delta)) (M. Bun, T. Steinke, 2016, proposition 1.3), solved for rho.
        """
        cost = log(2 / float(self.delta))
        rho = (sqrt(cost + float(self.epsilon)) - sqrt(cost)) ** 2
        return Fraction(ceil(self.pairs**2 / (2 * rho) * _SLACK * 1_000), 1_000)

    @property
    def threshold(self) -> int:
        """The smallest noisy count that a device alone reaches with probability at most delta / 2."""
        spread = sqrt(2 * float(self.variance))

        def reaches(count: int, threshold: int) -> float:
            # A discrete Gaussian's tail from m is within the continuous one's from m - 1.
            return erfc((threshold - count - 1) / spread) / 2

        return _threshold(self.pairs, delta=float(self.delta) / 2, reaches=reaches)

    def draw(self, below: Below) -> int:
        """Draw from the discrete Gaussian distribution."""
        return discrete_gaussian(self.variance, below)


def noise_for(mechanism: Mechanism, *, pairs: int, epsilon_milli: int, delta_exp: int) -> Noise:
    """Settle a mechanism's parameters; delta is 10^-`delta_exp`. Raises `ValueError` for no mechanism."""
    epsilon, delta = Fraction(epsilon_milli, 1000), Fraction(1, 10**delta_exp)
    match mechanism:
        case Mechanism.DISCRETE_LAPLACE:
            return LaplaceNoise(pairs, epsilon, delta)
        case Mechanism.DISCRETE_GAUSSIAN:
            return GaussianNoise(pairs, epsilon, delta)
        case Mechanism.NONE:
            raise ValueError("mechanism: a release of contributions carries noise")


class _Reaches(Protocol):
    def __call__(self, count: int, threshold: int, /) -> float: ...


def _threshold(pairs: int, *, delta: float, reaches: _Reaches) -> int:
    """Find the smallest threshold at which one device shows a cell of its own with probability <= delta."""
    threshold = pairs + 1
    step = 1 << 40
    while step:
        # Bisection from below: the probability only falls as the threshold rises.
        if _shown(pairs, threshold + step - 1, reaches) * _SLACK > delta:
            threshold += step
        step >>= 1
    return threshold


def _shown(pairs: int, threshold: int, reaches: _Reaches) -> float:
    """Bound the probability that any cell of one device shows, over all ways to spread its `pairs`."""
    worst = [0.0] * (pairs + 1)
    for spent in range(1, pairs + 1):
        worst[spent] = max(reaches(count, threshold) + worst[spent - count] for count in range(1, spent + 1))
    return worst[pairs]
