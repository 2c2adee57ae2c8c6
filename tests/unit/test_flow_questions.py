"""What a flow asks, and when it is done: few questions, known answers confirmed, clocks that are told."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import product
from statistics import fmean

import pytest

from consent_ledger.errors import Refused
from edge_client.flows.answers import Answers, give, skip, take_back
from edge_client.flows.next_question import Ask, Confirm, Finished, next_step
from edge_client.flows.results import Status, results
from edge_client.flows.tables import compile_flow
from edge_client.wire.condition import All, Any, Compare, Condition, Moment, Not, OneOf, Op, Unit
from edge_client.wire.flow import Flow, Kind, Order, Question
from tests.support.flow_worlds import TODAY, flow_of, holds, outcome, single, words

MADE_UP = 150


def statuses(flow: Flow, answers: Answers, *, today: date = TODAY) -> list[Status]:
    """How each outcome stands."""
    return [result.status for result in results(compile_flow(flow, today=today), answers)]


def made_up(chance: random.Random) -> Flow:
    """Three or four questions with two or three options, and two or three outcomes of joined conditions."""
    questions = [
        single(f"q{place}", "abc"[: chance.choice((2, 3))]) for place in range(chance.choice((3, 4)))
    ]

    def condition(depth: int) -> Condition:
        if depth == 0 or chance.random() < 0.3:
            question = chance.choice(questions)
            some = chance.sample(question.options, chance.randint(1, len(question.options) - 1))
            return OneOf(question.id, tuple(option.id for option in some))
        parts = tuple(condition(depth - 1) for _ in range(chance.choice((2, 3))))
        return All(parts) if chance.random() < 0.6 else Any(parts)

    outcomes = tuple(outcome(f"o{place}", condition(2)) for place in range(chance.choice((2, 3))))
    return flow_of(tuple(questions), outcomes, order=Order.GAIN)


Known = Mapping[str, str]


def told(flow: Flow, known: Known) -> tuple[bool | None, ...]:
    """What follows for each outcome from a few answers, by looking at every way to give the others."""
    names = [question.id for question in flow.questions]
    each = [
        [known[question.id]] if question.id in known else [option.id for option in question.options]
        for question in flow.questions
    ]
    ways = [dict(zip(names, answers, strict=True)) for answers in product(*each)]
    held = [
        {all(need.test is not None and holds(flow, way, need.test) for need in each.needs) for way in ways}
        for each in flow.outcomes
    ]
    return tuple(next(iter(found)) if len(found) == 1 else None for found in held)


def best(flow: Flow, known: Known) -> float:
    """The fewest questions on average that decide everything, each answer being as likely as the others."""
    if None not in told(flow, known):
        return 0.0
    costs = [
        1 + fmean(best(flow, {**known, question.id: option.id}) for option in question.options)
        for question in flow.questions
        if question.id not in known
    ]
    return min(costs)


def asked(flow: Flow, known: Known, *, order: Order) -> float:
    """How many questions the engine puts on average."""
    tables = compile_flow(flow_of(flow.questions, flow.outcomes, order=order), today=TODAY)

    def cost(answers: Answers) -> float:
        match next_step(tables, answers):
            case Ask(question):
                options = tables.cells[question].question.options
                return 1 + fmean(cost(give(tables, answers, question, option.id)) for option in options)
            case _:
                return 0.0

    return cost(Answers())


def test_questions_by_gain_are_hardly_more_than_the_fewest_there_could_be() -> None:
    """On made-up flows the engine asks at most one in a hundred more than the best order found by trying all,
    and at most half a question more on any."""
    chance = random.Random(20261122)
    flows = [made_up(chance) for _ in range(MADE_UP)]
    fewest = [best(flow, {}) for flow in flows]
    ours = [asked(flow, {}, order=Order.GAIN) for flow in flows]
    listed = [asked(flow, {}, order=Order.AUTHOR) for flow in flows]
    excess = [our - least for our, least in zip(ours, fewest, strict=True)]
    print(
        f"questions on average: fewest {fmean(fewest):.3f}, by gain {fmean(ours):.3f}, "
        f"as listed {fmean(listed):.3f}, worst excess {max(excess):.3f}"
    )
    assert min(excess) > -1e-9
    assert fmean(ours) <= 1.01 * fmean(fewest)
    assert max(excess) <= 0.5
    assert fmean(listed) > fmean(ours)


def test_of_questions_that_tell_as_much_the_first_is_put() -> None:
    """A tie goes to the order of the file."""
    both = (single("one", "ab"), single("two", "ab"))
    alike = (outcome("x", OneOf("one", ("a",))), outcome("y", OneOf("two", ("a",))))
    flow = flow_of(both, alike, order=Order.GAIN)
    assert next_step(compile_flow(flow, today=TODAY), Answers()) == Ask("one")


def test_the_question_that_tells_more_is_put_first() -> None:
    """A need that one of five answers meets is asked about before one that one of two meets."""
    questions = (single("coin", "ab"), single("die", "abcde"))
    needed = outcome("x", OneOf("coin", ("a",)), OneOf("die", ("a",)))
    listed = flow_of(questions, (needed,))
    free = flow_of(questions, (needed,), order=Order.GAIN)
    assert next_step(compile_flow(listed, today=TODAY), Answers()) == Ask("coin")
    assert next_step(compile_flow(free, today=TODAY), Answers()) == Ask("die")


def test_what_is_known_is_confirmed_and_counts_only_then() -> None:
    """A known answer is put as one to confirm, changes no result by itself, and none that does not fit."""
    flow = flow_of((single("one", "ab"),), (outcome("x", OneOf("one", ("a",))),))
    tables = compile_flow(flow, today=TODAY)
    assert next_step(tables, Answers(), known={"one": "a"}) == Confirm("one", "a")
    assert statuses(flow, Answers()) == [Status.UNKNOWN]
    assert next_step(tables, Answers(), known={"one": "z"}) == Ask("one")
    assert next_step(tables, give(tables, Answers(), "one", "a"), known={"one": "a"}) == Finished()


def test_a_question_for_others_is_neither_put_nor_answered() -> None:
    """Who does not get a question cannot answer it, and what needs it fails."""
    second = single("two", "ab", when=OneOf("one", ("a",)))
    flow = flow_of((single("one", "ab"), second), (outcome("x", OneOf("two", ("a",))),))
    tables = compile_flow(flow, today=TODAY)
    with pytest.raises(Refused, match="not asked"):
        give(tables, Answers(), "two", "a")
    other = give(tables, Answers(), "one", "b")
    assert next_step(tables, other) == Finished()
    assert statuses(flow, other) == [Status.UNMET]


def test_what_must_be_answered_cannot_be_skipped_and_what_may_be_can() -> None:
    """Skipping an optional question leaves open what needs it; taking that back asks again."""
    flow = flow_of(
        (single("must", "ab"), single("may", "ab", optional=True)),
        (outcome("x", OneOf("must", ("a",)), OneOf("may", ("a",))),),
    )
    tables = compile_flow(flow, today=TODAY)
    with pytest.raises(Refused, match="may not be skipped"):
        skip(tables, Answers(), "must")
    done = skip(tables, give(tables, Answers(), "must", "a"), "may")
    assert next_step(tables, done) == Finished()
    assert statuses(flow, done) == [Status.UNKNOWN]
    assert next_step(tables, take_back(tables, done, "may")) == Ask("may")


def test_a_skipped_question_goes_with_what_hangs_on_it() -> None:
    """Where a question that is asked only after a skipped one would be needed beside another, neither is put:
    the other alone decides nothing."""
    child = single("child", "ab", when=OneOf("parent", ("a",)))
    questions = (single("parent", "ab", optional=True), child, single("other", "ab"))
    same = Any(
        (
            All((OneOf("child", ("a",)), OneOf("other", ("a",)))),
            All((Not(OneOf("child", ("a",))), Not(OneOf("other", ("a",))))),
        )
    )
    flow = flow_of(questions, (outcome("x", same),))
    tables = compile_flow(flow, today=TODAY)
    skipped = skip(tables, Answers(), "parent")
    assert next_step(tables, skipped) == Finished()
    assert next_step(tables, give(tables, Answers(), "parent", "b")) == Ask("other")
    assert statuses(flow, skipped) == [Status.UNKNOWN]


@pytest.mark.parametrize("answer", ["z", ("a",), 3, date(2026, 1, 1)])
def test_an_answer_of_another_question_is_refused(answer: str | tuple[str, ...] | int | date) -> None:
    """An option that is not there, or an answer of another kind, is no answer."""
    flow = flow_of((single("one", "ab"),), (outcome("x", OneOf("one", ("a",))),))
    with pytest.raises(Refused, match="none of the question's own"):
        give(compile_flow(flow, today=TODAY), Answers(), "one", answer)


def born(op: Op, years: int) -> Flow:
    """A flow that asks for a birthday and compares it with today, years ago; nobody is born tomorrow."""
    question = Question("born", Kind.DATE, words("born"), high=Moment(None))
    return flow_of((question,), (outcome("x", Compare("born", op, Moment(None, years, Unit.YEARS))),))


@pytest.mark.parametrize(
    ("today", "birthday", "grown"),
    [
        (date(2024, 2, 15), date(2006, 2, 15), True),
        (date(2024, 2, 15), date(2006, 2, 16), False),
        (date(2024, 2, 29), date(2006, 3, 1), True),
        (date(2024, 2, 29), date(2006, 3, 2), False),
        (date(2023, 3, 1), date(2004, 2, 29), True),
    ],
)
def test_an_age_is_counted_on_the_day_that_is_told(today: date, birthday: date, grown: bool) -> None:
    """Who was born 18 years before the given day or earlier is 18, on 29 February too."""
    flow = born(Op.AT_MOST, 18)
    answers = give(compile_flow(flow, today=today), Answers(), "born", birthday)
    assert statuses(flow, answers, today=today) == [Status.MET if grown else Status.UNMET]


def test_a_day_after_the_latest_is_no_answer() -> None:
    """Limits move with the day that is told: tomorrow is no birthday today."""
    flow = born(Op.AT_MOST, 18)
    with pytest.raises(Refused, match="none of the question's own"):
        give(compile_flow(flow, today=TODAY), Answers(), "born", date(2026, 11, 23))


def test_conditions_that_are_too_involved_are_refused() -> None:
    """A function whose diagram would not end is refused, instead of stopping the device."""
    names = [f"q{place}" for place in range(36)]
    pairs: Iterable[tuple[str, str]] = zip(names[:18], names[18:], strict=True)
    # Each pair must agree: with the halves one after the other, every first half has a future of its own.
    agree = All(
        tuple(
            Any(
                (
                    All((OneOf(one, ("a",)), OneOf(two, ("a",)))),
                    Not(Any((OneOf(one, ("a",)), OneOf(two, ("a",))))),
                )
            )
            for one, two in pairs
        )
    )
    flow = flow_of(tuple(single(name, "ab") for name in names), (outcome("x", agree),))
    with pytest.raises(Refused, match="too involved"):
        compile_flow(flow, today=TODAY)
