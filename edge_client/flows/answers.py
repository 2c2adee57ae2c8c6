"""The citizen's answers: given, skipped or changed; what no longer follows from the others is dropped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed, Refused
from edge_client.flows.cells import Answer, limits
from edge_client.flows.diagram import ALWAYS, NEVER
from edge_client.flows.tables import Tables
from edge_client.wire.condition import read_day
from edge_client.wire.flow import Kind, Option, Question


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered, by question, and what the citizen would rather not say.

    Each answer is to a question that is asked, given those before it.
    """

    given: Mapping[str, Answer] = field(default_factory=lambda: MappingProxyType({}))
    skipped: frozenset[str] = frozenset()


def give(tables: Tables, answers: Answers, question: str, answer: Answer) -> Answers:
    """Answer a question, or answer it anew: of the others, those go that are not asked or offered any more.

    Raises `Refused` when the question is not asked, or the answer is none of its own.
    """
    asked = _asked_question(tables, answers, question)
    _check_answer(tables, answers, asked, answer)
    return settle(tables, {**answers.given, question: answer}, answers.skipped - {question})


def skip(tables: Tables, answers: Answers, question: str) -> Answers:
    """Leave a question open for good. Raises `Refused` when it is not asked, or must be answered."""
    if not _asked_question(tables, answers, question).optional:
        raise Refused("flow: the question may not be skipped")
    rest = {name: answer for name, answer in answers.given.items() if name != question}
    return settle(tables, rest, answers.skipped | {question})


def take_back(tables: Tables, answers: Answers, question: str) -> Answers:
    """Take an answer, or the skipping of a question, back, and what followed from it."""
    rest = {name: answer for name, answer in answers.given.items() if name != question}
    return settle(tables, rest, answers.skipped - {question})


def settle(tables: Tables, given: Mapping[str, Answer], skipped: frozenset[str]) -> Answers:
    """Keep of some answers those that are asked and offered, given the others, in the flow's order."""
    kept: dict[str, Answer] = {}
    left: set[str] = set()
    known: dict[int, int] = {}
    for question in tables.flow.questions:
        name = question.id
        if tables.diagrams.given(tables.asked[name], known) != ALWAYS:
            continue
        answer = given.get(name)
        if isinstance(answer, tuple):
            offered = tuple(option for option in answer if _is_offered(tables, known, name, option))
            # Of an answer that named something, "none of these" is never what is left.
            answer = offered if offered or not answer else None
        if answer is not None:
            kept[name] = answer
            known |= tables.cells[name].of_answer(answer)
        elif name in skipped:
            left.add(name)
    return Answers(MappingProxyType(kept), frozenset(left))


def cells_of(tables: Tables, answers: Answers) -> dict[int, int]:
    """Return the cell of every variable that the answers settle."""
    known: dict[int, int] = {}
    for name, answer in answers.given.items():
        known |= tables.cells[name].of_answer(answer)
    return known


def is_asked(tables: Tables, answers: Answers, question: str) -> bool | None:
    """Say whether a question is for this citizen; None while the answers do not tell."""
    left = tables.diagrams.given(tables.asked[question], cells_of(tables, answers))
    return {ALWAYS: True, NEVER: False}.get(left)


def offered_options(tables: Tables, answers: Answers, question: str) -> tuple[Option, ...]:
    """Return the options of a question that the answers do not rule out."""
    known = cells_of(tables, answers)
    options = tables.cells[question].question.options
    return tuple(option for option in options if _is_offered(tables, known, question, option.id))


def read_answer(question: Question, value: Json) -> Answer:
    """Read an answer as `print_answer` prints it. Raises `Malformed` unless it is of the question's kind."""
    match question.kind, value:
        case Kind.SINGLE, str():
            return value
        case Kind.SEVERAL, list() if all(isinstance(each, str) for each in value):
            return tuple(str(each) for each in value)
        case Kind.DATE, str():
            return read_day(value, "answer")
        case Kind.NUMBER, int() if not isinstance(value, bool):
            return value
        case _:
            raise Malformed("answer: not of the question's kind")


def print_answer(answer: Answer) -> Json:
    """An option as its id, several as a list, a day as `YYYY-MM-DD`, a number as it is."""
    match answer:
        case tuple():
            return list(answer)
        case date():
            return answer.isoformat()
        case _:
            return answer


def fits(tables: Tables, answers: Answers, question: str, answer: Answer) -> bool:
    """Say whether `give` would take the answer."""
    try:
        _check_answer(tables, answers, _asked_question(tables, answers, question), answer)
    except Refused:
        return False
    return True


def _asked_question(tables: Tables, answers: Answers, question: str) -> Question:
    if question not in tables.cells or is_asked(tables, answers, question) is not True:
        raise Refused("flow: the question is not asked")
    return tables.cells[question].question


def _check_answer(tables: Tables, answers: Answers, question: Question, answer: Answer) -> None:
    offered = tuple(option.id for option in offered_options(tables, answers, question.id))
    match question.kind, answer:
        case Kind.SINGLE, str() if answer in offered:
            return
        case Kind.SEVERAL, tuple() if answer == tuple(option for option in offered if option in answer):
            return
        case Kind.DATE, date():
            low, high = limits(question, today=tables.today)
            if low <= answer.toordinal() <= high:
                return
        case Kind.NUMBER, int() if not isinstance(answer, bool):
            low, high = limits(question, today=tables.today)
            if low <= answer <= high:
                return
    raise Refused("flow: the answer is none of the question's own")


def _is_offered(tables: Tables, known: Mapping[int, int], question: str, option: str) -> bool:
    offered = tables.offered.get((question, option), ALWAYS)
    return tables.diagrams.given(offered, known) != NEVER
