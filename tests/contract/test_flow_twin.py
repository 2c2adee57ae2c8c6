"""The flows' twin in JavaScript asks, tells and keeps exactly what the engine in Python does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_client.flows.answers import Answers, fits, give, print_answer, skip
from edge_client.flows.next_question import open_questions
from edge_client.flows.tables import compile_flow
from edge_client.wire.condition import Compare, Moment, Op, Unit
from edge_client.wire.flow import Flow, Kind, Question, print_flow
from tests.support.flow_twin import SCRIPT, Case, in_python
from tests.support.flow_worlds import TODAY, answers_to, flow_of, flows, outcome, words
from tests.support.node_twin import in_javascript

VECTORS = Path(__file__).resolve().parent.parent / "vectors" / "flows" / "walks.json"


@pytest.fixture(scope="module")
def twin() -> Iterator[Callable[[Case], Any]]:
    """The engine in JavaScript."""
    with in_javascript(SCRIPT) as run:
        yield run


def walked(draw: st.DrawFn, flow: Flow) -> list[list[Any]]:
    """Moves through a flow: answers to what is open, skips, changes and answers taken back."""
    tables = compile_flow(flow, today=TODAY)
    answers, moves = Answers(), []
    for _ in range(draw(st.integers(0, 6))):
        ready = [*open_questions(tables, answers), *sorted(answers.given)]
        if not ready:
            break
        name = draw(st.sampled_from(ready))
        question = flow.question(name)
        possible = [each for each in answers_to(question) if fits(tables, answers, name, each)]
        if question.optional and draw(st.integers(0, 3)) == 0:
            answers = skip(tables, answers, name)
            moves.append(["skip", name])
        elif possible:
            answer = draw(st.sampled_from(possible))
            answers = give(tables, answers, name, answer)
            moves.append(["give", name, print_answer(answer)])
    return moves


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A flow, a walk through it, something known, and the same or another flow to resume in."""
    flow = draw(flows())
    question = draw(st.sampled_from(flow.questions))
    known = print_answer(draw(st.sampled_from(answers_to(question))))
    return {
        "flow": print_flow(flow),
        "today": TODAY.isoformat(),
        "moves": walked(draw, flow),
        "known": {question.id: known} if draw(st.booleans()) else {},
        "until": (TODAY + timedelta(days=30)).isoformat(),
        "then": print_flow(draw(st.just(flow) | flows())),
    }


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(case=cases())
def test_both_engines_do_the_same_with_every_flow(case: Case, twin: Callable[[Case], Any]) -> None:
    """Each step, each result, the bytes kept and what is resumed of them are the same in both."""
    assert twin(case) == in_python(case)


def test_the_vectors_hold_in_both_engines(twin: Callable[[Case], Any]) -> None:
    """Walks that were written down once still go as they did, in Python and in JavaScript."""
    vectors = json.loads(VECTORS.read_text("utf-8"))
    assert len(vectors["walks"]) >= 40
    for vector in vectors["walks"]:
        assert in_python(vector["case"]) == vector["told"]
        assert twin(vector["case"]) == vector["told"]


@given(
    today=st.dates(date(1600, 1, 1), date(2400, 12, 31)),
    ago=st.integers(-40_000, 40_000),
    unit=st.sampled_from(Unit),
    off=st.integers(-1, 1),
)
def test_both_engines_count_the_same_days(
    today: date, ago: int, unit: Unit, off: int, twin: Callable[[Case], Any]
) -> None:
    """A day before, on or after any moment, on any day told, is on the same side of it in both."""
    at = Moment(None, ago, unit)
    flow = flow_of(
        (Question("day", Kind.DATE, words("day")),),
        tuple(outcome(op.name.lower(), Compare("day", op, at)) for op in Op),
    )
    day = min(max(at.day(today) + off, 1), date.max.toordinal())
    case = {
        "flow": print_flow(flow),
        "today": today.isoformat(),
        "moves": [["give", "day", date.fromordinal(day).isoformat()]],
        "known": {},
        "until": today.isoformat(),
        "then": print_flow(flow),
    }
    assert twin(case) == in_python(case)
