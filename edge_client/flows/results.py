"""What the answers lead to: of each outcome whether it holds, fails or is open, and by which needs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from edge_client.flows.answers import Answers, cells_of
from edge_client.flows.diagram import ALWAYS, NEVER
from edge_client.flows.tables import Tables


class Status(StrEnum):
    """Whether an outcome, or a need of it, holds; never a decision of the agency's."""

    MET = "met"
    UNMET = "unmet"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Result:
    """One outcome, and how each of its needs stands, in their order."""

    outcome: str
    status: Status
    needs: tuple[Status, ...]


def results(tables: Tables, answers: Answers) -> tuple[Result, ...]:
    """Return every outcome of the flow, in its order."""
    known = cells_of(tables, answers)

    def status(node: int | None) -> Status:
        left = None if node is None else tables.diagrams.given(node, known)
        return {ALWAYS: Status.MET, NEVER: Status.UNMET}.get(-1 if left is None else left, Status.UNKNOWN)

    found: list[Result] = []
    for outcome, node, needs in zip(tables.flow.outcomes, tables.outcomes, tables.needs, strict=True):
        each = tuple(status(need) for need in needs)
        whole = status(node)
        if whole is Status.MET and None in needs:
            whole = Status.UNKNOWN
        found.append(Result(outcome.id, whole, each))
    return tuple(found)
