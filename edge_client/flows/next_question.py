"""What to ask next: never what could change nothing, and what is known already is only confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from edge_client.flows.answers import Answers, cells_of, fits
from edge_client.flows.cells import Answer
from edge_client.flows.diagram import ALWAYS, NEVER
from edge_client.flows.gain import gain
from edge_client.flows.tables import Tables
from edge_client.wire.flow import Order

NOTHING_KNOWN: Mapping[str, Answer] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Ask:
    """Put this question."""

    question: str


@dataclass(frozen=True, slots=True)
class Confirm:
    """Put this question with an answer that something else suggests: the citizen says whether it is so."""

    question: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Finished:
    """No question is left whose answer could change an outcome."""


Step: TypeAlias = Ask | Confirm | Finished


def next_step(tables: Tables, answers: Answers, *, known: Mapping[str, Answer] = NOTHING_KNOWN) -> Step:
    """Return what comes next; `known` are answers that the citizen has not given but may confirm."""
    ready = open_questions(tables, answers)
    if not ready:
        return Finished()
    question = ready[0]
    if tables.flow.order is Order.GAIN and len(ready) > 1:
        best = -1
        undecided = _undecided(tables, answers)
        for each in ready:
            found = gain(tables.diagrams, undecided, frozenset(tables.cells[each].variables))
            # Strictly more: of two that tell as much, the first in the flow is put.
            if found > best:
                question, best = each, found
    if question in known and fits(tables, answers, question, known[question]):
        return Confirm(question, known[question])
    return Ask(question)


def open_questions(tables: Tables, answers: Answers) -> tuple[str, ...]:
    """Return the questions that can be put now and may change an outcome, in the flow's order."""
    known = cells_of(tables, answers)
    matters = _mattering(tables, answers)
    return tuple(
        question.id
        for question in tables.flow.questions
        if question.id not in answers.given
        and question.id not in answers.skipped
        and not matters.isdisjoint(tables.cells[question.id].variables)
        and tables.diagrams.given(tables.asked[question.id], known) == ALWAYS
    )


def possible_questions(tables: Tables, answers: Answers) -> tuple[str, ...]:
    """Return the questions that may still come, as far as is known: at most so many are left."""
    known = cells_of(tables, answers)
    silent = _silent(tables, answers, known)
    matters = _mattering(tables, answers)
    return tuple(
        question.id
        for question in tables.flow.questions
        if question.id not in answers.given
        and not matters.isdisjoint(tables.cells[question.id].variables)
        and silent.isdisjoint(tables.cells[question.id].variables)
    )


def _mattering(tables: Tables, answers: Answers) -> frozenset[int]:
    """The variables that what is still open depends on."""
    return frozenset().union(*map(tables.diagrams.support, _undecided(tables, answers)))


def _undecided(tables: Tables, answers: Answers) -> list[int]:
    """What is still open of each outcome: where it holds whatever was skipped, and where it may hold."""
    known = cells_of(tables, answers)
    silent = _silent(tables, answers, known)
    left: list[int] = []
    for outcome in tables.outcomes:
        node = tables.diagrams.given(outcome, known)
        for every in (True, False):
            least = tables.diagrams.over(node, silent, every=every) if silent else node
            if least not in (ALWAYS, NEVER):
                left.append(least)
    return left


def _silent(tables: Tables, answers: Answers, known: Mapping[int, int]) -> frozenset[int]:
    """The variables that stay open for good: of what was skipped, and of what is asked only after that."""
    silent: set[int] = set()
    for question in tables.flow.questions:
        asked = tables.diagrams.given(tables.asked[question.id], known)
        if question.id in answers.skipped or (
            silent and tables.diagrams.over(asked, silent, every=True) == NEVER
        ):
            silent.update(tables.cells[question.id].variables)
    return frozenset(silent)
