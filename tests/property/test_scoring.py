"""What the model is asked and answers: best first, nothing that may not appear, and across and back whole."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from edge_client.crossing import Crossing, read_answers
from edge_client.scoring import MOST_CANDIDATES, Candidates, History, Question, candidates_of

PAGES = 30
SCORES = st.lists(st.floats(-1, 1, width=32), min_size=PAGES, max_size=PAGES)
HISTORIES = st.lists(st.integers(0, PAGES - 1), max_size=5).map(
    lambda recent: History(tuple(recent), tuple(0.5**age for age in range(len(recent))))
)
MASKS = st.lists(st.booleans(), min_size=PAGES, max_size=PAGES).map(bytes)
QUESTIONS = st.builds(Question, HISTORIES, MASKS, st.frozensets(st.integers(0, PAGES - 1)))


def read_back(asked: Crossing) -> list[Question]:
    """Read questions from flat numbers, as the worker does."""
    questions, numbers, weights, at = [], list(asked.numbers), list(asked.weights), 0
    while at < len(numbers):
        mask, recent, suppressed = numbers[at : at + 3]
        pages, at = numbers[at + 3 : at + 3 + recent + suppressed], at + 3 + recent + suppressed
        history = History(tuple(pages[:recent]), tuple(weights[:recent]))
        weights = weights[recent:]
        eligible = asked.masks[mask * asked.pages : (mask + 1) * asked.pages]
        questions.append(Question(history, eligible, frozenset(pages[recent:])))
    return questions


@given(scores=SCORES, question=QUESTIONS)
def test_candidates_are_the_best_that_may_appear(scores: list[float], question: Question) -> None:
    """Best first, equal ones by rising index; whatever may appear and scores above nothing is there."""
    found = candidates_of(question, lambda history: scores)
    allowed = [at for at in range(PAGES) if question.eligible[at] and at not in question.suppressed]
    expected = sorted((at for at in allowed if scores[at] > 0), key=lambda at: (-scores[at], at))
    assert list(found.indexes) == expected
    assert list(found.scores) == [scores[at] for at in expected]


@given(question=QUESTIONS)
def test_each_entry_is_left_out_in_turn(question: Question) -> None:
    """The scores without an entry are those of the history that lacks it, for the same candidates."""

    def score(history: History) -> Sequence[float]:
        return [1 + page + sum(history.weights) * 8 + len(history.recent) for page in range(PAGES)]

    found = candidates_of(question, score)
    assert len(found.without) == len(question.history.recent)
    for place, scores in enumerate(found.without):
        lacking = score(question.history.without(place))
        assert list(scores) == [lacking[at] for at in found.indexes]


def test_no_more_are_found_than_are_looked_at() -> None:
    """Of a thousand pages with a score the best two hundred."""
    found = candidates_of(Question(History((), ()), bytes([1]) * 1000), lambda history: range(1, 1001))
    assert list(found.indexes) == list(range(999, 999 - MOST_CANDIDATES, -1))


@given(questions=st.lists(QUESTIONS, max_size=6))
def test_questions_cross_over_whole(questions: list[Question]) -> None:
    """What is read on the other side is what was asked; masks that are alike cross over once."""
    asked = Crossing.of(questions)
    assert read_back(asked) == questions
    assert len(asked.masks) == PAGES * len({each.eligible for each in questions})


@given(questions=st.lists(QUESTIONS, max_size=4), scores=SCORES)
def test_answers_come_back_whole(questions: list[Question], scores: list[float]) -> None:
    """What is written as the worker writes it reads as what was found."""
    found = [candidates_of(each, lambda history: scores) for each in questions]
    words = b"".join(written(each) for each in found)
    for expected, answer in zip(found, read_answers(words, questions), strict=True):
        assert list(answer.indexes) == list(expected.indexes)
        assert list(answer.scores) == list(expected.scores)
        assert [list(row) for row in answer.without] == [list(row) for row in expected.without]


def written(found: Candidates) -> bytes:
    """How many there are, their indexes, their scores, and their scores without each entry."""
    rows = [array("f", row) for row in (found.scores, *found.without)]
    return b"".join(
        (array("i", [len(found.indexes), *found.indexes]).tobytes(), *(row.tobytes() for row in rows))
    )
