"""What answers can be told apart: each question's answers, cut where a condition of its flow looks.

A question is one variable, but a question with several options is one for each of them, chosen or not.
Two days, or two numbers, that no condition tells apart are one cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from edge_client.wire.condition import Compare, Moment, tests_in
from edge_client.wire.flow import Flow, Kind, Question

Answer: TypeAlias = str | tuple[str, ...] | date | int
"""An option, options in the order of the question (none of them is empty), a day, or a number."""


@dataclass(frozen=True, slots=True)
class Cells:
    """One question's variables, numbered on from `first`, and how many cells each has, `size`.

    `signatures` are those of days and numbers: which of `thresholds` hold, in the order of the cells.
    """

    question: Question
    first: int
    size: int
    thresholds: tuple[Compare, ...] = ()
    bounds: tuple[int, ...] = ()
    signatures: tuple[tuple[bool, ...], ...] = ()

    @property
    def variables(self) -> range:
        """The numbers of the question's variables."""
        count = len(self.question.options) if self.question.kind is Kind.SEVERAL else 1
        return range(self.first, self.first + count)

    def of_answer(self, answer: Answer) -> Mapping[int, int]:
        """Return the cell of each variable that an answer lies in; the answer fits the question."""
        match answer:
            case str():
                return {self.first: [option.id for option in self.question.options].index(answer)}
            case tuple():
                return {
                    self.first + place: int(option.id in answer)
                    for place, option in enumerate(self.question.options)
                }
            case date():
                return {self.first: self.signatures.index(self._signature(answer.toordinal()))}
            case int():
                return {self.first: self.signatures.index(self._signature(answer))}

    def holding(self, test: Compare) -> tuple[bool, ...]:
        """Say of each cell whether `test` holds in it."""
        place = self.thresholds.index(test)
        return tuple(signature[place] for signature in self.signatures)

    def _signature(self, value: int) -> tuple[bool, ...]:
        pairs = zip(self.thresholds, self.bounds, strict=True)
        return tuple(test.op.holds(value, bound) for test, bound in pairs)


def cut(flow: Flow, *, today: date) -> tuple[Cells, ...]:
    """Return the cells of every question, in the flow's order, as they are `today`."""
    compared: dict[str, dict[Compare, None]] = {question.id: {} for question in flow.questions}
    for _, condition in flow.conditions():
        for test in tests_in(condition):
            if isinstance(test, Compare):
                compared[test.question][test] = None
    cells: list[Cells] = []
    first = 0
    for question in flow.questions:
        cells.append(_cells(question, first, tuple(compared[question.id]), today))
        first = cells[-1].variables.stop
    return tuple(cells)


def limits(question: Question, *, today: date) -> tuple[int, int]:
    """Return the least and the greatest answer to a question for a day or a number."""
    low = date.min.toordinal() if question.low is None else _whole(question.low, today)
    high = date.max.toordinal() if question.high is None else _whole(question.high, today)
    return low, max(low, high)


def _cells(question: Question, first: int, thresholds: tuple[Compare, ...], today: date) -> Cells:
    match question.kind:
        case Kind.SINGLE:
            return Cells(question, first, len(question.options))
        case Kind.SEVERAL:
            return Cells(question, first, 2)
        case Kind.DATE | Kind.NUMBER:
            bounds = tuple(_whole(test.to, today) for test in thresholds)
            bare = Cells(question, first, 0, thresholds, bounds)
            low, high = limits(question, today=today)
            # Truth changes at a bound or right after it, nowhere else.
            ends = {low, high, *(bound + step for bound in bounds for step in (-1, 0, 1))}
            met = dict.fromkeys(bare._signature(end) for end in sorted(ends) if low <= end <= high)
            return Cells(question, first, len(met), thresholds, bounds, tuple(met))


def _whole(value: int | Moment, today: date) -> int:
    return value.day(today) if isinstance(value, Moment) else value
