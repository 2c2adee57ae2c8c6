"""What a page keeps of questions that were asked: the answer, its words, and what the worker says of it."""

from __future__ import annotations

from typing import Any

from tests.support.node_twin import played

SAID = {"asked": "Who are you here for?", "answer": "A business", "lang": "en"}
KEEP = ("keep", "role", "business", *SAID.values())
END = 10_000_000


def known(*rows: tuple[Any, ...]) -> list[Any]:
    """What the page knows after each row."""
    return list(played("answers.mjs", rows))


def test_a_worker_that_has_not_heard_of_an_answer_yet_takes_none_away() -> None:
    """Its word crosses the page's: the answer stays with its words, and has its end once that is said."""
    *_, crossed, heard = known(
        (1_000, *KEEP), (2_000, "take", {}, {}), (3_000, "take", {"role": "business"}, {"role": END})
    )
    assert crossed["role"] == {"option": "business", "until": None, "at": 1_000, "said": SAID}
    assert heard["role"] == {"option": "business", "until": END, "at": 3_000, "said": SAID}


def test_what_the_worker_does_not_know_a_minute_later_is_no_answer() -> None:
    """It alone knows which answers count; who skipped a question is known to pages alone."""
    *_, late = known((1_000, *KEEP), (1_000, "keep", "age", None), (61_000, "take", {}, {}))
    assert set(late) == {"age"}
    *_, ended = known(
        (1_000, *KEEP), (2_000, "take", {"role": "business"}, {"role": END}), (END, "take", {}, {})
    )
    assert ended == {}


def test_an_answer_that_no_worker_takes_is_believed_for_a_minute() -> None:
    """As one that a flow alone may ask for, told by an element of a page: it goes with the next one.
    A worker that says later that it counts still finds its words."""
    *_, at_last, past = known((1_000, *KEEP), (60_999, "keep", "age", None), (61_000, "keep", "size", None))
    assert set(at_last) == {"role", "age"}
    assert set(past) == {"age", "size"}
    _, heard = known((1_000, *KEEP), (90_000, "take", {"role": "business"}, {"role": END}))
    assert heard["role"]["said"] == SAID


def test_the_words_of_another_answer_are_not_its_own() -> None:
    """Another tab answered otherwise: the page has no words for that."""
    *_, other = known((1_000, *KEEP), (2_000, "take", {"role": "citizen"}, {"role": END}))
    assert other["role"] == {"option": "citizen", "until": END, "at": 2_000}
    (cut,) = known((1_000, "keep", "role", "business", "x" * 900, "y" * 900, "en"))
    assert [len(cut["role"]["said"][name]) for name in ("asked", "answer")] == [200, 200]


def test_one_question_is_asked_a_day_over_all_pages() -> None:
    """Whichever page asks first has the turn, and keeps it while it is not answered; a worker's word and an
    answer leave it."""
    day = 24 * 60 * 60 * 1000
    rows = known(
        (1_000, "ask", "role"),
        (2_000, "ask", "age"),
        (3_000, "ask", "role"),
        (4_000, *KEEP),
        (5_000, "take", {"role": "business"}, {"role": 10 * day}),
        (999 + day, "ask", "age"),
        (1_000 + day, "ask", "age"),
        (1_001 + day, "ask", "role"),
    )
    assert [row for row in rows if isinstance(row, bool)] == [True, False, True, False, True, False]
    assert "of" not in rows[4]["role"]
