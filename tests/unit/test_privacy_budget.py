"""The arithmetic of a privacy budget: what a release costs, what adds up, and when there is no room left."""

from __future__ import annotations

import math
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_ledger.errors import Malformed, Refused
from edge_client.wire.budget import Budget, Charge
from edge_client.wire.cost import Cost, Limit
from edge_client.wire.noise import Noise
from edge_client.wire.privacy import Bound, Mechanism, Privacy, Unit
from edge_client.wire.release import Period
from edge_client.wire.zcdp import delta_of, epsilon_of, rho_of, rho_of_pure

LIMIT = Limit(14_000, 30_000, 91)


def noise_of(
    mechanism: Mechanism, *, epsilon_milli: int = 1000, pairs: int = 1, public: bool = False
) -> Noise:
    privacy = Privacy(2, mechanism, epsilon_milli, 6)
    noise = Noise.least(privacy, Bound(Unit.DEVICE_WEEK, pairs).footprint(1), occurring=not public)
    assert noise is not None
    return noise


def week(number: int) -> Period:
    return Period(f"2026-W{number:02}", f"2026-W{number:02}")


def weekly(number: int, cost: Cost, name: str = "t") -> Charge:
    return Charge(name, week(number), cost)


LAPLACE = noise_of(Mechanism.DISCRETE_LAPLACE)
ONE = Cost.of(LAPLACE, threshold=LAPLACE.threshold_for(Privacy(2, LAPLACE.mechanism, 1000, 6), floor=2))


def test_laplace_noise_costs_its_epsilon_and_the_threshold_its_delta() -> None:
    """Epsilon 1, rho tanh(1/2), and no more delta than was given; on public pairs none."""
    assert ONE.epsilon == 10**12
    assert ONE.rho == pytest.approx(math.tanh(0.5) * 1e12)
    assert 0 < ONE.delta <= 10**9
    assert Cost.of(LAPLACE, threshold=None).delta == 0


def test_gaussian_noise_costs_half_its_squared_reach_over_the_variance() -> None:
    """It has no pure epsilon; a device that may send four pairs may send one pair four times."""
    noise = noise_of(Mechanism.DISCRETE_GAUSSIAN, pairs=4, public=True)
    cost = Cost.of(noise, threshold=None)
    assert (cost.epsilon, cost.delta) == (None, 0)
    assert cost.rho == math.ceil(Fraction(16, 2) / noise.scale**2 * 10**12)


def test_a_weekly_release_fits_for_ever_and_a_second_task_never() -> None:
    """Fourteen weeks touch ninety-one days: what the templates allow by default is one task of epsilon 1."""
    budget = Budget("city", LIMIT)
    for number in range(1, 53):
        budget = budget.spend_once(weekly(number, ONE))
    assert len(budget.charges) == 52
    assert budget.dearest().epsilon == 14 * 10**12
    with pytest.raises(Refused, match="more than is left"):
        budget.spend_once(weekly(20, ONE, name="another"))


def test_the_same_release_again_is_free_and_a_dearer_one_costs_the_difference() -> None:
    """Whoever tries again after a crash is charged once, for the dearer of what was meant."""
    half, whole = (noise_of(Mechanism.DISCRETE_LAPLACE, epsilon_milli=milli) for milli in (500, 1000))
    cheap, dear = Cost.of(half, threshold=None), Cost.of(whole, threshold=None)
    once = Budget("city", LIMIT).spend_once(weekly(1, cheap))
    assert once.spend_once(weekly(1, cheap)) is once
    assert once.spend_once(weekly(1, dear)).charges == (weekly(1, dear),)
    assert once.spend_once(weekly(1, dear)).spend_once(weekly(1, cheap)).charges == (weekly(1, dear),)
    assert len(once.spend(weekly(1, cheap)).charges) == 2


def test_no_day_of_a_year_is_a_fresh_start() -> None:
    """Any span of days counts: a quarter's end gives nothing back, ninety-one days later something does."""
    limit = Limit(2000, 30_000, 91)
    budget = Budget("city", limit).spend(weekly(12, ONE)).spend(weekly(13, ONE))
    for number in (1, 11, 14, 25):
        with pytest.raises(Refused):
            budget.spend(weekly(number, ONE))
    assert len(budget.spend(weekly(26, ONE)).charges) == 3


def test_a_period_that_is_not_told_counts_against_every_day() -> None:
    """Neither before nor after it is room for what it took."""
    limit = Limit(1000, 30_000, 7)
    untold = Budget("city", limit).spend(Charge("t", Period(), ONE))
    dated = Budget("city", limit).spend(weekly(1, ONE))
    with pytest.raises(Refused):
        untold.spend(weekly(40, ONE))
    with pytest.raises(Refused):
        dated.spend(Charge("t", Period(), ONE))


@pytest.mark.parametrize(
    "day", [date.min, date.min + timedelta(days=90), date.max - timedelta(days=90), date.max]
)
@pytest.mark.parametrize("days", [1, 91])
def test_the_calendars_first_and_last_days_count_like_any_other(day: date, days: int) -> None:
    """A release about the first or last day that a calendar has spends, and takes the room of a second."""
    charge = Charge("t", Period(day.isoformat(), day.isoformat()), ONE)
    budget = Budget("city", Limit(1000, 30_000, days)).spend(charge)
    assert budget.dearest() == ONE
    with pytest.raises(Refused, match="more than is left"):
        budget.spend(charge)


def test_small_costs_are_let_in_by_rho_where_their_epsilons_would_not() -> None:
    """Ten thousand releases of epsilon 0.01 cost 100 by epsilons and under 6 by rhos."""
    cost = Cost.of(noise_of(Mechanism.DISCRETE_LAPLACE, epsilon_milli=10), threshold=None)
    many = Cost(10_000 * (cost.epsilon or 0), 10_000 * cost.rho, 0)
    assert not Limit(5_000, 1000, 91).allows(many)
    assert Limit(6_000, 1000, 91).allows(many)
    assert many.epsilon_at(Fraction(1, 10**6)) < 6 < 100


def test_without_delta_only_pure_noise_on_public_pairs_is_let_in() -> None:
    """A limit at delta 0 has room for neither a threshold nor a Gaussian."""
    pure = Limit(5000, 0, 91)
    assert pure.allows(Cost.of(LAPLACE, threshold=None))
    assert not pure.allows(ONE)
    assert not pure.allows(Cost.of(noise_of(Mechanism.DISCRETE_GAUSSIAN), threshold=None))


def test_thresholds_have_half_of_delta_and_no_more() -> None:
    """Their deltas add up to half of the limit's at most, however little epsilon was spent."""
    limit = Limit(1_000_000, 1000, 91)
    assert limit.allows(Cost(0, 0, 500_000_000))
    assert not limit.allows(Cost(0, 0, 500_000_001))


COSTS = st.builds(
    Cost,
    st.none() | st.integers(0, 3 * 10**12),
    st.integers(0, 2 * 10**12),
    st.integers(0, 10**10),
)
LAST = 80
"""How many days after the first of a stretch of the calendar the last day of any charge is."""


def charges_after(start: date) -> st.SearchStrategy[list[Charge]]:
    """Charges about days of one stretch of the calendar, or of days that nobody tells."""
    periods = st.just(Period()) | st.builds(
        lambda first, length: Period(
            (start + timedelta(days=first)).isoformat(), (start + timedelta(days=first + length)).isoformat()
        ),
        st.integers(0, 60),
        st.integers(0, LAST - 60),
    )
    return st.lists(st.builds(Charge, st.sampled_from(["a", "b"]), periods, COSTS), max_size=12)


STARTS = date(2026, 12, 1), date.min, date.max - timedelta(days=LAST)
CHARGES = charges_after(STARTS[0])


def admitted(charges: list[Charge], limit: Limit) -> Budget:
    """The budget after all of the charges that it does not refuse."""
    budget = Budget("city", limit)
    for charge in charges:
        try:
            budget = budget.spend(charge)
        except Refused:
            continue
    return budget


@given(st.data(), st.sampled_from(STARTS), st.integers(1, 30), st.integers(500, 5000))
def test_no_span_of_days_is_ever_overspent(data: st.DataObject, start: date, days: int, milli: int) -> None:
    """Looked at day by day, at the calendar's ends too, every span of the limit's length is within it; what
    is refused would not be."""
    limit = Limit(milli, 30_000, days)
    charges = data.draw(charges_after(start))
    budget = admitted(charges, limit)
    lowest = max(date.min.toordinal(), start.toordinal() - 60)
    highest = min(date.max.toordinal(), start.toordinal() + LAST + 60)

    def within(held: tuple[Charge, ...]) -> bool:
        for ordinal in range(lowest, max(lowest, highest - days + 1) + 1):
            first, last = date.fromordinal(ordinal), date.fromordinal(ordinal + days - 1)
            touched = [c.cost for c in held if c.overlaps(first, last)]
            if not limit.allows(sum(touched, Cost())):
                return False
        return True

    assert within(budget.charges)
    for charge in charges:
        if charge not in budget.charges:
            assert not within((*budget.charges, charge))


@given(CHARGES)
def test_a_budget_prints_back_as_it_was(charges: list[Charge]) -> None:
    """Printing and parsing are each other's inverse."""
    budget = admitted(charges, LIMIT)
    assert Budget.parse(budget.to_bytes()) == budget


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"v":1', '"v":2'),
        ('"days":91', '"days":0'),
        ('"delta_ppb":30000', '"delta_ppb":-1'),
        ('"epsilon_e12":1000000000000', '"epsilon_e12":-1'),
        ('"rho_e12"', '"rho"'),
        ('"from":"2026-W01"', '"from":null'),
        ('"from":"2026-W01","name":"t"', '"from":"2025-W53","name":"t"'),
        ('"name":"t"', '"name":"T"'),
        ('"charges":[', '"charges": ['),
    ],
)
def test_a_budget_that_was_touched_is_refused(before: str, after: str) -> None:
    """Unknown fields, impossible numbers and weeks, and other spellings."""
    text = Budget("city", LIMIT).spend(weekly(1, ONE)).to_bytes().decode()
    assert before in text
    with pytest.raises(Exception, match=r"^(budget|release|canonical json): ") as refused:
        Budget.parse(text.replace(before, after).encode())
    assert type(refused.value).__name__ in {"Malformed", "Untrue"}


@pytest.mark.parametrize("terms", [(0, 1, 1), (1, -1, 1), (1, 1, 0), (1, 2_000_000, 1), (1, 1, 9999)])
def test_a_limit_that_cannot_be_meant_is_refused(terms: tuple[int, int, int]) -> None:
    """Nothing allowed at all, or everything, is no limit."""
    with pytest.raises(Malformed, match=r"^budget: "):
        Limit(*terms)


@pytest.mark.parametrize("rho", [0.01, 0.5, 3.0, 40.0])
@pytest.mark.parametrize("delta", [1e-3, 1e-6, 1e-12])
def test_rho_and_epsilon_lead_to_each_other(rho: float, delta: float) -> None:
    """Each conversion is the other's inverse, rounded to the safe side; both are within the simple bound."""
    epsilon = epsilon_of(rho, delta)
    assert delta_of(rho, epsilon) <= delta
    assert delta_of(rho, epsilon * (1 - 1e-6)) > delta
    assert rho * (1 - 1e-6) < rho_of(epsilon, delta) <= rho * (1 + 1e-6)
    assert epsilon <= rho + 2 * math.sqrt(rho * math.log(1 / delta)) * (1 + 1e-9)


@pytest.mark.parametrize("epsilon", [0.01, 0.3, 1.0, 5.0])
def test_no_pure_mechanism_has_more_rho_than_is_charged(epsilon: float) -> None:
    """At every order the worst of them, randomised response, stays under alpha rho; near 1 it reaches it."""
    rho = rho_of_pure(epsilon)
    for alpha in (1 + 1e-4, 1.1, 2, 3, 10, 100):
        grown = math.log(math.cosh((alpha - 0.5) * epsilon) / math.cosh(epsilon / 2))
        assert grown / (alpha - 1) <= alpha * rho
    near = math.log(math.cosh((0.5 + 1e-4) * epsilon) / math.cosh(epsilon / 2)) / 1e-4
    assert near > rho * 0.999
    assert rho <= epsilon**2 / 2
