"""Reports at their edges: the week they name, retries, what is kept of a session, what is not read back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from edge_client.dice import Dice
from edge_client.reporting import WEEK_MS, DueReport, Pool, Reporter, period_at, week_start_ms
from edge_client.wire.contribution import NOTHING
from tests.support.pages import chance, dice, numbered, task_for

TASK = task_for(numbered(["t"] * 30))
W47, W48, W49 = (week_start_ms(week) for week in ("2026-W47", "2026-W48", "2026-W49"))
EMPTY = (NOTHING, NOTHING)


def waiting(*reports: DueReport) -> Reporter:
    """A reporter in week 48 with these reports in its outbox."""
    return Reporter(TASK.task_id, W47, Pool("2026-W48"), reports)


def test_a_device_that_begins_sends_nothing_in_its_first_week() -> None:
    """Reports are made when a week begins, for what was collected in the week before."""
    reporter = Reporter.starting(TASK, at_ms=W47 + 5)
    assert (reporter.since_ms, reporter.pool.period, reporter.outbox) == (W47 + 5, "2026-W47", ())
    assert reporter.clock(at_ms=W48 - 1, task=TASK, chance=chance(visible=1, hidden=2)) == reporter


def test_a_new_week_fills_the_outbox_up_with_pairs_and_nothing() -> None:
    """Two pairs and two empty reports, due at random moments of what is left of the week."""
    reporter = replace(
        Reporter.starting(TASK, at_ms=W47), pool=Pool("2026-W47", ((1, 2), (3, 4)), 2), folded=2
    )
    after = reporter.clock(at_ms=W48 + 1000, task=TASK, chance=chance(visible=1, hidden=2))
    assert sorted(report.pair for report in after.outbox) == [(1, 2), (3, 4), EMPTY, EMPTY]
    assert all(W48 + 1000 <= report.due_ms < W49 for report in after.outbox)
    assert len({report.report_id for report in after.outbox}) == 4
    assert [report.period for report in after.outbox] == [None] * 4
    assert (after.pool, after.folded) == (Pool("2026-W48"), 2)


def test_reports_that_still_wait_take_the_place_of_new_ones() -> None:
    """A device that was away does not catch up: two old reports leave room for two new ones."""
    old = (DueReport(W48 + 1, "a" * 32, (1, 2)), DueReport(W48 + 2, "b" * 32, EMPTY, "2026-W48"))
    reporter = replace(waiting(*old), pool=Pool("2026-W48", ((5, 6), (6, 7), (7, 8)), 3))
    after = reporter.clock(at_ms=W49, task=TASK, chance=chance(visible=1, hidden=2))
    assert after.outbox[:2] == old
    assert sorted(report.pair for report in after.outbox[2:]) == [(5, 6), (6, 7)]


def test_a_clock_that_was_set_back_makes_no_new_week() -> None:
    """Neither last week nor last year begins a week; the year decides before the week's number does."""
    reporter = replace(waiting(), pool=Pool("2027-W01", ((1, 2),), 1))
    for at_ms in (W47, W49, week_start_ms("2026-W53")):
        assert reporter.clock(at_ms=at_ms, task=TASK, chance=chance(visible=1, hidden=2)) == reporter


def test_the_report_whose_time_came_first_leaves_first_and_none_before_its_time() -> None:
    """One report a page view, in the order of their times."""
    reporter = waiting(DueReport(W48 + 20, "a" * 32, (1, 2)), DueReport(W48 + 10, "b" * 32, (3, 4)))
    assert reporter.take(W48 + 9) == (reporter, None)
    after, first = reporter.take(W48 + 10)
    assert first is not None
    assert (first.report_id, first.source, first.target, first.task) == ("b" * 32, 3, 4, TASK.task_id)
    _, second = after.settled("b" * 32).take(W48 + 20)
    assert second is not None
    assert second.report_id == "a" * 32


def test_a_retry_is_the_same_report_also_in_another_week() -> None:
    """Id, period and pages of a report that was tried once do not change until it is settled."""
    reporter, first = waiting(DueReport(W48, "a" * 32, (1, 2))).take(W48 + 5)
    reporter = Reporter.from_bytes(reporter.to_bytes())
    reporter, again = reporter.take(W49 + 5)
    assert first == again
    assert first is not None
    assert first.period == "2026-W48"
    assert reporter.settled("a" * 32).outbox == ()


def test_settling_one_report_leaves_the_others() -> None:
    """An answer to a report that is not there any more changes nothing."""
    reporter = waiting(DueReport(W48, "a" * 32, (1, 2)), DueReport(W48, "b" * 32, EMPTY))
    assert [report.report_id for report in reporter.settled("a" * 32).outbox] == ["b" * 32]
    assert reporter.settled("c" * 32) == reporter


def test_a_session_without_a_pair_is_counted_and_adds_none() -> None:
    """One page is no move; the session is folded in all the same, so that it is not looked at again."""
    reporter = Reporter.starting(TASK, at_ms=W47)
    after = reporter.session_ended((7,), session=1, task=TASK, dice=dice(1))
    assert after == replace(reporter, pool=Pool("2026-W47", (), 1), folded=1)


def test_only_the_first_twenty_pages_of_a_session_make_a_pair() -> None:
    """A crawler's session, or a very long day, weighs no more than another."""
    for seed in range(200):
        after = Reporter.starting(TASK, at_ms=W47).session_ended(
            tuple(range(30)), session=1, task=TASK, dice=dice(seed)
        )
        assert max(after.pool.pairs[0]) < 20


@pytest.mark.parametrize(
    ("place", "kept"), [(0, ((9, 8), (3, 4))), (1, ((1, 2), (9, 8))), (2, ((1, 2), (3, 4)))]
)
def test_a_third_session_takes_one_of_two_places_or_none(
    place: int, kept: tuple[tuple[int, int], ...]
) -> None:
    """Each of three sessions has two chances in three to be among the two that are kept."""
    task = task_for(numbered(["t"] * 30), pairs_per_week=2)
    reporter = replace(
        Reporter.starting(task, at_ms=W47), pool=Pool("2026-W47", ((1, 2), (3, 4)), 2), folded=2
    )
    draws = iter((0, place))
    after = reporter.session_ended((9, 8), session=3, task=task, dice=Dice(lambda _: bytes([next(draws)])))
    assert after.pool == Pool("2026-W47", kept, 3)


@pytest.mark.parametrize(
    ("day", "period"),
    [(0, "1970-W01"), (3, "1970-W01"), (4, "1970-W02"), (20_821, "2026-W53"), (20_822, "2027-W01")],
)
def test_a_week_begins_on_monday_in_universal_time(day: int, period: str) -> None:
    """The ISO week, to the millisecond; 2026 has 53 of them."""
    day_ms = 24 * 60 * 60 * 1000
    assert period_at(day * day_ms) == period_at((day + 1) * day_ms - 1) == period
    assert week_start_ms(period) <= day * day_ms < week_start_ms(period) + WEEK_MS


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2}, {"more": 1}, {"task": 1}, {"since_ms": "1"}, {"period": None}, {"pairs": {}},
        {"pairs": [[1]]}, {"pairs": [["1", "2"]]}, {"sessions": "1"}, {"folded": None},
        {"outbox": [[1, "a", [1, 2]]]}, {"outbox": [["1", "a", [1, 2], None]]},
        {"outbox": [[1, "a", [1], None]]}, {"outbox": [[1, "a", [1, 2], 3]]},
        {"outbox": [[1, 2, [1, 2], None]]},
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_no_reporter_is_not_used(change: dict[str, object]) -> None:
    """A wrong shape is malformed: the caller starts afresh."""
    sound = json.loads(waiting(DueReport(W48, "a" * 32, (1, 2))).to_bytes())
    with pytest.raises(Malformed, match=r"^reporter: "):
        Reporter.from_bytes(canonical.encode(sound | change))
