"""The budget's sums beside those of two libraries that others check: OpenDP and dp-accounting.

dp-accounting's privacy loss distributions give what a composition truly costs, from below; OpenDP's odometers
and filters what a library charges for it. Ours is never under the first, and never over the second.
"""

from __future__ import annotations

import random
import sys
from fractions import Fraction
from typing import Any

import opendp.prelude as dp
import pytest
from absl.logging import get_absl_handler
from dp_accounting.pld import privacy_loss_distribution as losses

from consent_ledger.errors import Refused
from edge_client.wire.budget import Budget, Charge
from edge_client.wire.cost import Cost, Limit
from edge_client.wire.noise import Noise
from edge_client.wire.privacy import Footprint, Mechanism
from edge_client.wire.release import Period
from edge_client.wire.zcdp import delta_of, epsilon_of

# absl, which dp-accounting logs with, keeps the stream that it finds when it is imported and closes it once
# logging is configured anew, as uvicorn does: that stream would be pytest's own.
get_absl_handler().python_handler.stream = sys.__stderr__

DELTA = Fraction(1, 10**6)
ROUNDING = 1 + 1e-6
STEP = 1e-3
"""How finely dp-accounting cuts privacy loss."""


def noises(seed: int, *, gaussian: bool | None = None, small: bool = False) -> list[Noise]:
    """A random sequence of one to forty noises; `gaussian` None mixes both kinds."""
    dice = random.Random(seed)
    made = []
    for _ in range(dice.randint(1, 40)):
        total = dice.choice([1, 2, 4])
        is_gaussian = dice.random() < 0.5 if gaussian is None else gaussian
        widest = 30.0 if small else 6.0
        scale = total * dice.uniform(0.8 if not is_gaussian else 1.5, widest) * (5 if small else 1)
        mechanism = Mechanism.DISCRETE_GAUSSIAN if is_gaussian else Mechanism.DISCRETE_LAPLACE
        made.append(Noise(mechanism, round(1000 * scale), Footprint(total, total, total)))
    return made


def cost_of(sequence: list[Noise]) -> Cost:
    return sum((Cost.of(noise, threshold=None) for noise in sequence), Cost())


def truth(sequence: list[Noise]) -> float:
    """The least epsilon at `DELTA` that dp-accounting finds possible for the whole composition."""
    whole = None
    for noise in sequence:
        if noise.mechanism is Mechanism.DISCRETE_GAUSSIAN:
            one = losses.from_discrete_gaussian_mechanism(
                float(noise.scale),
                sensitivity=noise.footprint.total,
                pessimistic_estimate=False,
                value_discretization_interval=STEP,
            )
        else:
            one = losses.from_discrete_laplace_mechanism(
                1 / float(noise.scale),
                sensitivity=noise.footprint.total,
                pessimistic_estimate=False,
                value_discretization_interval=STEP,
            )
        whole = one if whole is None else whole.compose(one)
    assert whole is not None
    return float(whole.get_epsilon_for_delta(float(DELTA)))


def measurement(noise: Noise, *, concentrated: bool) -> Any:
    """The same noise in OpenDP, on one cell."""
    space = dp.atom_domain(T=int), dp.absolute_distance(T=int)
    if noise.mechanism is Mechanism.DISCRETE_GAUSSIAN:
        return dp.m.make_gaussian(*space, scale=float(noise.scale))
    made = dp.m.make_laplace(*space, scale=float(noise.scale))
    return dp.c.make_pureDP_to_zCDP(made) if concentrated else made


def odometer(measure: Any) -> Any:
    return dp.c.make_fully_adaptive_composition(
        dp.atom_domain(T=int), dp.absolute_distance(T=int), output_measure=measure
    )


@pytest.fixture(autouse=True)
def _opendp() -> None:
    dp.enable_features("contrib")


@pytest.mark.parametrize("seed", range(24))
def test_no_sequence_costs_less_than_dp_accounting_finds(seed: int) -> None:
    """Mixed, Laplace alone and Gaussian alone: the budget's epsilon covers the true one, and wastes little.

    The most is wasted where Laplace and Gaussian noise are mixed: no sum of epsilons counts the second, and
    no rho knows that the first has no tail.
    """
    for gaussian, wasted in ((None, 2.6), (True, 1.15), (False, 1.5)):
        sequence = noises(seed, gaussian=gaussian, small=seed % 2 == 0)
        ours, least = cost_of(sequence).epsilon_at(DELTA), truth(sequence)
        assert ours * ROUNDING >= least
        assert ours <= least * wasted + 0.05


@pytest.mark.parametrize("seed", range(24))
def test_no_sequence_costs_more_than_opendps_odometers_say(seed: int) -> None:
    """Where all is pure the sum of epsilons, and its zCDP odometer at delta, are never under ours."""
    gaussian = None if seed % 2 else False
    sequence = noises(seed, gaussian=gaussian)
    concentrated = odometer(dp.zero_concentrated_divergence())(0)
    pure = odometer(dp.max_divergence())(0)
    total = max(noise.footprint.total for noise in sequence)
    for noise in sequence:
        # One odometer has one distance between neighbours: the noise is widened in proportion.
        wide = Noise(noise.mechanism, noise.scale_milli * total // noise.footprint.total, noise.footprint)
        concentrated(measurement(wide, concentrated=True))
        if gaussian is False:
            pure(measurement(wide, concentrated=False))
    theirs = epsilon_of(concentrated.privacy_loss(total), float(DELTA))
    if gaussian is False:
        theirs = min(theirs, pure.privacy_loss(total))
    assert cost_of(sequence).epsilon_at(DELTA) <= theirs * (1 + 1e-3)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("kind", ["gaussian", "laplace"])
def test_the_filter_stops_where_opendps_stops(seed: int, kind: str) -> None:
    """Given equal noises of one kind until no more is let in, both let in as many."""
    dice = random.Random(seed)
    scale = dice.randint(1500, 9000)
    if kind == "gaussian":
        noise = Noise(Mechanism.DISCRETE_GAUSSIAN, scale, Footprint(1, 1, 1))
        measure: Any = dp.zero_concentrated_divergence()
    else:
        noise = Noise(Mechanism.DISCRETE_LAPLACE, scale, Footprint(1, 1, 1))
        measure = dp.max_divergence()
    limit = Limit(dice.randint(1000, 5000), 2000 if kind == "gaussian" else 0, 91)
    allowed = _rho(limit) if kind == "gaussian" else limit.epsilon_milli / 1000
    theirs = dp.c.make_privacy_filter(odometer(measure), d_in=1, d_out=allowed)(0)
    query = measurement(noise, concentrated=kind == "gaussian")
    budget: Budget | None = Budget("city", limit)
    let_in = 0
    charge = Charge("t", Period(), Cost.of(noise, threshold=None))
    while budget is not None:
        ours = _spend(budget, charge)
        assert (ours is not None) == _answers(theirs, query)
        budget, let_in = ours, let_in + 1
    assert let_in > 1


def _rho(limit: Limit) -> float:
    """The largest rho, in 10^-12, that the limit lets in: found by asking it."""
    low, high = 0, 10**14
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if limit.allows(Cost(None, middle, 0)) else (low, middle)
    return low / 10**12


def _spend(budget: Budget, charge: Charge) -> Budget | None:
    try:
        return budget.spend(charge)
    except Refused:
        return None


def _answers(queryable: Any, query: Any) -> bool:
    try:
        queryable(query)
    except dp.OpenDPException as error:
        if "exceed privacy budget" not in str(error):
            raise
        return False
    return True


@pytest.mark.parametrize(
    ("rho", "epsilon"),
    [(0.003, 0.5), (0.003, 2.0), (0.1, 0.5), (0.1, 2.0), (0.1, 12.0), (1.0, 2.0), (1.0, 12.0), (7.5, 12.0)],
)
def test_opendp_converts_rho_as_we_do(rho: float, epsilon: float) -> None:
    """Delta at an epsilon is within a thousandth of OpenDP's, and not under it by more than rounding.

    It is for all but deltas near one: OpenDP looks at no order close to one, and we do.
    """
    space = dp.atom_domain(T=float, nan=False), dp.absolute_distance(T=float)
    sigma = (1 / (2 * rho)) ** 0.5
    gaussian: Any = dp.m.make_gaussian(*space, scale=sigma)
    converted: Any = dp.c.make_zCDP_to_approxDP(gaussian)
    profile = converted.map(1.0)
    theirs, ours = profile.delta(epsilon), delta_of(rho, epsilon)
    assert theirs <= ours * (1 + 1e-6) + 1e-300
    assert ours <= theirs * 1.001 + 1e-300
