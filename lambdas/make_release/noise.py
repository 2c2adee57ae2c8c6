"""Exact noise: discrete Laplace and discrete Gaussian, without floating point.

C. Canonne, G. Kamath, T. Steinke, "The discrete Gaussian for differential privacy" (2020), algorithms 1
to 3. Chance comes in as `below(n)`, a uniform whole number from 0 to n - 1; everything else is whole
numbers and fractions, so that no rounding can be observed (I. Mironov, 2012).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import isqrt
from typing import TypeAlias

Below: TypeAlias = Callable[[int], int]


def discrete_laplace(scale: Fraction, below: Below) -> int:
    """Draw x with probability proportional to exp(-|x| / scale) (algorithm 2).

    `scale` is positive: sensitivity over epsilon.
    """
    # exp(-|x| t / s) for scale s / t: u counts within a stride of s, v counts strides.
    s, t = scale.numerator, scale.denominator
    while True:
        u = below(s)
        if not _bernoulli_exp(Fraction(u, s), below):
            continue
        v = 0
        while _bernoulli_exp(Fraction(1), below):
            v += 1
        magnitude = (u + s * v) // t
        negative = below(2) == 1
        # Zero would otherwise be drawn twice as often as it should.
        if not (negative and magnitude == 0):
            return -magnitude if negative else magnitude


def discrete_gaussian(variance: Fraction, below: Below) -> int:
    """Draw x with probability proportional to exp(-x^2 / (2 variance)) (algorithm 3)."""
    t = isqrt(variance.numerator // variance.denominator) + 1
    while True:
        candidate = discrete_laplace(Fraction(t), below)
        distance = Fraction(abs(candidate)) - variance / t
        if _bernoulli_exp(distance * distance / (2 * variance), below):
            return candidate


def _bernoulli(probability: Fraction, below: Below) -> bool:
    return below(probability.denominator) < probability.numerator


def _bernoulli_exp(gamma: Fraction, below: Below) -> bool:
    """Be true with probability exp(-gamma), for gamma >= 0 (algorithm 1)."""
    while gamma > 1:
        if not _bernoulli_exp(Fraction(1), below):
            return False
        gamma -= 1
    k = 1
    while _bernoulli(gamma / k, below):
        k += 1
    return k % 2 == 1
