"""Deciding what is beyond chance: tails of the normal distribution, and false discoveries held down."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

FALSE_DISCOVERIES = 0.01
"""The share of all findings of a kind that chance and noise may make, on average."""

Floats = NDArray[np.float64]


def upper_tail(z: Floats | float) -> Floats:
    """The probability that a standard normal variable exceeds `z`."""
    return np.asarray(ndtr(-np.asarray(z, dtype=np.float64)))


def discoveries(p_values: Sequence[float] | Floats, *, share: float = FALSE_DISCOVERIES) -> NDArray[np.bool_]:
    """Which of these tests are discoveries, of which at most `share` are false on average.

    Benjamini and Yekutieli (2001): it holds however the tests hang together, as tests of one noisy table do.
    """
    values = np.asarray(p_values, dtype=np.float64)
    count = len(values)
    if not count:
        return np.zeros(0, dtype=bool)
    order = np.argsort(values, kind="stable")
    harmonic = float(np.sum(1 / np.arange(1, count + 1)))
    passed = values[order] <= share * np.arange(1, count + 1) / (count * harmonic)
    found = np.zeros(count, dtype=bool)
    if passed.any():
        found[order[: int(np.flatnonzero(passed)[-1]) + 1]] = True
    return found


def visible(mean: Floats, *, noise: float, threshold: float, together: float = 1.0) -> tuple[Floats, Floats]:
    """What a release shows of counts that are `mean` on average: the probability of each, and its mean share.

    Counts are `together` times a Poisson one, with noise of standard deviation `noise` on top, and shown from
    `threshold` on; the normal approximation to that.
    """
    spread = np.sqrt(together * mean + noise**2)
    z = np.divide(threshold - mean, spread, out=np.full_like(mean, np.inf), where=spread > 0)
    chance = upper_tail(z)
    density = np.exp(-0.5 * np.minimum(z, 40.0) ** 2) / np.sqrt(2 * np.pi)
    return chance, np.asarray(np.maximum(mean * chance + spread * density, 0.0))
