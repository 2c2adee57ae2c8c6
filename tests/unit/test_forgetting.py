"""Forgetting: what the citizen has deleted is gone from the profile and from what waits to be reported."""

from __future__ import annotations

from edge_client.profile import Profile
from edge_client.reporting import DueReport, Pool, Reporter
from edge_client.wire.contribution import NOTHING
from edge_client.wire.paths import ItemId

T0 = 1_795_000_000_000
A, B, C = ItemId("/a"), ItemId("/b"), ItemId("/c")


def looked(*items: ItemId) -> Profile:
    """Look at one page a minute, from `T0` on."""
    profile = Profile()
    for number, item in enumerate(items):
        profile = profile.visited(item, at_ms=T0 + number * 60_000, keep_days=90)
    return profile


def reporter() -> Reporter:
    """Two collected pairs, and three reports that wait: a tried one, one of other pages, and nothing."""
    return Reporter(
        task="moves",
        since_ms=T0,
        pool=Pool("2026-W47", ((0, 1), (2, 3)), 5),
        outbox=(
            DueReport(T0 + 3, "a" * 32, (1, 4), "2026-W47"),
            DueReport(T0 + 1, "b" * 32, (2, 5)),
            DueReport(T0 + 2, "c" * 32, (NOTHING, NOTHING)),
        ),
        folded=5,
    )


def test_clearing_forgets_every_visit_and_dismissal_whatever_the_clock_says() -> None:
    """All that is known goes, also what a clock that ran ahead has dated later than the wish to forget it."""
    profile = looked(A, B, C).dismiss(C).clear(T0 - 60_000)
    assert profile.visits == ()
    assert profile.dismissed == frozenset()
    assert profile.cleared_ms == T0 - 60_000


def test_clearing_told_again_takes_nothing_more() -> None:
    """Pages tell it until they hear that it was done: what was learnt or said since then stays."""
    cleared = looked(A).clear(T0 + 1)
    since = cleared.visited(B, at_ms=T0 + 5, keep_days=90).dismiss(C)
    assert since.clear(T0 + 1) == since
    assert since.clear(T0).visits == (), "another wish is another wish, though the clock was set back"


def test_clearing_is_remembered_when_the_browser_is_closed() -> None:
    """The time of the last clearing is kept with the profile."""
    cleared = looked(A).clear(T0 + 1)
    assert Profile.from_bytes(cleared.to_bytes()) == cleared


def test_without_takes_the_visits_that_are_not_wanted_and_nothing_else() -> None:
    """Dismissals, sessions and the order of the other visits stay; where nothing goes, nothing changes."""
    profile = looked(A, B, A, C).dismiss(B)
    left = profile.without(lambda item: item == A)
    assert [visit.item for visit in left.visits] == [B, C]
    assert left.dismissed == {B}
    assert profile.without(lambda item: False) is profile


def test_a_forgotten_page_leaves_every_pair_and_no_report_fewer() -> None:
    """Pairs that name it say nothing; ids, times, periods and the number of reports are as before."""
    left = reporter().without(lambda page: page == 1)
    assert left.pool.pairs == ((2, 3),)
    assert [report.pair for report in left.outbox] == [(NOTHING, NOTHING), (2, 5), (NOTHING, NOTHING)]
    assert [(report.due_ms, report.report_id, report.period) for report in left.outbox] == [
        (report.due_ms, report.report_id, report.period) for report in reporter().outbox
    ]


def test_a_page_is_forgotten_in_either_place_of_a_pair() -> None:
    """The page before and the page after are both told by a pair."""
    assert reporter().without(lambda page: page == 3).pool.pairs == ((0, 1),)
    assert reporter().without(lambda page: page == 2).pool.pairs == ((0, 1),)
    assert [report.pair for report in reporter().without(lambda page: page == 5).outbox] == [
        (1, 4),
        (NOTHING, NOTHING),
        (NOTHING, NOTHING),
    ]
