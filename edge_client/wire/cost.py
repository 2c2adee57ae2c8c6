"""What releases cost of the privacy of one unit, and how much of it a limit allows.

A release costs a pure epsilon (where it has one), a zCDP rho, and a delta for cells that a threshold hides.
Each of the three adds up, whoever chooses the next release by whatever came out before (V. Feldman, T. Zrnic,
"Individual privacy accounting via a Renyi filter", 2021; J. Whitehouse and others, "Fully-adaptive
composition in differential privacy", 2023).
Why the two ways to stay within epsilon may be mixed is in `docs/formats/budget.md`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor
from typing import Final

from consent_ledger.errors import Malformed
from edge_client.wire.noise import Noise
from edge_client.wire.zcdp import SLACK, epsilon_of, rho_of, rho_of_pure

LONGEST_DAYS: Final = 3660
E12: Final = 10**12
E15: Final = 10**15


@dataclass(frozen=True, slots=True)
class Cost:
    """What a release costs, rounded up: epsilon and rho in 10^-12, delta in 10^-15.

    `epsilon` is None where the noise has no pure one.
    """

    epsilon: int | None = 0
    rho: int = 0
    delta: int = 0

    @classmethod
    def of(cls, noise: Noise, *, threshold: int | None) -> Cost:
        """The cost of such noise; `threshold` hides cells that occur, and is None where all are public."""
        delta = 0 if threshold is None else ceil(noise.shows(threshold) * E15)
        pure = noise.pure_epsilon
        if pure is None:
            return cls(None, ceil(noise.gaussian_rho * E12), delta)
        return cls(ceil(pure * E12), ceil(rho_of_pure(float(pure)) * E12), delta)

    def __add__(self, other: Cost) -> Cost:
        pure = None if self.epsilon is None or other.epsilon is None else self.epsilon + other.epsilon
        return Cost(pure, self.rho + other.rho, self.delta + other.delta)

    def __or__(self, other: Cost) -> Cost:
        """The dearer of the two in each way."""
        pure = None if self.epsilon is None or other.epsilon is None else max(self.epsilon, other.epsilon)
        return Cost(pure, max(self.rho, other.rho), max(self.delta, other.delta))

    def epsilon_at(self, delta: Fraction) -> float:
        """The epsilon, rounded up, at which all this is (epsilon, `delta`)-differentially private."""
        left = float(delta) - self.delta / E15
        if left < 0:
            return float("inf")
        pure = float("inf") if self.epsilon is None else self.epsilon / E12 * SLACK
        return min(pure, epsilon_of(self.rho / E12, left))


@dataclass(frozen=True, slots=True)
class Limit:
    """The most that any unit may lose over any `days` days in a row.

    `epsilon_milli` is epsilon in thousandths, `delta_ppb` delta in thousand millionths. Half of delta is kept
    for thresholds, half for what zCDP leaves to chance: fixed beforehand, as a filter must be.
    """

    epsilon_milli: int
    delta_ppb: int
    days: int
    _rho: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not 1 <= self.epsilon_milli <= 1_000_000 or not 0 <= self.delta_ppb <= 1_000_000:
            raise Malformed("budget: epsilon or delta is out of range")
        if not 1 <= self.days <= LONGEST_DAYS:
            raise Malformed("budget: the number of days is out of range")
        rho = rho_of(self.epsilon_milli / 1000, float(self.delta) / 2)
        object.__setattr__(self, "_rho", floor(rho / SLACK * E12))

    @property
    def delta(self) -> Fraction:
        """Delta, exactly."""
        return Fraction(self.delta_ppb, 10**9)

    def allows(self, cost: Cost) -> bool:
        """Say whether a sum of costs is within the limit: by epsilons alone, or by rhos."""
        epsilon = Fraction(self.epsilon_milli, 1000)
        if Fraction(cost.delta, E15) > self.delta / 2:
            return False
        if cost.epsilon is not None and Fraction(cost.epsilon, E12) <= epsilon:
            return True
        return cost.rho <= self._rho
