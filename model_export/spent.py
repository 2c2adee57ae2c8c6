"""What the releases behind a model cost of one unit's privacy together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, isfinite

from consent_ledger.errors import Untrue
from edge_client.wire.cost import Cost
from edge_client.wire.promise import check_promise
from edge_client.wire.release import Release

_USUAL_DELTA_EXP = 9
_ROUNDING = 1e-4


@dataclass(frozen=True, slots=True)
class Spent:
    """The bound for a unit that is in every release: (epsilon, delta) differential privacy.

    Epsilon is in thousandths, rounded up; delta is 10^-`delta_exp`; `unit` is whom it speaks of.
    """

    epsilon_milli: int
    delta_exp: int
    unit: str


def spent_by(releases: Sequence[Release]) -> Spent | None:
    """The releases' costs added up; None where no bound can be told.

    That is so where one has no noise, and where they speak of different units, whose costs do not add up.
    """
    units = {release.bound.unit for release in releases}
    costs = [cost for release in releases if (cost := cost_of(release)) is not None]
    if len(costs) < len(releases) or len(units) != 1:
        return None
    whole = sum(costs, Cost())
    told = [release.privacy.delta_exp for release in releases if release.privacy.delta_exp is not None]
    # The strictest delta that any of them names, or else the first that all of them together can keep.
    for delta_exp in range(max(told, default=_USUAL_DELTA_EXP), 0, -1):
        epsilon = whole.epsilon_at(Fraction(1, 10**delta_exp))
        if isfinite(epsilon):
            return Spent(ceil(epsilon * 1000 - _ROUNDING), delta_exp, units.pop().value)
    return None


def cost_of(release: Release) -> Cost | None:
    """What one release cost, as a budget counts it; None without noise, and where that cannot be told.

    Version 1 names neither its noise's scale nor public pairs: it is taken at the least that its terms allow,
    on pairs that occurred, and has a cost only where that keeps what version 2 must promise.
    """
    noise = release.noise
    if noise is None:
        return None
    if release.version == 1:
        try:
            check_promise(
                release.privacy,
                release.bound,
                parts=release.parts,
                threshold=release.threshold,
                scale_milli=noise.scale_milli,
                candidates=None,
                pages=len(release.pages),
                cells=len(release.cells),
            )
        except Untrue:
            return None
    return Cost.of(noise, threshold=None if release.candidates is not None else release.threshold)
