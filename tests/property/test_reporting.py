"""Reports: as many as the bound says, when chance says, whatever was looked at."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from edge_client.dice import Dice
from edge_client.reporting import WEEK_MS, Reporter, ordered_pair, period_at, week_start_ms
from edge_client.wire.contribution import NOTHING, Contribution
from tests.support.pages import chance, dice, numbered, task_for

CATALOGUE = numbered(["topic"] * 30)
HOUR_MS = 60 * 60 * 1000
START_MS = week_start_ms("2026-W47")

SEEDS = st.integers(0, 2**32)
SESSIONS = st.lists(st.lists(st.integers(0, 29), unique=True, max_size=25).map(tuple), max_size=12)
# Hours before a page is looked at, what was looked at in the session before, and whether a report arrives.
LOOKS = st.lists(
    st.tuples(st.integers(0, 24 * 9), st.lists(st.integers(0, 29), unique=True, max_size=6), st.booleans()),
    max_size=40,
)
BOUNDS = st.integers(1, 8)


@given(sessions=SESSIONS, bound=BOUNDS, seed=SEEDS)
def test_exactly_the_bound_leaves_in_a_week_whatever_was_looked_at(
    sessions: list[tuple[int, ...]], bound: int, seed: int
) -> None:
    """A device that is used every hour has its bound to send in each week after the first: pairs, or
    nothing."""
    task = task_for(CATALOGUE, pairs_per_week=bound)
    coins = chance(visible=seed, hidden=seed + 1)
    reporter = Reporter.starting(task, at_ms=START_MS)
    for number, pages in enumerate(sessions, 1):
        reporter = reporter.session_ended(pages, session=number, task=task, dice=coins.hidden)
    sent: list[Contribution] = []
    for at_ms in range(START_MS, START_MS + 3 * WEEK_MS, HOUR_MS):
        before = reporter
        reporter = reporter.clock(at_ms=at_ms, task=task, chance=coins)
        if reporter.pool.period != before.pool.period:
            # What is left over came due in the week's last hours, of which each takes one.
            assert all(report.due_ms > at_ms - bound * HOUR_MS for report in before.outbox)
            assert len(reporter.outbox) == bound
        reporter, contribution = reporter.take(at_ms)
        if contribution:
            sent.append(contribution)
            reporter = reporter.settled(contribution.report_id)
    weeks = Counter(contribution.period for contribution in sent)
    assert weeks["2026-W47"] == 0
    assert weeks["2026-W48"] <= bound
    assert weeks["2026-W49"] + len(reporter.outbox) == bound
    named = [contribution for contribution in sent if not contribution.is_nothing]
    assert len(named) == min(bound, sum(len(pages) > 1 for pages in sessions))
    for contribution in named:
        assert any(
            pages[:20].index(contribution.source) < pages[:20].index(contribution.target)
            for pages in sessions
            if contribution.source in pages[:20] and contribution.target in pages[:20]
        )


@given(looks=LOOKS, bound=BOUNDS, seed=SEEDS)
def test_no_week_has_more_than_the_bound_and_no_report_counts_twice(
    looks: list[tuple[int, list[int], bool]], bound: int, seed: int
) -> None:
    """However a device is used, and however often the network fails."""
    task = task_for(CATALOGUE, pairs_per_week=bound)
    coins = chance(visible=seed, hidden=seed + 1)
    reporter, at_ms = Reporter.starting(task, at_ms=START_MS), START_MS
    sent: dict[str, set[bytes]] = {}
    for number, (hours, pages, arrives) in enumerate(looks, 1):
        at_ms += hours * HOUR_MS
        reporter = reporter.session_ended(tuple(pages), session=number, task=task, dice=coins.hidden)
        reporter, contribution = reporter.clock(at_ms=at_ms, task=task, chance=coins).take(at_ms)
        assert len(reporter.outbox) <= bound
        assert len(reporter.pool.pairs) <= bound
        if contribution:
            sent.setdefault(contribution.report_id, set()).add(contribution.to_bytes())
            assert contribution.period <= period_at(at_ms)
        if contribution and arrives:
            reporter = reporter.settled(contribution.report_id)
        assert Reporter.from_bytes(reporter.to_bytes()) == reporter
    # A retry is the same bytes, so that it is counted once.
    assert all(len(bodies) == 1 for bodies in sent.values())
    weeks = Counter(Contribution.from_bytes(body).period for bodies in sent.values() for body in bodies)
    assert all(count <= bound for count in weeks.values())


@given(
    one=SESSIONS, other=SESSIONS, hours=st.lists(st.integers(0, 200), max_size=30), bound=BOUNDS, seed=SEEDS
)
def test_number_times_and_ids_of_reports_say_nothing_about_what_was_looked_at(
    one: list[tuple[int, ...]], other: list[tuple[int, ...]], hours: list[int], bound: int, seed: int
) -> None:
    """For any two histories, and the same visible chance, the same reports leave at the same times."""
    task = task_for(CATALOGUE, pairs_per_week=bound)

    def outside(sessions: list[tuple[int, ...]]) -> list[tuple[int, str, str, int]]:
        coins = chance(visible=seed, hidden=seed + 1)
        reporter, at_ms, wire = Reporter.starting(task, at_ms=START_MS), START_MS, []
        for number, pages in enumerate(sessions, 1):
            reporter = reporter.session_ended(pages, session=number, task=task, dice=coins.hidden)
        for passed in hours:
            at_ms += passed * HOUR_MS
            reporter, contribution = reporter.clock(at_ms=at_ms, task=task, chance=coins).take(at_ms)
            if contribution:
                wire.append(
                    (at_ms, contribution.report_id, contribution.period, len(contribution.to_bytes()))
                )
                reporter = reporter.settled(contribution.report_id)
        return wire

    assert outside(one) == outside(other)


@given(hours=st.lists(st.integers(-400, 400), max_size=30), seed=SEEDS)
def test_a_clock_that_jumps_back_makes_no_more_reports(hours: list[int], seed: int) -> None:
    """Going back and forth over the end of a week fills the outbox once for each week that was new."""
    task = task_for(CATALOGUE)
    coins = chance(visible=seed, hidden=seed + 1)
    reporter, at_ms, weeks, made = Reporter.starting(task, at_ms=START_MS), START_MS, {"2026-W47"}, set[str]()
    for passed in hours:
        at_ms += passed * HOUR_MS
        newest = max(weeks)
        reporter = reporter.clock(at_ms=at_ms, task=task, chance=coins)
        weeks |= {period_at(at_ms)} if period_at(at_ms) > newest else set()
        made |= {report.report_id for report in reporter.outbox}
        assert reporter.pool.period == max(weeks)
        reporter = replace(reporter, outbox=())
    assert len(made) == 4 * (len(weeks) - 1)


@given(pages=st.lists(st.integers(0, 29), unique=True, min_size=2, max_size=20), seed=SEEDS)
def test_a_pair_is_two_pages_in_the_order_of_looking(pages: list[int], seed: int) -> None:
    """The first was looked at before the second."""
    pair = ordered_pair(tuple(pages), dice(seed))
    assert pair is not None
    assert pages.index(pair[0]) < pages.index(pair[1])


def test_each_pair_of_a_session_is_as_likely_as_the_others() -> None:
    """Counted out over all numbers that can be drawn: five pages make ten pairs, each of them once."""
    drawn = [ordered_pair((3, 1, 4, 5, 9), Dice(lambda _, at=at: bytes([at]))) for at in range(10)]  # type: ignore[misc]  # bound now
    assert len(set(drawn)) == 10


def test_one_page_makes_no_pair() -> None:
    """And a session that makes none says nothing."""
    assert ordered_pair((7,), dice(1)) is None
    assert ordered_pair((), dice(1)) is None
    assert Contribution.nothing("t", period="2026-W47", report_id="0" * 32).source == NOTHING


@given(at_ms=st.integers(0, 4_000_000_000_000))
def test_a_time_lies_in_its_week(at_ms: int) -> None:
    """A week begins on Monday, UTC, and lasts seven days."""
    start = week_start_ms(period_at(at_ms))
    assert start <= at_ms < start + WEEK_MS
    assert period_at(start) == period_at(at_ms)
