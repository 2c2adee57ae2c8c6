"""The noise of a release: how wide it is, what it costs, and from where on it hides a cell of one unit.

Writers ask here how much noise and which threshold their terms need, readers whether a release has them.
A cell that only one unit could have made betrays it by being there at all, and the threshold makes that
happen with probability at most delta (A. Korolova and others, "Releasing search queries and clicks
privately", 2009; tails of the discrete Gaussian: C. Canonne, G. Kamath, T. Steinke, 2020, proposition 25).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, erfc, exp, sqrt
from typing import Final

from edge_client.wire.privacy import Footprint, Mechanism, Privacy
from edge_client.wire.zcdp import SLACK, delta_of, rho_of

FALSE_SHARE: Final = 0.5
"""Of the public candidates that are shown, the share that may be expected to be noise alone.

Who reads a release knows its noise and sees through it; what is not shown is gone. The share bounds the file.
"""


@dataclass(frozen=True, slots=True)
class Noise:
    """A mechanism with its parameter: Laplace's scale or the Gaussian's sigma.

    `scale_milli` is in thousandths of a cell's one; `footprint` is what one unit can change.
    """

    mechanism: Mechanism
    scale_milli: int
    footprint: Footprint

    @classmethod
    def least(cls, privacy: Privacy, footprint: Footprint, *, occurring: bool) -> Noise | None:
        """The least noise that `privacy` allows; None where it names none.

        Where only cells that occur are released, the Gaussian leaves half of delta to their threshold.
        """
        epsilon = privacy.epsilon
        if epsilon is None:
            return None
        if privacy.mechanism is Mechanism.DISCRETE_LAPLACE:
            return cls(privacy.mechanism, ceil(1000 * footprint.total / epsilon), footprint)
        rho = rho_of(float(epsilon), float(privacy.delta) / (2 if occurring else 1))
        sigma = sqrt(footprint.square / (2 * rho)) if rho > 0 else float(2**52)
        return cls(privacy.mechanism, ceil(1000 * sigma * SLACK), footprint)

    @property
    def scale(self) -> Fraction:
        """The mechanism's parameter in units of a cell."""
        return Fraction(self.scale_milli, 1000)

    @property
    def deviation(self) -> float:
        """The standard deviation of one cell's noise, in units of a cell."""
        if self.mechanism is Mechanism.DISCRETE_GAUSSIAN:
            return float(self.scale)
        ratio = exp(-1 / float(self.scale))
        return sqrt(2 * ratio) / (1 - ratio)

    @property
    def pure_epsilon(self) -> Fraction | None:
        """The epsilon that is spent at delta 0; None where there is none."""
        return self.footprint.total / self.scale if self.mechanism is Mechanism.DISCRETE_LAPLACE else None

    @property
    def gaussian_rho(self) -> Fraction:
        """The Gaussian's zCDP: the squared norm over twice the variance."""
        return self.footprint.square / (2 * self.scale**2)

    def delta_at(self, epsilon: Fraction) -> float:
        """The delta of the noise itself at `epsilon`, thresholds left aside; 1 where it does not fit."""
        if self.pure_epsilon is not None:
            return 0.0 if self.pure_epsilon <= epsilon else 1.0
        return delta_of(float(self.gaussian_rho), float(epsilon))

    def exceeds(self, distance: int) -> float:
        """Bound the probability that one cell's noise is at least `distance`, which is positive."""
        if self.mechanism is Mechanism.DISCRETE_GAUSSIAN:
            # A discrete Gaussian's tail from m is within the continuous one's from m - 1.
            return erfc((distance - 1) / (float(self.scale) * sqrt(2))) / 2
        ratio = exp(-1 / float(self.scale))
        return exp(-distance / float(self.scale)) / (1 + ratio)

    def shows(self, threshold: int) -> float:
        """Bound the probability that any cell that one unit alone made reaches `threshold`; 1 at the most."""
        print_ = self.footprint
        if threshold <= print_.most:
            return 1.0
        one = self.exceeds(threshold - 1)
        if print_.most == 1:
            return min(1.0, print_.cells * one * SLACK)
        # The tail is convex below the threshold: the worst is all in one cell, or one in every cell but that.
        spread = (print_.cells - 1) * one + self.exceeds(threshold - (print_.total - print_.cells + 1))
        return min(1.0, max(spread, self.exceeds(threshold - print_.total)) * SLACK)

    def least_threshold(self, delta: float, *, floor: int) -> int:
        """The least threshold from `floor` at which a unit of its own shows with probability <= `delta`.

        `delta` is positive.
        """
        return self._first(lambda threshold: self.shows(threshold) <= delta, floor=floor)

    def threshold_for(self, privacy: Privacy, *, floor: int) -> int:
        """The least threshold from `floor` for cells that occur, out of what is left of the delta given."""
        share = 2 if self.mechanism is Mechanism.DISCRETE_GAUSSIAN else 1
        return self.least_threshold(float(privacy.delta) / share, floor=floor)

    def telling_threshold(self, noisy: Sequence[int], *, floor: int) -> int:
        """The least threshold from `floor` at which at most `FALSE_SHARE` of the shown are noise alone.

        `noisy` are the values of all public candidates, zeros that got their noise included, and the share is
        the expected one (Y. Benjamini, Y. Hochberg, 1995). Only what is private already is looked at, so that
        choosing costs nothing more.
        """
        shown = sorted(value for value in noisy if value >= floor)
        for at, value in enumerate(shown):
            few = FALSE_SHARE * (len(shown) - at)
            if len(noisy) * self.exceeds(value) <= few:
                return self._tells(len(noisy), few, floor=floor)
            floor = value + 1
        return self._tells(len(noisy), FALSE_SHARE, floor=floor)

    def _tells(self, cells: int, few: float, *, floor: int) -> int:
        """The least value from `floor` that at most `few` of so many empty cells are expected to reach."""
        return self._first(lambda value: cells * self.exceeds(value) <= few, floor=floor)

    @staticmethod
    def _first(fits: Callable[[int], bool], *, floor: int) -> int:
        """The least whole number from `floor` that fits; fitting must not end once begun."""
        low, high = floor, floor
        while not fits(high):
            low, high = high + 1, high * 2 + 1
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if fits(middle) else (middle + 1, high)
        return high
