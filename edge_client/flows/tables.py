"""A flow compiled for one day: its conditions as decision diagrams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from edge_client.flows.cells import Cells, cut
from edge_client.flows.diagram import ALWAYS, NEVER, Diagrams
from edge_client.wire.condition import All, Any, Compare, Condition, NoneOf, Not, OneOf, Test
from edge_client.wire.flow import Flow, Kind, Question


@dataclass(frozen=True, slots=True)
class Tables:
    """What decides everything in a flow on one day.

    `asked` says of each question for whom it is asked, `offered` the same of each option with a condition of
    its own, by question and option. `needs` has one diagram for each need of each outcome, None where nobody
    asks, and `outcomes` one for each outcome, over what is asked. A comparison with a question that is not
    asked does not hold.
    """

    flow: Flow
    today: date
    cells: Mapping[str, Cells]
    diagrams: Diagrams
    asked: Mapping[str, int]
    offered: Mapping[tuple[str, str], int]
    needs: tuple[tuple[int | None, ...], ...]
    outcomes: tuple[int, ...]


def compile_flow(flow: Flow, *, today: date) -> Tables:
    """Compile a flow as it is `today`. Raises `Refused` when its conditions are too involved."""
    cells = cut(flow, today=today)
    by_id = {each.question.id: each for each in cells}
    sizes = tuple(each.size for each in cells for _ in each.variables)
    maker = _Maker(by_id, Diagrams(sizes), {}, {})
    for question in flow.questions:
        maker.asked[question.id] = maker.condition(question.when)
        for option in question.options:
            if option.when is not None:
                maker.offered[question.id, option.id] = maker.condition(option.when)
    needs = tuple(
        tuple(None if need.test is None else maker.condition(need.test) for need in outcome.needs)
        for outcome in flow.outcomes
    )
    return Tables(
        flow,
        today,
        by_id,
        maker.diagrams,
        maker.asked,
        maker.offered,
        needs,
        tuple(_all(maker.diagrams, row) for row in needs),
    )


def _all(diagrams: Diagrams, needs: tuple[int | None, ...]) -> int:
    whole = ALWAYS
    for need in needs:
        whole = whole if need is None else diagrams.both(whole, need)
    return whole


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes diagrams of conditions; a condition names earlier questions alone, which have theirs already."""

    cells: Mapping[str, Cells]
    diagrams: Diagrams
    asked: dict[str, int]
    offered: dict[tuple[str, str], int]

    def condition(self, condition: Condition | None) -> int:
        match condition:
            case None:
                return ALWAYS
            case All(parts):
                whole = ALWAYS
                for part in parts:
                    whole = self.diagrams.both(whole, self.condition(part))
                return whole
            case Any(parts):
                whole = NEVER
                for part in parts:
                    whole = self.diagrams.either(whole, self.condition(part))
                return whole
            case Not(part):
                return self.diagrams.negated(self.condition(part))
            case _:
                return self.diagrams.both(self.asked[condition.question], self.test(condition))

    def test(self, test: Test) -> int:
        cells = self.cells[test.question]
        match test:
            case OneOf(_, options):
                return self.one_of(cells, frozenset(options))
            case NoneOf():
                return self.diagrams.negated(
                    self.one_of(cells, frozenset(option.id for option in cells.question.options))
                )
            case Compare():
                return self.leaves(cells.first, cells.holding(test))

    def one_of(self, cells: Cells, options: frozenset[str]) -> int:
        question: Question = cells.question
        if question.kind is Kind.SINGLE:
            return self.leaves(cells.first, tuple(option.id in options for option in question.options))
        whole = NEVER
        for variable, option in zip(cells.variables, question.options, strict=True):
            if option.id in options:
                chosen = self.diagrams.node(variable, (NEVER, ALWAYS))
                offered = self.offered.get((question.id, option.id), ALWAYS)
                whole = self.diagrams.either(whole, self.diagrams.both(offered, chosen))
        return whole

    def leaves(self, variable: int, holds: tuple[bool, ...]) -> int:
        return self.diagrams.node(variable, tuple(ALWAYS if held else NEVER for held in holds))
