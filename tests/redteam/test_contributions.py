"""Attacks on the counts: false reports around a victim, and a cell that only one device could have made."""

from __future__ import annotations

import random
import secrets
from dataclasses import replace

from consent_ledger.leaf import BudgetLeaf
from edge_client.wire.contribution import Contribution
from edge_client.wire.release import Mechanism, Release
from edge_client.wire.task import MeasurementTask
from lambdas.add_contribution.service import AddContributionService
from lambdas.make_release.service import MakeReleaseService
from lambdas.shared.measurement.memory import MemoryBatches
from tests.support.measuring import NOON, PAGES, TASK, WEEK, Bundle, MemorySettled, Shelf, ample

TRIALS = 400


def released(
    pairs: dict[tuple[int, int], int], *, seed: int, task: MeasurementTask = TASK
) -> dict[tuple[str, str], int]:
    """What an attacker reads after these reports."""
    batches = MemoryBatches()
    service = AddContributionService(Bundle(task), batches, lambda: NOON)
    for (source, target), count in pairs.items():
        for _ in range(count):
            service.add(Contribution(TASK.task_id, WEEK, secrets.token_hex(16), source, target))
    leaves: list[BudgetLeaf] = []
    making = MakeReleaseService(
        task.site,
        Bundle(task),
        batches,
        Shelf(),
        MemorySettled(),
        lambda entry, data: leaves.append(entry),
        ample(),
        Mechanism.DISCRETE_LAPLACE,
        lambda _: random.Random(seed).randrange,
        lambda: NOON,
    )
    moves = Release.parse(making.release(TASK.task_id, WEEK)).moves()
    return {(str(a), str(b)): count for (a, b), count in moves.items()}


def test_ninety_nine_false_reports_do_not_reveal_the_hundredth() -> None:
    """The attacker of the minimum batch size alone: it knows 99 reports and guesses the victim's.

    Without noise the count is 99 or 100 and the guess always right. With noise worth epsilon 1 no guess is
    right more often than e / (1 + e), 73 %.
    """
    right = 0
    cell = (PAGES[0], PAGES[1])
    for seed in range(TRIALS):
        victim_was_there = seed % 2 == 0
        pairs = {(0, 1): 99, (1, 2): 0} if not victim_was_there else {(0, 1): 100}
        count = released(pairs, seed=seed)[cell]
        guess = count >= 100
        right += guess == victim_was_there
    assert right / TRIALS < 0.73 + 0.06
    assert right / TRIALS > 0.5  # the attack is a real one: it does better than a coin


def test_whether_there_is_a_release_does_not_tell_who_took_part() -> None:
    """The attacker sends all reports but the victim's: with it and without it there is an empty release.

    A smallest total would be an exact comparison that the victim alone decides: ten reports are a release,
    nine are none.
    """
    others = {(0, 1): 5, (1, 2): 4}
    for seed in range(20):
        assert released(others, seed=seed) == released({**others, (2, 0): 1}, seed=seed) == {}


def test_a_cell_of_one_device_never_shows() -> None:
    """A pair that one device alone reported is not there, whatever the noise; a crowd's pair is.

    The task's own minimum is as low as it can be: what hides the pair is the mechanism's threshold.
    """
    lenient = replace(TASK, k=2)
    for seed in range(TRIALS):
        seen = released({(0, 1): 100, (1, 2): 1}, seed=seed, task=lenient)
        assert set(seen) == {(PAGES[0], PAGES[1])}
