"""Flows decide what looking at every world would, ask nothing idle, and depend on no order."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_ledger.errors import Malformed, Refused
from edge_client.flows.answers import Answers, give, is_asked, offered_options, print_answer, skip
from edge_client.flows.cells import Answer
from edge_client.flows.next_question import Ask, Finished, next_step, open_questions
from edge_client.flows.results import Status, results
from edge_client.flows.saving import Saved, resume, save
from edge_client.flows.tables import Tables, compile_flow
from edge_client.wire.flow import Flow, print_flows
from edge_client.wire.flow_reading import parse_flows
from tests.support.flow_worlds import (
    TODAY,
    World,
    agreeing,
    direct_status,
    flows,
    holds,
    is_asked_in,
    is_offered_in,
    outcome_holds,
    worlds,
)


def said_in(flow: Flow, world: World, name: str) -> Answer:
    """What somebody answers in a world: of several options, those that are offered."""
    answer = world[name]
    if not isinstance(answer, tuple):
        return answer
    return tuple(each for each in answer if is_offered_in(flow, world, name, each))


def walk(
    data: st.DataObject, flow: Flow, tables: Tables, *, skipping: bool = False
) -> list[tuple[Answers, str]]:
    """Go through a flow in some world as it asks; every state, and the question put in it, then the last."""
    world = data.draw(st.sampled_from(worlds(flow)))
    answers = Answers()
    seen: list[tuple[Answers, str]] = []
    while isinstance(step := next_step(tables, answers), Ask):
        seen.append((answers, step.question))
        if skipping and flow.question(step.question).optional and data.draw(st.booleans()):
            answers = skip(tables, answers, step.question)
        else:
            answers = give(tables, answers, step.question, said_in(flow, world, step.question))
    assert isinstance(step, Finished)
    return [*seen, (answers, "")]


@given(flows())
def test_a_flow_that_is_printed_parses_to_the_same_flow(flow: Flow) -> None:
    """Printing and parsing are each other's inverse, byte for byte."""
    raw = print_flows((flow,))
    assert parse_flows(raw) == (flow,)
    assert print_flows(parse_flows(raw)) == raw


@given(st.data(), flows())
def test_results_are_what_every_rule_says_in_every_world_left(data: st.DataObject, flow: Flow) -> None:
    """At each step an outcome holds, fails or is open exactly as in all worlds that the answers leave."""
    tables = compile_flow(flow, today=TODAY)
    for answers, _ in walk(data, flow, tables, skipping=True):
        found = [result.status for result in results(tables, answers)]
        assert found == [direct_status(flow, answers, outcome) for outcome in flow.outcomes]


@given(st.data(), flows())
def test_each_need_is_told_as_it_stands_in_every_world_left(data: st.DataObject, flow: Flow) -> None:
    """A need that is said to be met is met in every world left, and one said to be unmet in none."""
    tables = compile_flow(flow, today=TODAY)
    answers, _ = data.draw(st.sampled_from(walk(data, flow, tables)))
    left = agreeing(flow, answers)
    for outcome, result in zip(flow.outcomes, results(tables, answers), strict=True):
        for need, status in zip(outcome.needs, result.needs, strict=True):
            held = {need.test is None or holds(flow, world, need.test) for world in left}
            expected = {frozenset({True}): Status.MET, frozenset({False}): Status.UNMET}
            told = Status.UNKNOWN if need.test is None else expected.get(frozenset(held), Status.UNKNOWN)
            assert status == told


@given(st.data(), flows())
def test_no_question_is_put_whose_answer_could_change_nothing(data: st.DataObject, flow: Flow) -> None:
    """Of every question put, two answers lead to different outcomes in two worlds alike in all else."""
    tables = compile_flow(flow, today=TODAY)
    for answers, name in walk(data, flow, tables)[:-1]:
        seen: dict[tuple[object, ...], set[tuple[bool, ...]]] = {}
        for world in agreeing(flow, answers):
            others = tuple(answer for question, answer in world.items() if question != name)
            told = tuple(outcome_holds(flow, world, outcome) for outcome in flow.outcomes)
            seen.setdefault(others, set()).add(told)
        assert max(len(told) for told in seen.values()) > 1


def ends(flow: Flow, tables: Tables, answers: Answers, world: World) -> list[Status]:
    """How everything stands once somebody in a world has answered all but what they skipped."""
    for question in flow.questions:
        name = question.id
        if name not in answers.skipped and is_asked(tables, answers, name) is True:
            answers = give(tables, answers, name, said_in(flow, world, name))
    return [result.status for result in results(tables, answers)]


@given(st.data(), flows())
def test_nothing_is_asked_for_the_sake_of_what_was_skipped(data: st.DataObject, flow: Flow) -> None:
    """After a skip too, every question put has two answers that end differently, all else being alike."""
    tables = compile_flow(flow, today=TODAY)
    states = [state for state in walk(data, flow, tables, skipping=True)[:-1] if state[0].skipped]
    if not states:
        return
    answers, name = data.draw(st.sampled_from(states))
    seen: dict[tuple[object, ...], list[Status]] = {}
    for world in agreeing(flow, answers):
        others = tuple(answer for question, answer in world.items() if question != name)
        told = ends(flow, tables, answers, world)
        if seen.setdefault(others, told) != told:
            return
    raise AssertionError("no answer to the question changes anything")


@given(st.data(), flows())
def test_when_nothing_is_left_to_ask_everything_is_decided(data: st.DataObject, flow: Flow) -> None:
    """Somebody who skips nothing ends with no outcome open but for what nobody asks about."""
    tables = compile_flow(flow, today=TODAY)
    answers, _ = walk(data, flow, tables)[-1]
    for outcome, result in zip(flow.outcomes, results(tables, answers), strict=True):
        assert result.status is not Status.UNKNOWN or any(need.test is None for need in outcome.needs)


@given(st.data(), flows())
def test_after_skipping_no_question_left_out_could_have_told_anything(
    data: st.DataObject, flow: Flow
) -> None:
    """What somebody skipped stays open, and with it no other question that can be put changes an outcome."""
    tables = compile_flow(flow, today=TODAY)
    answers, _ = walk(data, flow, tables, skipping=True)[-1]
    before = [result.status for result in results(tables, answers)]
    for question in flow.questions:
        name = question.id
        if name in answers.given or name in answers.skipped or is_asked(tables, answers, name) is not True:
            continue
        world = data.draw(st.sampled_from(agreeing(flow, answers)))
        answer = said_in(flow, world, name)
        if isinstance(answer, tuple):
            offered = [option.id for option in offered_options(tables, answers, name)]
            answer = tuple(each for each in answer if each in offered)
        after = give(tables, answers, name, answer)
        assert [result.status for result in results(tables, after)] == before


@given(st.data(), flows())
def test_the_order_of_answers_does_not_matter(data: st.DataObject, flow: Flow) -> None:
    """The same answers, given in any order in which they are asked, are the same state and results."""
    tables = compile_flow(flow, today=TODAY)
    world = data.draw(st.sampled_from(worlds(flow)))
    ends = []
    for _ in range(2):
        answers = Answers()
        waiting = [question.id for question in flow.questions if is_asked_in(flow, world, question.id)]
        while ready := [name for name in waiting if is_asked(tables, answers, name) is True]:
            name = data.draw(st.sampled_from(ready))
            waiting.remove(name)
            answers = give(tables, answers, name, said_in(flow, world, name))
        assert not waiting
        ends.append(answers)
    assert ends[0] == ends[1]
    assert results(tables, ends[0]) == results(tables, ends[1])


@given(st.data(), flows())
def test_a_changed_answer_takes_only_those_with_it_that_depend_on_it(data: st.DataObject, flow: Flow) -> None:
    """After a change every other answer is kept as far as its question is still asked and offers it."""
    tables = compile_flow(flow, today=TODAY)
    answers, _ = walk(data, flow, tables)[-1]
    if not answers.given:
        return
    name = data.draw(st.sampled_from(sorted(answers.given)))
    world = data.draw(st.sampled_from(worlds(flow)))
    offered = [option.id for option in offered_options(tables, answers, name)]
    new = world[name]
    changed = tuple(each for each in new if each in offered) if isinstance(new, tuple) else new
    after = give(tables, answers, name, changed)
    for other, answer in answers.given.items():
        if other == name:
            continue
        when = flow.question(other).when
        asked = when is None or all(holds(flow, left, when) for left in agreeing(flow, after))
        kept = after.given.get(other)
        if isinstance(answer, tuple) and answer:
            assert kept is None or set(kept) <= set(answer)  # type: ignore[arg-type]  # of the same question
            assert asked or kept is None
        else:
            assert kept == (answer if asked else None)


@given(st.data(), flows())
def test_answers_are_kept_and_resumed_as_they_were(data: st.DataObject, flow: Flow) -> None:
    """To bytes and back nothing is lost, and the flow goes on where it was left."""
    tables = compile_flow(flow, today=TODAY)
    answers, _ = data.draw(st.sampled_from(walk(data, flow, tables, skipping=True)))
    raw = save(flow, answers, until=TODAY).to_bytes()
    saved = Saved.from_bytes(raw)
    assert saved.to_bytes() == raw
    assert resume(tables, saved).answers == answers
    assert resume(tables, saved).dropped == ()
    assert next_step(tables, resume(tables, saved).answers) == next_step(tables, answers)
    late = compile_flow(flow, today=TODAY + timedelta(days=1))
    with pytest.raises(Refused, match="past their last day"):
        resume(late, saved)


@given(st.data(), flows(), flows())
def test_answers_to_a_flow_that_changed_count_where_their_question_did_not(
    data: st.DataObject, flow: Flow, other: Flow
) -> None:
    """Whatever became of a flow, what is resumed answers questions of today's, and the rest is named."""
    before = compile_flow(flow, today=TODAY)
    now = compile_flow(other, today=TODAY)
    answers, _ = walk(data, flow, before, skipping=True)[-1]
    resumed = resume(now, save(flow, answers, until=TODAY))
    same = {q.id for q in flow.questions} & {q.id for q in other.questions}
    same = {name for name in same if flow.question(name) == other.question(name)}
    assert {*resumed.answers.given, *resumed.answers.skipped} <= same
    lost = {
        name
        for name, answer in answers.given.items()
        if resumed.answers.given.get(name) is None
        or print_answer(resumed.answers.given[name]) != print_answer(answer)
    } | (answers.skipped - resumed.answers.skipped)
    assert set(resumed.dropped) == lost
    open_questions(now, resumed.answers)


@given(st.binary(max_size=60) | st.builds(lambda flow: print_flows((flow,)), flows()), st.data())
def test_hostile_bytes_are_refused_or_print_back(raw: bytes, data: st.DataObject) -> None:
    """Bytes that are no flows are refused as malformed; those that parse are the bytes that print."""
    at = data.draw(st.integers(0, len(raw)))
    mangled = raw[:at] + data.draw(st.binary(max_size=3)) + raw[at + data.draw(st.integers(0, 3)) :]
    try:
        printed = print_flows(parse_flows(mangled))
    except Malformed:
        return
    assert printed == mangled
