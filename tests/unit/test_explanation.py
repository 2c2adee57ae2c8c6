"""Explanations: the page named is the one that mattered most."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge_client.explanation import Reason, ReasonKind, explain
from edge_client.ranking import Ranked
from edge_client.scoring import History

ITEM = 9
SCORES = st.floats(0, 1, width=32)


def told(score: float, without: list[float], *, page: int | None, explored: bool = False) -> Reason:
    history = History(tuple(range(len(without))), (1.0,) * len(without))
    return explain(Ranked(ITEM, score, explored, tuple(without)), history=history, page=page)


@given(score=SCORES, without=st.lists(SCORES, max_size=5), page=st.none() | st.integers(0, 4))
def test_no_other_page_would_have_lowered_the_score_more(
    score: float, without: list[float], page: int | None
) -> None:
    """The page that is named is the one without which the item scores least; where none matters, none is
    named."""
    reason = told(score, without, page=page)
    if reason.because is None:
        assert reason.kind is ReasonKind.POPULAR
        assert all(left >= score for left in without)
    else:
        assert without[reason.because] == min(without) < score
        assert (reason.kind is ReasonKind.THIS_PAGE) == (reason.because == page)


def test_what_is_there_to_explore_claims_no_reason() -> None:
    """An item from further down does not pretend to come from what was looked at."""
    assert told(0.9, [0.1], page=0, explored=True) == Reason(ReasonKind.EXPLORE, None)
