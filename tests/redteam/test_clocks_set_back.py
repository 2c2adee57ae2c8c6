"""A clock that is set back brings nothing back and adds nothing: not to a week's reports, not to what is
told, not to what was deleted."""

from __future__ import annotations

from collections import Counter

from edge_client.reporting import week_start_ms
from tests.support.life import BOUND, HOUR_MS, Choose, Life, Look, Simple

YES, NO = frozenset({"learn", "suggest"}), frozenset[str]()


def later(life: Life, hours: int) -> None:
    """Let the device's clock move on, or be set back."""
    life.at_ms += hours * HOUR_MS
    life.latest_ms = life.at_ms  # the citizen acts under whatever clock there is


def act(life: Life, *acts: Choose | Look | Simple) -> None:
    for one in acts:
        life.latest_ms = 0
        life.do(one)


def test_a_yes_under_a_clock_that_was_set_back_adds_no_reports_to_a_week() -> None:
    """A week has had all its reports; a withdrawal, a clock a week back and a new yes do not make it more."""
    week = [Look(1, 20 * HOUR_MS, True)] * 8
    life = Life(1, at_ms=week_start_ms("2026-W47"))
    act(life, Choose(YES), Look(1, 0, True))
    life.at_ms = week_start_ms("2026-W48")
    act(life, *week, Choose(NO))
    life.at_ms = week_start_ms("2026-W47")
    act(life, Choose(YES), Look(1, 0, True))
    life.at_ms = week_start_ms("2026-W48")
    act(life, *week)
    assert Counter(report.period for report in life.sent)["2026-W48"] == BOUND


def test_a_page_from_before_the_yes_is_not_told_after_the_clock_was_set_back() -> None:
    """Its visit carries a time after the yes, and was before it all the same."""
    for seed in range(40):
        life = Life(seed)
        act(life, Choose(frozenset({"suggest"})), Look(11, 60_000, True))
        later(life, -1)
        act(life, Choose(YES), Look(2, 60_000, True))
        later(life, 1)
        act(life, Look(0, HOUR_MS, True))
        assert life.session.reporter is not None
        assert life.session.reporter.pool.pairs == ()


def test_deleting_the_list_under_a_clock_that_was_set_back_deletes_all_of_it() -> None:
    """The visit carries a time after the deletion, and was before it all the same."""
    life = Life(1)
    act(life, Choose(YES), Look(3, 60_000, True))
    later(life, -30)
    act(life, Simple("clear"))
    assert life.session.profile.visits == ()


def test_deleting_the_list_again_under_a_clock_that_was_set_back_deletes_it_again() -> None:
    """A clearing at an earlier time than the last one is a new one."""
    life = Life(1)
    act(life, Choose(YES), Look(3, 60_000, True), Simple("clear"))
    later(life, -30)
    act(life, Look(4, 60_000, True), Simple("clear"))
    assert life.session.profile.visits == ()
