"""The bound of a week, through everything that can happen to a device: visits, clocks that jump, closed
browsers, lost answers, choices taken back and made again, lists deleted.

The citizen chooses and deletes under a clock that has not been set back; between two choices it jumps freely.
"""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from edge_client.profile import SESSION_GAP_MS
from tests.support.examples import examples
from tests.support.life import BOUND, HOUR_MS, PAGES, Act, Choose, Jump, Life, Look, Simple

LOOKS = st.builds(
    Look,
    page=st.integers(0, len(PAGES) - 1),
    gap_ms=st.sampled_from([60_000, SESSION_GAP_MS, SESSION_GAP_MS + 1, 20 * HOUR_MS, 70 * HOUR_MS]),
    answered=st.booleans(),
)
ACTS = st.lists(
    st.one_of(
        LOOKS,
        LOOKS,
        LOOKS,
        st.builds(Jump, hours=st.sampled_from([-400, -170, -30, -1, 1, 30, 170, 400])),
        st.builds(
            Choose,
            given=st.sampled_from(
                [frozenset(), frozenset({"learn"}), frozenset({"suggest"}), frozenset({"learn", "suggest"})]
            ),
        ),
        st.sampled_from([Simple("close"), Simple("clear"), Simple("dismiss")]),
    ),
    max_size=60,
)


def lived(acts: list[Act], seed: int) -> Life:
    life = Life(seed)
    for act in [Choose(frozenset({"learn", "suggest"})), *acts]:
        life.do(act)
    return life


@settings(max_examples=examples(400))
@given(acts=ACTS, seed=st.integers(0, 1000))
def test_no_week_ever_gets_more_than_the_bound(acts: list[Act], seed: int) -> None:
    """Reports are told apart by their ids; no more than the bound name one week."""
    weeks: dict[str, set[str]] = defaultdict(set)
    for report in lived(acts, seed).sent:
        weeks[report.period].add(report.report_id)
    assert all(len(ids) <= BOUND for ids in weeks.values())


@settings(max_examples=examples(400))
@given(acts=ACTS, seed=st.integers(0, 1000))
def test_every_pair_was_looked_at_in_that_order_in_one_session_since_the_yes(
    acts: list[Act], seed: int
) -> None:
    """Nothing from before the yes or a clearing, from two sessions, or of a sensitive page is told."""
    life = lived(acts, seed)
    for report in life.sent:
        assert report.is_nothing or any(
            before < after
            for pages in life.noted
            for before, source in enumerate(pages)
            for after, target in enumerate(pages)
            if (source, target) == (report.source, report.target)
        )


@given(acts=ACTS, seed=st.integers(0, 1000))
def test_a_report_keeps_its_week_its_length_and_is_gone_once_answered(acts: list[Act], seed: int) -> None:
    """A retry names the same week; every body has the same number of bytes."""
    sent = lived(acts, seed).sent
    weeks: dict[str, set[str]] = defaultdict(set)
    for report in sent:
        weeks[report.report_id].add(report.period)
    assert all(len(named) == 1 for named in weeks.values())
    assert len({len(report.to_bytes()) for report in sent}) <= 1


def test_lives_like_these_do_send_reports_with_pairs() -> None:
    """The properties above speak of something: a plain life fills each week but the last up."""
    acts: list[Act] = [Look(place % 6, 60_000 if place % 3 else 20 * HOUR_MS, True) for place in range(100)]
    sent = lived(acts, 1).sent
    weeks = [sum(report.period == period for report in sent) for period in sorted({r.period for r in sent})]
    assert weeks[:-1] == [BOUND] * (len(weeks) - 1)
    assert len(weeks) >= 3
    assert not any(report.is_nothing for report in sent)
