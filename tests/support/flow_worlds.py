"""Flows made up by chance, and what they mean, told without any diagram: by looking at every world."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import chain, combinations, product

from hypothesis import strategies as st

from edge_client.flows.answers import Answers
from edge_client.flows.cells import Answer
from edge_client.flows.results import Status
from edge_client.wire.condition import (
    All,
    Any,
    Compare,
    Condition,
    Moment,
    NoneOf,
    Not,
    OneOf,
    Op,
    Unit,
)
from edge_client.wire.flow import Flow, Kind, Need, Option, Order, Outcome, Question, Tells, Words

TODAY = date(2026, 11, 22)
World = Mapping[str, Answer]


def words(text: str) -> Words:
    """The text in English."""
    return {"en": text}


def flow_of(
    questions: tuple[Question, ...], outcomes: tuple[Outcome, ...], *, order: Order = Order.AUTHOR
) -> Flow:
    """A flow of these questions and outcomes."""
    return Flow(
        "made-up", ("en",), words("A flow"), words("Of chance."), order, Tells.MAY_GET, questions, outcomes
    )


def single(
    name: str, options: str = "abc", *, when: Condition | None = None, optional: bool = False
) -> Question:
    """A question with one letter an option."""
    made = tuple(Option(each, words(each)) for each in options)
    return Question(name, Kind.SINGLE, words(name), when=when, optional=optional, options=made)


def outcome(name: str, *tests: Condition | None) -> Outcome:
    """An outcome with these needs."""
    return Outcome(name, words(name), needs=tuple(Need(words("need"), test) for test in tests))


def several(name: str, options: tuple[Option, ...], *, when: Condition | None = None) -> Question:
    """A question that several options may be chosen of."""
    return Question(name, Kind.SEVERAL, words(name), when=when, options=options, none=words("none"))


def answers_to(question: Question) -> tuple[Answer, ...]:
    """Every answer that there is; days and numbers of made-up flows have few."""
    ids = [option.id for option in question.options]
    match question.kind:
        case Kind.SINGLE:
            return tuple(ids)
        case Kind.SEVERAL:
            return tuple(chain.from_iterable(combinations(ids, size) for size in range(len(ids) + 1)))
        case Kind.NUMBER:
            assert isinstance(question.low, int)
            assert isinstance(question.high, int)
            return tuple(range(question.low, question.high + 1))
        case Kind.DATE:
            assert isinstance(question.low, Moment)
            assert isinstance(question.high, Moment)
            days = range(question.low.day(TODAY), question.high.day(TODAY) + 1)
            return tuple(date.fromordinal(day) for day in days)


def worlds(flow: Flow) -> list[World]:
    """Every way in which all questions may be answered, asked or not."""
    ids = [question.id for question in flow.questions]
    each = product(*(answers_to(question) for question in flow.questions))
    return [dict(zip(ids, answers, strict=True)) for answers in each]


def is_asked_in(flow: Flow, world: World, name: str) -> bool:
    """Whether a question is asked in a world."""
    when = flow.question(name).when
    return when is None or holds(flow, world, when)


def is_offered_in(flow: Flow, world: World, name: str, option: str) -> bool:
    """Whether an option is offered in a world."""
    when = next(each.when for each in flow.question(name).options if each.id == option)
    return when is None or holds(flow, world, when)


def holds(flow: Flow, world: World, condition: Condition) -> bool:
    """Whether a condition holds in a world, read as the format says."""
    match condition:
        case All(parts):
            return all(holds(flow, world, part) for part in parts)
        case Any(parts):
            return any(holds(flow, world, part) for part in parts)
        case Not(part):
            return not holds(flow, world, part)
    if not is_asked_in(flow, world, condition.question):
        return False
    answer = world[condition.question]
    if isinstance(answer, tuple):
        answer = tuple(each for each in answer if is_offered_in(flow, world, condition.question, each))
    match condition, answer:
        case OneOf(_, options), str():
            return answer in options
        case OneOf(_, options), tuple():
            return not set(options).isdisjoint(answer)
        case NoneOf(), tuple():
            return not answer
        case Compare(_, op, Moment() as at), date():
            return op.holds(answer.toordinal(), at.day(TODAY))
        case Compare(_, op, int(to)), int():
            return op.holds(answer, to)
        case _:
            raise AssertionError("a comparison that does not fit its question")


def outcome_holds(flow: Flow, world: World, outcome: Outcome) -> bool:
    """Whether all needs of an outcome that somebody asks about hold."""
    return all(need.test is None or holds(flow, world, need.test) for need in outcome.needs)


def agreeing(flow: Flow, answers: Answers) -> list[World]:
    """The worlds in which the given answers are the answers."""
    return [
        world
        for world in worlds(flow)
        if all(world[name] == answer for name, answer in answers.given.items())
    ]


def direct_status(flow: Flow, answers: Answers, outcome: Outcome) -> Status:
    """What follows for an outcome: that it holds, or fails, in every world that the answers leave."""
    held = {outcome_holds(flow, world, outcome) for world in agreeing(flow, answers)}
    if held == {False}:
        return Status.UNMET
    asked = all(need.test is not None for need in outcome.needs)
    return Status.MET if held == {True} and asked else Status.UNKNOWN


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    """Two to four questions of any kind, each asked for its own reason, and one to three outcomes."""
    questions: list[Question] = []
    for place in range(draw(st.integers(2, 4))):
        questions.append(_question(draw, f"q{place}", questions))
    outcomes = [
        Outcome(
            f"o{place}",
            words("outcome"),
            needs=tuple(
                Need(words("need"), _condition(draw, questions) if draw(st.integers(0, 9)) else None)
                for _ in range(draw(st.integers(0, 3)))
            ),
        )
        for place in range(draw(st.integers(1, 3)))
    ]
    return flow_of(tuple(questions), tuple(outcomes), order=draw(st.sampled_from(Order)))


def _question(draw: st.DrawFn, name: str, before: list[Question]) -> Question:
    when = _condition(draw, before) if before and draw(st.booleans()) else None
    optional = draw(st.booleans())
    match draw(st.sampled_from(Kind)):
        case Kind.SINGLE:
            return single(name, "abc"[: draw(st.integers(2, 3))], when=when, optional=optional)
        case Kind.SEVERAL:
            options = tuple(
                Option(
                    each,
                    words(each),
                    when=_condition(draw, before) if before and draw(st.booleans()) else None,
                )
                for each in "abc"[: draw(st.integers(1, 3))]
            )
            return Question(
                name,
                Kind.SEVERAL,
                words(name),
                when=when,
                optional=optional,
                options=options,
                none=words("-"),
            )
        case Kind.NUMBER:
            return Question(name, Kind.NUMBER, words(name), when=when, optional=optional, low=0, high=4)
        case Kind.DATE:
            low, high = Moment(None, 3, Unit.DAYS), Moment(TODAY + timedelta(days=1))
            return Question(name, Kind.DATE, words(name), when=when, optional=optional, low=low, high=high)


def _condition(draw: st.DrawFn, known: list[Question], depth: int = 0) -> Condition:
    joined = draw(st.integers(0, 5)) if depth < 2 else 5
    if joined < 2:
        parts = tuple(_condition(draw, known, depth + 1) for _ in range(draw(st.integers(0, 3))))
        return All(parts) if joined else Any(parts)
    if joined == 2:
        return Not(_condition(draw, known, depth + 1))
    question = draw(st.sampled_from(known))
    match question.kind:
        case Kind.SINGLE | Kind.SEVERAL:
            if question.kind is Kind.SEVERAL and draw(st.booleans()):
                return NoneOf(question.id)
            ids = [option.id for option in question.options]
            some = draw(st.sets(st.sampled_from(ids), min_size=1))
            return OneOf(question.id, tuple(each for each in ids if each in some))
        case Kind.NUMBER:
            return Compare(question.id, draw(st.sampled_from(Op)), draw(st.integers(-1, 5)))
        case Kind.DATE:
            at = Moment(None, draw(st.integers(-2, 4)), Unit.DAYS)
            return Compare(question.id, draw(st.sampled_from(Op)), at)
