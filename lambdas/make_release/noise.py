"""Exact noise: discrete Laplace and discrete Gaussian, without floating point.

C. Canonne, G. Kamath, T. Steinke, "The discrete Gaussian for differential privacy" (2020), algorithms 1
to 3. Chance comes in as `below(n)`, a uniform whole number from 0 to n - 1; everything else is whole
numbers, so that no rounding can be observed (I. Mironov, 2012).
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
        if not _bernoulli_exp(u, s, below):
            continue
        v = 0
        while _bernoulli_exp_of_one(below):
            v += 1
        magnitude = (u + s * v) // t
        negative = below(2) == 1
        # Zero would otherwise be drawn twice as often as it should.
        if not (negative and magnitude == 0):
            return -magnitude if negative else magnitude


def discrete_gaussian(variance: Fraction, below: Below) -> int:
    """Draw x with probability proportional to exp(-x^2 / (2 variance)) (algorithm 3)."""
    n, d = variance.numerator, variance.denominator
    t = isqrt(n // d) + 1
    scale = Fraction(t)
    # With n / d for the variance, (|y| - n / (d t))^2 / (2 n / d) is (|y| d t - n)^2 / (2 n d t^2).
    step, whole = d * t, 2 * n * d * t * t
    while True:
        candidate = discrete_laplace(scale, below)
        if _bernoulli_exp((abs(candidate) * step - n) ** 2, whole, below):
            return candidate


def _bernoulli_exp(part: int, whole: int, below: Below) -> bool:
    """Be true with probability exp(-part / whole), for part >= 0 and whole > 0 (algorithm 1)."""
    while part > whole:
        if not _bernoulli_exp_of_one(below):
            return False
        part -= whole
    # The k-th turn goes on with probability part / (k whole), and an odd number of turns is true.
    bound, true = whole, True
    while below(bound) < part:
        bound, true = bound + whole, not true
    return true


def _bernoulli_exp_of_one(below: Below) -> bool:
    """Be true with probability exp(-1) (algorithm 1, whose first turn always goes on)."""
    k = 2
    while below(k) == 0:
        k += 1
    return k % 2 == 1
