"""Exact discrete noise on counts, by OpenDP, held to what `edge_client.wire.noise` says that it costs.

Two cases.
When the pairs that may be counted are public (candidates), noise goes on every one of them, zeros included.
When only the log says which pairs there are, the mere presence of a pair would betray a visitor.
Then noise goes on the pairs that occur, and counts under a threshold are dropped, high enough that a pair
from one unit passes with a probability of at most delta: a "stability histogram" (Korolova et al. 2009;
Rogers 2023).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Not `opendp.prelude`, which also loads scikit-learn where that is installed: seconds on the way of a count.
from opendp import combinators, domains, measurements, metrics
from opendp.mod import enable_features

from consent_ledger.errors import Refused
from edge_client.wire.candidates import MOST_PAIRS
from edge_client.wire.noise import Noise
from edge_client.wire.privacy import Mechanism, Privacy
from model_export.releasing.plan import Plan

_INTEGER = "i64"


@dataclass(frozen=True, slots=True)
class Noisy:
    """Noisy values by cell, all of at least `threshold`; both may be told."""

    counts: Mapping[tuple[int, int], int]
    threshold: int


def add_noise_to_known(
    counts: Mapping[tuple[int, int], int], cells: Sequence[tuple[int, int]], *, plan: Plan
) -> Noisy:
    """Noisy values of the public `cells`, dropping those under k whole units or likely to be noise alone.

    Counts of other cells are left out: nothing tells that they were there.
    `Noise.telling_threshold` says which values are likely to be noise; it looks at noisy values alone, which
    costs no privacy.
    Raises Refused when there are too many cells.
    """
    if len(cells) > MOST_PAIRS:
        raise Refused("noise: too many known pairs of pages")
    noise, privacy = _noise_of(plan), plan.privacy
    enable_features("contrib")
    domain = domains.vector_domain(domains.atom_domain(T=_INTEGER))
    scale = float(noise.scale)
    if noise.mechanism is Mechanism.DISCRETE_LAPLACE:
        measurement: Any = measurements.make_laplace(domain, metrics.l1_distance(T=_INTEGER), scale=scale)
        _check(measurement.map(noise.footprint.total), privacy=privacy)
    else:
        measurement = _approximate(
            measurements.make_gaussian(domain, metrics.l2_distance(T="f64"), scale=scale),
            delta=float(privacy.delta),
        )
        _check(measurement.map(math.sqrt(noise.footprint.square)), privacy=privacy)
    noisy = measurement([counts.get(cell, 0) for cell in cells])
    threshold = noise.telling_threshold(noisy, floor=plan.floor)
    return Noisy(
        {cell: count for cell, count in zip(cells, noisy, strict=True) if count >= threshold}, threshold
    )


def add_noise_to_occurring(counts: Mapping[tuple[int, int], int], *, plan: Plan) -> Noisy:
    """Noisy values of cells that occur, dropping those under k whole units or the stability threshold."""
    noise, privacy, threshold = _noise_of(plan), plan.privacy, plan.stability_threshold
    if threshold is None or privacy.delta_exp is None:
        raise Refused("noise: pairs that only a log tells of need a delta")
    enable_features("contrib")
    domain = domains.map_domain(domains.atom_domain(T=_INTEGER), domains.atom_domain(T=_INTEGER))
    scale, far = float(noise.scale), _far(noise)
    if noise.mechanism is Mechanism.DISCRETE_LAPLACE:
        metric = metrics.l01inf_distance(metrics.absolute_distance(T=_INTEGER))
        measurement: Any = measurements.make_laplace_threshold(
            domain, metric, scale=scale, threshold=threshold
        )
        spent = measurement.map(far)[0]
    else:
        metric = metrics.l02inf_distance(metrics.absolute_distance(T=_INTEGER))
        measurement = measurements.make_gaussian_threshold(domain, metric, scale=scale, threshold=threshold)
        # OpenDP's own threshold delta is for the worst of all shapes; ours is for those that a unit can have.
        vector = domains.vector_domain(domains.atom_domain(T=_INTEGER))
        noise_alone = measurements.make_gaussian(vector, metrics.l2_distance(T="f64"), scale=scale)
        spent = _approximate(noise_alone, delta=float(privacy.delta) / 2).map(
            math.sqrt(noise.footprint.square)
        )[0]
    _check(spent, privacy=privacy)
    ordered = sorted(counts)
    noisy = measurement(dict(enumerate(counts[cell] for cell in ordered)))
    return Noisy({ordered[at]: count for at, count in noisy.items()}, threshold)


def _noise_of(plan: Plan) -> Noise:
    if plan.noise is None:
        raise Refused("noise: no epsilon was given")
    return plan.noise


def _far(noise: Noise) -> tuple[int, int, int]:
    """How far apart OpenDP is told that neighbours are: cells, their norm rounded up, the most in one."""
    print_ = noise.footprint
    if noise.mechanism is Mechanism.DISCRETE_LAPLACE:
        return print_.cells, print_.total, print_.most
    return print_.cells, math.isqrt(print_.square - 1) + 1, print_.most


def _approximate(measurement: Any, *, delta: float) -> Any:
    """Say of a zero-concentrated measurement what epsilon it has at `delta`."""
    return combinators.make_fix_delta(combinators.make_zCDP_to_approxDP(measurement), delta)


def _check(spent: Any, *, privacy: Privacy) -> None:
    spent_epsilon, spent_delta = spent if isinstance(spent, tuple) else (spent, 0.0)
    epsilon = privacy.epsilon
    # OpenDP rounds upwards; a millionth is that rounding, and the last step of its search for an epsilon.
    slack = 1 + 1e-6
    if (
        epsilon is None
        or spent_epsilon > float(epsilon) * slack
        or spent_delta > float(privacy.delta) * slack
    ):
        raise Refused("noise: the mechanism would spend more than it was given")
