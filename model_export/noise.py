"""Exact discrete noise on counts, by OpenDP, with what it costs worked out by OpenDP too.

Two cases.
When the pairs that may be counted are public (a catalogue), noise goes on every one of them, zeros included.
When only the log says which pairs there are, the mere presence of a pair would betray a visitor.
Then noise goes on the pairs that occur, and counts under a threshold are dropped, high enough that a pair
from one unit passes with a probability of at most delta: a "stability histogram" (Korolova et al. 2009;
Rogers 2023).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import opendp.prelude as dp

from consent_ledger.errors import Refused
from edge_client.wire.release import Mechanism, Privacy

MOST_KNOWN_CELLS = 2_500_000
_INTEGER = "i64"


@dataclass(frozen=True, slots=True)
class Noisy:
    """Noisy counts by cell, all of at least `threshold`, which hangs on the terms alone and may be told."""

    counts: Mapping[tuple[int, int], int]
    threshold: int


def add_noise_to_known(
    counts: Mapping[tuple[int, int], int], cells: Sequence[tuple[int, int]], *, privacy: Privacy, pairs: int
) -> Noisy:
    """Noisy counts of the public `cells`, dropping those under `privacy.k` or likely to be noise alone.

    `pairs` is the most cells to which one unit adds one.
    The further threshold lets about one cell of noise alone through, and costs no privacy.
    Raises Refused when there are too many cells.
    """
    if len(cells) > MOST_KNOWN_CELLS:
        raise Refused("noise: too many known pairs of pages")
    dp.enable_features("contrib")
    epsilon, delta = _terms(privacy)
    domain = dp.vector_domain(dp.atom_domain(T=_INTEGER))
    if privacy.mechanism is Mechanism.DISCRETE_LAPLACE:
        scale = pairs / epsilon
        measurement: Any = dp.m.make_laplace(domain, dp.l1_distance(T=_INTEGER), scale=scale)
        _check(measurement.map(pairs), epsilon=epsilon, delta=0.0)
        phantom = scale * math.log(max(len(cells), 2))
    else:
        scale = _gaussian_scale(epsilon, delta, far=math.sqrt(pairs))
        measurement = _approximate(
            dp.m.make_gaussian(domain, dp.l2_distance(T="f64"), scale=scale), delta=delta
        )
        _check(measurement.map(math.sqrt(pairs)), epsilon=epsilon, delta=delta)
        phantom = scale * math.sqrt(2 * math.log(max(len(cells), 2)))
    noisy = measurement([counts.get(cell, 0) for cell in cells])
    threshold = max(privacy.k, math.ceil(phantom))
    return Noisy(
        {cell: count for cell, count in zip(cells, noisy, strict=True) if count >= threshold}, threshold
    )


def add_noise_to_occurring(counts: Mapping[tuple[int, int], int], *, privacy: Privacy, pairs: int) -> Noisy:
    """Noisy counts of cells that occur, dropping those under `privacy.k` or the stability threshold.

    `pairs` is the most cells to which one unit adds one.
    """
    dp.enable_features("contrib")
    epsilon, delta = _terms(privacy)
    domain = dp.map_domain(dp.atom_domain(T=_INTEGER), dp.atom_domain(T=_INTEGER))
    if privacy.mechanism is Mechanism.DISCRETE_LAPLACE:
        metric = dp.l01inf_distance(dp.absolute_distance(T=_INTEGER))
        scale = pairs / epsilon

        def build(threshold: int) -> Any:
            return dp.m.make_laplace_threshold(domain, metric, scale=scale, threshold=threshold)

        far = (pairs, pairs, 1)
        threshold_delta = delta
    else:
        metric = dp.l02inf_distance(dp.absolute_distance(T=_INTEGER))
        # OpenDP takes the distance of integers as an integer: rounded up, as it must not be under the truth.
        far = (pairs, math.isqrt(pairs - 1) + 1, 1)
        # Half of delta pays for the Gaussian's tail, half for the threshold.
        scale = _gaussian_scale(epsilon, delta / 2, far=far[1])

        def build(threshold: int) -> Any:
            return dp.m.make_gaussian_threshold(domain, metric, scale=scale, threshold=threshold)

        threshold_delta = delta / 2
    # OpenDP 0.16 states the delta of a count above the threshold but releases one that equals it, too
    # (its bug 2922): what it states for one less is what a threshold costs.
    threshold = _least(lambda t: build(t - 1).map(far)[1] <= threshold_delta, start=max(privacy.k, 3))
    measurement, accounted = build(threshold), build(threshold - 1)
    if privacy.mechanism is Mechanism.DISCRETE_GAUSSIAN:
        accounted = _approximate(accounted, delta=delta)
    _check(accounted.map(far), epsilon=epsilon, delta=delta)
    ordered = sorted(counts)
    noisy = measurement(dict(enumerate(counts[cell] for cell in ordered)))
    return Noisy({ordered[at]: count for at, count in noisy.items()}, threshold)


def _terms(privacy: Privacy) -> tuple[float, float]:
    if privacy.epsilon_milli is None:
        raise Refused("noise: no epsilon was given")
    return privacy.epsilon_milli / 1000, 0.0 if privacy.delta_exp is None else 10.0**-privacy.delta_exp


def _approximate(measurement: Any, *, delta: float) -> Any:
    """Say of a zero-concentrated measurement what epsilon it has at `delta`."""
    return dp.c.make_fix_delta(dp.c.make_zCDP_to_approxDP(measurement), delta)


def _gaussian_scale(epsilon: float, delta: float, *, far: float) -> float:
    """The least scale, within a thousandth, that spends at most `epsilon` at `delta` over a distance."""
    domain, metric = dp.vector_domain(dp.atom_domain(T=_INTEGER)), dp.l2_distance(T="f64")

    def fits(scale: float) -> bool:
        measurement = _approximate(dp.m.make_gaussian(domain, metric, scale=scale), delta=delta)
        return bool(measurement.map(float(far))[0] <= epsilon)

    high = 1.0
    while not fits(high):
        high *= 2
    low = 0.0
    while high - low > high / 1000:
        middle = (low + high) / 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    return high


def _least(fits: Callable[[int], bool], *, start: int) -> int:
    """The least whole number from `start` that fits; fitting must not end once begun."""
    high = start
    while not fits(high):
        high *= 2
    low = start
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle + 1, high)
    return high


def _check(spent: Any, *, epsilon: float, delta: float) -> None:
    spent_epsilon, spent_delta = spent if isinstance(spent, tuple) else (spent, 0.0)
    # OpenDP rounds upwards; a billionth is that rounding.
    if spent_epsilon > epsilon * (1 + 1e-9) or spent_delta > delta * (1 + 1e-9):
        raise Refused("noise: the mechanism would spend more than it was given")
