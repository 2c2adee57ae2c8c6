"""The laws of `Budgets` and `Settled`: every implementation passes them, the one in memory first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from consent_ledger.errors import Refused
from edge_client.wire.budget import Budget, Charge
from edge_client.wire.cost import Cost, Limit
from edge_client.wire.release import Period
from lambdas.make_release.budgets import DynamoBudgets
from lambdas.make_release.service import Settled
from lambdas.make_release.settled import DynamoSettled
from lambdas.make_release.spending import FORESEEN, Budgets, Spending
from tests.support.measuring import MemoryBudgets, MemorySettled

pytest_plugins = ["tests.support.ministack"]


@pytest.fixture(params=["memory", "dynamo"])
def budgets(request: pytest.FixtureRequest) -> Budgets:
    if request.param == "memory":
        return MemoryBudgets()
    ministack = request.getfixturevalue("ministack")
    return DynamoBudgets(ministack.client("dynamodb"), ministack.table("pk"))


def test_nothing_was_written_before_the_first(budgets: Budgets) -> None:
    """An unknown population has no budget, and its first write comes after none."""
    assert budgets.read("city") is None
    assert not budgets.write("city", b"a", after=1)
    assert budgets.write("city", b"a", after=0)
    assert budgets.read("city") == (b"a", 1)


def test_who_did_not_see_the_last_write_may_not_write(budgets: Budgets) -> None:
    """Each write names the one before it; populations are apart."""
    assert budgets.write("city", b"a", after=0)
    assert not budgets.write("city", b"b", after=0)
    assert budgets.write("city", b"c", after=1)
    assert not budgets.write("city", b"d", after=1)
    assert budgets.write("town", b"e", after=0)
    assert (budgets.read("city"), budgets.read("town")) == ((b"c", 2), (b"e", 1))


def test_many_at_once_lose_nothing_and_never_overspend(budgets: Budgets) -> None:
    """Twelve at once where there is room for five: five are let in, and all five are written."""
    spending = Spending(budgets, Limit(5000, 0, 91))

    def attempt(number: int) -> bool:
        week = Period("2026-W47", "2026-W47")
        try:
            spending.spend_once("city", Charge(f"t-{number}", week, Cost(10**12, 462_117_157_723, 0)))
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        let_in = [number for number, done in enumerate(pool.map(attempt, range(12))) if done]
    stored = budgets.read("city")
    assert stored is not None
    assert {charge.name for charge in Budget.parse(stored[0]).charges} == {f"t-{number}" for number in let_in}
    assert len(let_in) == 5


@pytest.mark.parametrize(
    ("tasks", "weeks", "left"),
    # One task of epsilon 1 a week fits for ever; a second one is noticed while it still fits.
    [(1, 1, FORESEEN), (1, 20, FORESEEN), (2, 1, 6), (2, 6, 1), (2, 7, 0), (3, 1, 3), (15, 0, FORESEEN)],
)
def test_the_end_of_a_budget_is_seen_before_it_comes(
    budgets: Budgets, *, tasks: int, weeks: int, left: int
) -> None:
    """The number of weeks that are left is the number that is let in."""
    spending = Spending(budgets, Limit(14_000, 30_000, 91))

    def release(week: int) -> None:
        first = date(2026, 1, 5) + timedelta(weeks=week)
        period = Period(first.isoformat(), (first + timedelta(days=6)).isoformat())
        for task in range(tasks):
            spending.spend_once("city", Charge(f"t-{task}", period, Cost(10**12, 462_117_157_723, 0)))

    for week in range(weeks):
        release(week)
    assert spending.weeks_left("city") == left
    if weeks and left < FORESEEN:
        for week in range(weeks, weeks + left):
            release(week)
        with pytest.raises(Refused, match="more than is left"):
            release(weeks + left)


@pytest.fixture(params=["memory", "dynamo"])
def settled(request: pytest.FixtureRequest) -> Settled:
    if request.param == "memory":
        return MemorySettled()
    ministack = request.getfixturevalue("ministack")
    return DynamoSettled(ministack.client("dynamodb"), ministack.table("pk"), "city")


def test_a_batch_has_one_release_for_good(settled: Settled) -> None:
    """The first that is written stands, whoever comes later; other weeks and tasks are apart."""
    assert settled.digest("t", "2026-W47") is None
    assert settled.settle("t", "2026-W47", digest=b"a" * 32)
    assert not settled.settle("t", "2026-W47", digest=b"b" * 32)
    assert settled.settle("t", "2026-W48", digest=b"c" * 32)
    assert settled.settle("u", "2026-W47", digest=b"d" * 32)
    assert settled.digest("t", "2026-W47") == b"a" * 32


def test_of_many_at_once_one_settles(settled: Settled) -> None:
    """Eight with eight releases: one is told yes, and its own is what stands."""

    def attempt(number: int) -> bool:
        return settled.settle("t", "2026-W47", digest=bytes([number]) * 32)

    with ThreadPoolExecutor(4) as pool:
        (first,) = [number for number, won in enumerate(pool.map(attempt, range(8))) if won]
    assert settled.digest("t", "2026-W47") == bytes([first]) * 32
