"""Visitors are bounded, machines left out, and the state does not grow with the log."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_client.wire.paths import ItemId
from model_export.counting import visits as module
from model_export.counting.contributions import MOST_PAGES, WHOLE_PARTS, Limits, Pair, pairs_of, spread
from model_export.counting.visits import MOST_PAGES_A_MINUTE, SWEEP_EVERY, Visits

A, B, C, D = (ItemId(f"/{letter}") for letter in "abcd")


def fold(pages: list[tuple[int, ItemId]], limits: Limits, key: str = "192.0.2.1") -> Counter[Pair]:
    """The counts of one visitor's (second, page) requests."""
    visits = Visits(limits)
    for at, page in pages:
        visits.receive(key, page, at=at)
    return visits.counts()


def test_moves_are_between_pages_that_follow_each_other_in_one_session() -> None:
    """A reload is no move, and half an hour's pause ends the session."""
    seen = [(0, A), (10, A), (20, B), (20 + 1801, C), (20 + 1802, D)]
    assert fold(seen, Limits(bound=9)) == {(A, B): 1, (C, D): 1}


def test_a_wider_window_counts_pages_further_back() -> None:
    """With a window of two, the page before the last one counts too, and no page is paired with itself."""
    assert fold([(0, A), (1, B), (2, C), (3, A)], Limits(bound=9, window=2)) == {
        (A, B): 1, (A, C): 1, (B, C): 1, (B, A): 1, (C, A): 1,
    }  # fmt: skip


def test_a_move_made_often_counts_once_a_visitor() -> None:
    """Counts are of visitors, so that k means visitors."""
    assert fold([(at, (A, B)[at % 2]) for at in range(20)], Limits(bound=9)) == {(A, B): 1, (B, A): 1}


@given(st.lists(st.tuples(st.integers(0, 9000), st.integers(0, 9)), max_size=80), st.integers(1, 5))
def test_no_visitor_adds_more_than_the_bound(seen: list[tuple[int, int]], bound: int) -> None:
    """However much a visitor does, at most `bound` cells change, each by one."""
    pages = [(at, ItemId(f"/{number}")) for at, number in sorted(seen)]
    counts = fold(pages, Limits(bound=bound))
    assert len(counts) <= bound
    assert set(counts.values()) <= {1}


@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 9)), max_size=60),
    st.lists(st.integers(0, 9), min_size=2, max_size=20),
)
def test_one_visitor_more_changes_only_what_that_visitor_adds(
    others: list[tuple[int, int]], pages: list[int]
) -> None:
    """The counts without a visitor plus the visitor's own are the counts with that visitor."""
    limits = Limits(bound=2)
    without, with_one, alone = Visits(limits), Visits(limits), Visits(limits)
    for at, (key, number) in enumerate(others):
        for visits in (without, with_one):
            visits.receive(str(key), ItemId(f"/{number}"), at=at)
        if pages:
            for visits in (with_one, alone):
                visits.receive("99", ItemId(f"/{pages[at % len(pages)]}"), at=at)
    assert without.counts() + alone.counts() == with_one.counts()


def test_which_pairs_are_sampled_is_uniform_over_visitors() -> None:
    """Early pages of a visit are no likelier to be counted than late ones."""
    visits = Visits(Limits(bound=1))
    pages = [ItemId(f"/{number}") for number in range(5)]
    for key in range(4000):
        for at, page in enumerate(pages):
            visits.receive(str(key), page, at=at)
    counts = visits.counts()
    assert sum(counts.values()) == 4000
    assert all(900 < count < 1100 for count in counts.values())
    assert len(counts) == 4


def test_a_machine_is_left_out_from_its_first_page_on() -> None:
    """What a robot did before it asked for robots.txt does not count either."""
    visits = Visits(Limits(bound=9))
    visits.receive("1", A, at=0)
    visits.receive("1", B, at=1)
    visits.mark_machine("1", at=2)
    visits.receive("1", C, at=3)
    assert visits.counts() == {}
    assert visits.machines == 1


def test_more_pages_in_a_minute_than_anyone_reads_is_a_machine() -> None:
    """Sixty pages in a minute is the most a person is believed to open."""
    pages = [(at // 2, ItemId(f"/{at}")) for at in range(MOST_PAGES_A_MINUTE + 1)]
    assert fold(pages[:-1], Limits(bound=99))
    assert not fold(pages, Limits(bound=99))


def test_the_state_does_not_grow_with_the_log() -> None:
    """Ten times the requests of the same visitors are held in the same number of things."""
    held = []
    for rounds in (40, 400):
        visits = Visits(Limits(bound=4))
        for turn in range(rounds):
            for key in range(25):
                visits.receive(str(key), ItemId(f"/{(turn * 7 + key) % 50}"), at=turn * 30)
        held.append(visits.held)
    assert held[0] == held[1] <= 25 * (1 + 4 + 1)


def test_visitors_of_one_page_are_forgotten_when_their_session_is_over() -> None:
    """Passers-by do not pile up."""
    visits = Visits(Limits(bound=4, gap_seconds=60))
    for number in range(SWEEP_EVERY):
        visits.receive(str(number), A, at=number)
    assert visits.held <= 2 * 62


def test_too_many_visitors_are_refused_rather_than_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """The state has a ceiling."""
    monkeypatch.setattr(module, "MOST_VISITORS", 2)
    visits = Visits(Limits(bound=1))
    visits.receive("1", A, at=0)
    visits.receive("2", A, at=0)
    with pytest.raises(module.Refused, match=r"^log: more visitors"):
        visits.receive("3", A, at=0)


def test_pairs_of_a_sequence_are_distinct_and_in_order() -> None:
    """A sequence's moves are named once, in the order in which they were made."""
    assert pairs_of([A, B, A, B, C], Limits(bound=9, window=1)) == [(A, B), (B, A), (B, C)]
    assert pairs_of([A], Limits(bound=9, window=1)) == []


@given(st.integers(1, 12), st.integers(1, 6), st.integers(1, 500))
def test_equal_sessions_share_the_pairs_evenly(number: int, bound: int, occurrences: int) -> None:
    """Each session adds to at most `bound` pairs, and no pair is favoured by more than one."""
    pairs = [(A, ItemId(f"/{at}")) for at in range(number)]
    shared = spread(pairs, Limits(bound), occurrences=occurrences)
    assert sum(shared.values()) == occurrences * min(bound, number)
    assert max(shared.values()) <= occurrences
    assert max(shared.values()) - min([*shared.values(), *[0] * (number - len(shared))]) <= 1


def test_a_whole_session_pairs_each_page_with_all_before_it() -> None:
    """Each page counts where it was first seen, up to the twentieth, in every session anew."""
    limits = Limits(bound=400, window=None)
    assert fold([(0, A), (1, B), (2, A), (3, C)], limits) == {(A, B): 1, (A, C): 1, (B, C): 1}
    assert fold([(0, A), (1, B), (9000, B), (9001, A)], limits) == {(A, B): 1, (B, A): 1}
    many = [(at * 60, ItemId(f"/{at}")) for at in range(MOST_PAGES + 5)]
    assert len(fold(many, limits)) == MOST_PAGES * (MOST_PAGES - 1) // 2


@given(st.lists(st.integers(0, 9), max_size=40), st.integers(1, 60))
def test_shares_of_a_visitor_never_sum_to_more_than_a_visitor(pages: list[int], bound: int) -> None:
    """Every pair gets the same, over at most `bound` pairs."""
    seen = [(at * 60, ItemId(f"/{number}")) for at, number in enumerate(pages)]
    shares = fold(seen, Limits(bound=bound, window=None, parts=WHOLE_PARTS))
    assert len(shares) <= bound
    assert len(set(shares.values())) <= 1
    assert sum(shares.values()) <= WHOLE_PARTS
    assert not shares or sum(shares.values()) > WHOLE_PARTS - len(shares)


def test_equal_sessions_share_themselves_out_by_turns() -> None:
    """Of three pairs two at a time, each of six sessions gives half of itself to each of its two."""
    pairs = [(A, B), (A, C), (B, C)]
    assert spread(pairs, Limits(2, parts=10), occurrences=6) == dict.fromkeys(pairs, 20)
    assert spread(pairs, Limits(9, parts=2), occurrences=6) == {}
