"""Zero-concentrated differential privacy (zCDP): from rho to epsilon and delta, and back.

C. Canonne, G. Kamath, T. Steinke, "The discrete Gaussian for differential privacy" (2020), proposition 7 with
the constant of lemma 9; M. Bun, T. Steinke, "Concentrated differential privacy" (2016), proposition 3.3,
sharpened.
Floating point decides how much noise is asked for, never what is drawn, and is rounded the safe way.
"""

from __future__ import annotations

from math import exp, inf, log, log1p, tanh
from typing import Final

SLACK: Final = 1 + 1e-9
"""What rounding is worth: every figure that floating point makes is this much to the safe side."""

_STEPS: Final = 200


def delta_of(rho: float, epsilon: float) -> float:
    """The delta at which `rho`-zCDP is (`epsilon`, delta)-differentially private; from 0 to 1.

    Every order alpha > 1 bounds delta from above; the best one is sought.
    """
    if rho <= 0:
        return 0.0
    low, high = 1.0, (epsilon + 1) / (2 * rho) + 2
    for _ in range(_STEPS):
        alpha = (low + high) / 2
        if alpha <= 1.0 or alpha in (low, high):
            break
        # The sign of the logarithm's derivative: it grows with alpha.
        if (2 * alpha - 1) * rho - epsilon + log1p(-1 / alpha) < 0:
            low = alpha
        else:
            high = alpha
    alpha = max(high, 1 + 1e-12)
    exponent = (alpha - 1) * (alpha * rho - epsilon + log1p(-1 / alpha)) - log(alpha)
    return min(1.0, exp(min(exponent, 0.0)) * SLACK)


def epsilon_of(rho: float, delta: float) -> float:
    """The least epsilon, rounded up, for which `rho`-zCDP is (epsilon, `delta`)-differentially private."""
    if rho <= 0:
        return 0.0
    if delta <= 0:
        return inf
    low, high = 0.0, 1.0
    while delta_of(rho, high) > delta:
        low, high = high, high * 2
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if delta_of(rho, middle) > delta:
            low = middle
        else:
            high = middle
    return high


def rho_of(epsilon: float, delta: float) -> float:
    """The largest rho, rounded down, that is (`epsilon`, `delta`)-differentially private; 0 for delta 0."""
    if epsilon <= 0 or delta <= 0:
        return 0.0
    low, high = 0.0, 1.0
    while delta_of(high, epsilon) <= delta:
        low, high = high, high * 2
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if delta_of(middle, epsilon) <= delta:
            low = middle
        else:
            high = middle
    return low


def rho_of_pure(epsilon: float) -> float:
    """The least rho, rounded up, that every `epsilon`-differentially private mechanism has.

    It is epsilon tanh(epsilon / 2), which randomised response attains (docs/formats/budget.md has the proof);
    the usual epsilon^2 / 2 is never less.
    """
    return epsilon * tanh(epsilon / 2) * SLACK
