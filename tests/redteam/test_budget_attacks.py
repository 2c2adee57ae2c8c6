"""Attacks on the privacy budget: differences, other names, dead processes, clocks, races for what is left."""

from __future__ import annotations

import random
import secrets
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import exp

import pytest

from consent_ledger.errors import Malformed, Refused, Untrue
from edge_client.wire.budget import Budget, Charge
from edge_client.wire.contribution import Contribution
from edge_client.wire.cost import Cost, Limit
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Mechanism, Period, Privacy, Release, Unit
from edge_client.wire.task import MeasurementTask
from lambdas.add_contribution.service import AddContributionService
from lambdas.make_release.service import MakeReleaseService
from lambdas.make_release.spending import LONGEST_ROW_BYTES, Spending
from lambdas.shared.measurement.memory import MemoryBatches
from model_export.counting.reading import Choice, Format, Reading
from model_export.counting.visits import Limits
from model_export.releasing.aggregate import Terms, release_counts
from tests.support.measuring import NOON, TASK, WEEK, Bundle, MemoryBudgets, MemorySettled, Shelf

OTHER = replace(TASK, task_id="city-moves-2")
ROOM_FOR_ONE = Limit(1000, 30_000, 91)
LATER = NOON + timedelta(days=8)
"""Two days after the week: it is closed, and its sums still wait."""


class Killed(BaseException):
    """What happens to a process that is not asked."""


def filled(*tasks: MeasurementTask, count: int = 100) -> MemoryBatches:
    batches = MemoryBatches()
    adding = AddContributionService(Bundle(*tasks), batches, lambda: NOON)
    for task in tasks:
        for _ in range(count):
            adding.add(Contribution(task.task_id, WEEK, secrets.token_hex(16), 0, 1))
    return batches


def releasing(
    batches: MemoryBatches,
    budgets: MemoryBudgets,
    *,
    limit: Limit = ROOM_FOR_ONE,
    at: datetime = LATER,
    below: Callable[[int], int] | None = None,
) -> MakeReleaseService:
    return MakeReleaseService(
        site=TASK.site,
        bundle=Bundle(TASK, OTHER),
        batches=batches,
        releases=Shelf(),
        settled=MemorySettled(),
        log=lambda entry, data: None,
        spending=Spending(budgets, limit),
        mechanism=Mechanism.DISCRETE_LAPLACE,
        below=lambda _: below or random.Random(5).randrange,
        now=lambda: at,
    )


def charges(budgets: MemoryBudgets) -> list[str]:
    row = budgets.read(TASK.site)
    return [] if row is None else [charge.name for charge in Budget.parse(row[0]).charges]


def difference(privacy: Privacy, *, with_victim: bool) -> int:
    """What two releases that overlap in all but a day show, subtracted: the victim came on that day alone."""
    pair = (ItemId("/tax"), ItemId("/debt"))
    terms = Terms("city", privacy, Choice(limits=Limits(bound=1)))
    made = [
        release_counts(Counter({pair: count}), Format.NCSA, reading=Reading(), terms=terms).moves()[pair]
        for count in (500, 500 + with_victim)
    ]
    return made[1] - made[0]


def test_subtracting_two_overlapping_releases_tells_nothing_much_through_noise() -> None:
    """Without noise the difference is the victim, every time; with it guesses are as poor as promised."""
    assert [difference(Privacy(10), with_victim=there) for there in (False, True)] == [0, 1]
    noisy = Privacy(10, Mechanism.DISCRETE_LAPLACE, 500, 6)
    trials = 300
    right = sum((difference(noisy, with_victim=bool(n % 2)) >= 1) == bool(n % 2) for n in range(trials))
    # Both releases saw the victim's day at most once each: epsilon 0.5 + 0.5.
    assert right / trials < exp(1) / (1 + exp(1)) + 0.08


def test_a_new_task_does_not_reset_what_a_sites_devices_have_lost() -> None:
    """The same week under two task ids is charged twice: the second is refused where one has room."""
    budgets, batches = MemoryBudgets(), filled(TASK, OTHER)
    service = releasing(batches, budgets)
    service.release(TASK.task_id, WEEK)
    with pytest.raises(Refused, match=r"^budget: this release would spend more"):
        service.release(OTHER.task_id, WEEK)
    assert charges(budgets) == [TASK.task_id]


def test_what_was_refused_is_destroyed_on_schedule_and_never_shown() -> None:
    """A refusal leaves no release, and five days after its week the sums are gone."""
    budgets, batches = MemoryBudgets(), filled(TASK, OTHER)
    service = releasing(batches, budgets)
    service.release(TASK.task_id, WEEK)
    for _ in range(2):
        with pytest.raises(Refused):
            service.release(OTHER.task_id, WEEK)
    assert batches.counts(OTHER.task_id, WEEK) == {(0, 1): 100}
    with pytest.raises(Refused, match="waited too long"):
        replace(service, now=lambda: NOON + timedelta(days=12)).release(OTHER.task_id, WEEK)
    assert batches.counts(OTHER.task_id, WEEK) == {}
    assert charges(budgets) == [TASK.task_id]


def test_the_same_week_again_never_spends_twice() -> None:
    """The release stands, and so does its one charge."""
    budgets = MemoryBudgets()
    service = releasing(filled(TASK), budgets)
    assert service.release(TASK.task_id, WEEK) == service.release(TASK.task_id, WEEK)
    assert charges(budgets) == [TASK.task_id]


def test_a_crash_between_the_charge_and_the_write_is_paid_for_once() -> None:
    """Killed with the noise drawn and nothing written: the next attempt is the first that anybody sees."""
    budgets, batches = MemoryBudgets(), filled(TASK)
    service = releasing(batches, budgets)

    class Dies(Shelf):
        def write_once(self, name: str, data: bytes) -> None:
            raise Killed

    with pytest.raises(Killed):
        replace(service, releases=Dies()).release(TASK.task_id, WEEK)
    assert charges(budgets) == [TASK.task_id]
    assert Release.parse(service.release(TASK.task_id, WEEK)).cells
    assert charges(budgets) == [TASK.task_id]


def test_no_noise_is_drawn_before_it_is_paid_for() -> None:
    """Killed at the first throw of dice, it is charged; killed at the charge, no dice were thrown."""
    budgets, batches, thrown = MemoryBudgets(), filled(TASK), list[int]()

    def dies(most: int) -> int:
        thrown.append(most)
        raise Killed

    with pytest.raises(Killed):
        releasing(batches, budgets, below=dies).release(TASK.task_id, WEEK)
    assert (charges(budgets), len(thrown)) == ([TASK.task_id], 1)

    class Full(MemoryBudgets):
        def write(self, population: str, data: bytes, *, after: int) -> bool:
            raise Killed

    with pytest.raises(Killed):
        releasing(batches, Full(), below=dies).release(TASK.task_id, WEEK)
    assert len(thrown) == 1


def test_a_clock_set_back_gives_no_room_back() -> None:
    """The budget goes by the weeks that releases are about, whatever today is said to be."""
    budgets, batches = MemoryBudgets(), filled(TASK, OTHER)
    releasing(batches, budgets).release(TASK.task_id, WEEK)
    for at in (NOON, datetime(2020, 1, 1, tzinfo=UTC), LATER):
        with pytest.raises(Refused, match=r"^budget: "):
            releasing(batches, budgets, at=at).release(OTHER.task_id, WEEK)


def test_whoever_races_for_what_is_left_gets_no_more_than_there_is() -> None:
    """Forty tasks released at once where there is room for three: three are, and three are charged."""
    tasks = tuple(replace(TASK, task_id=f"t-{number}") for number in range(40))
    budgets, batches = MemoryBudgets(), filled(*tasks, count=1)
    service = releasing(batches, budgets, limit=Limit(3000, 30_000, 91), below=secrets.randbelow)

    def attempt(task: MeasurementTask) -> bool:
        try:
            service.release(task.task_id, WEEK)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, tasks)) == 3
    assert len(charges(budgets)) == 3


def test_a_budget_that_cannot_be_read_lets_nothing_through() -> None:
    """Whoever writes nonsense over it stops releases; it does not reset them."""
    budgets = MemoryBudgets()
    budgets.write(TASK.site, b"{}", after=0)
    shelf = Shelf()
    with pytest.raises(ValueError, match=r"^budget: "):
        replace(releasing(filled(TASK), budgets), releases=shelf).release(TASK.task_id, WEEK)
    assert shelf.files == {}


@pytest.mark.parametrize(
    ("first", "last", "kind"),
    [
        ("2026-12-01", "2026-W10", Malformed),
        ("2026-W10", "2026-12-01", Malformed),
        ("2026-W53", "2027-W01", None),
        ("2025-W53", "2025-W53", Malformed),
        ("2026-02-30", "2026-03-01", Malformed),
        ("9999-W52", "9999-W52", Malformed),
        ("2026-W11", "2026-W10", Untrue),
        ("2026-03-02", "2026-03-01", Untrue),
    ],
)
def test_a_period_is_days_of_a_calendar_in_order(first: str, last: str, kind: type[Exception] | None) -> None:
    """A day and a week compared as text would make a period that no day is in, and that costs nothing."""
    if kind is None:
        days = Period(first, last).days()
        assert days is not None
        assert days[0] < days[1]
        return
    with pytest.raises(kind, match=r"^release: "):
        Period(first, last)


def test_no_period_escapes_the_filter() -> None:
    """Whatever is accepted as a period has a day in it, and a second charge about it finds no room."""
    texts = [f"2026-W{week:02d}" for week in range(1, 54)]
    texts += [f"2026-{month:02d}-{day:02d}" for month in range(1, 13) for day in (1, 15, 28)]
    drawn, once = random.Random(8), Budget("city", Limit(1000, 30_000, 91))
    accepted = 0
    for _ in range(2000):
        try:
            period = Period(drawn.choice(texts), drawn.choice(texts))
        except (Malformed, Untrue):
            continue
        accepted += 1
        after = once.spend(Charge("t", period, Cost(10**12, 10**12, 0)))
        with pytest.raises(Refused):
            after.spend(Charge("u", period, Cost(10**12, 10**12, 0)))
    assert accepted > 200


def test_a_row_that_is_full_refuses_instead_of_failing() -> None:
    """DynamoDB's items end at 400 KB: before that the answer is a refusal, and the row stays as it was."""
    ample, spent = Limit(1_000_000, 30_000, 91), Cost(10**12, 462_117_157_723, 900_000)
    names = [f"{year}-W{week:02d}" for year in range(1960, 2030) for week in range(1, 53)]
    weeks = [Period(name, name) for name in names]
    charges = tuple(Charge("city-moves-1", week, spent, Unit.DEVICE_WEEK) for week in weeks)
    full = Budget("city", ample, charges, Unit.DEVICE_WEEK)
    budgets = MemoryBudgets()
    budgets.write("city", full.to_bytes(), after=0)
    before = budgets.read("city")
    with pytest.raises(Refused, match="too many charges"):
        Spending(budgets, ample).spend_once(
            "city", Charge("city-moves-1", Period(WEEK, "2026-W48"), spent, Unit.DEVICE_WEEK)
        )
    assert budgets.read("city") == before
    assert len(full.to_bytes()) > LONGEST_ROW_BYTES
