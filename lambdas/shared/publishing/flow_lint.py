"""What an author of a flow should look at: questions nobody gets, needs that contradict, ends with nothing.

Everything is told by the flow's own diagrams, so that it is exact: what is found is so for all answers, and
what is not found is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed, Refused
from edge_client.flows.diagram import ALWAYS, NEVER
from edge_client.flows.tables import Tables, compile_flow
from edge_client.wire.flow import Flow, Kind
from edge_client.wire.flow_reading import read_flow


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong at a place of a flow, and what mends it; a `fatal` one keeps the flow from being
    published."""

    place: str
    problem: str
    fix: str
    fatal: bool = True

    def __str__(self) -> str:
        return f"{'error' if self.fatal else 'warning'}: {self.place}: {self.problem}; {self.fix}"


def check_flows(flows: Iterable[Flow], *, today: date) -> None:
    """Refuse flows that are not fit to be published: raises `Refused` with the first fatal finding.

    Flows are looked at as they are `today`: what one compares with both a date and today changes with it.
    """
    for flow in flows:
        for finding in lint(flow, today=today):
            if finding.fatal:
                raise Refused(f"flow {flow.name}: {finding.place}: {finding.problem}; {finding.fix}")


def lint_json(value: Json, *, today: date) -> tuple[Finding, ...]:
    """Look at one flow as it was written: missing languages first, then its shape, then what it means."""
    missing = tuple(_missing_languages(value))
    if missing:
        return missing
    try:
        flow = read_flow(value, "flow")
    except Malformed as error:
        place, _, problem = str(error).rpartition(": ")
        return (Finding(place or "flow", problem, "write it as docs/formats/flow.md says"),)
    return tuple(lint(flow, today=today))


def lint(flow: Flow, *, today: date) -> Iterator[Finding]:
    """Yield what is wrong with a flow. Raises `Refused` when its conditions are too involved."""
    tables = compile_flow(flow, today=today)
    yield from _questions(tables)
    yield from _outcomes(tables)
    yield from _dead_ends(tables)


def _questions(tables: Tables) -> Iterator[Finding]:
    used: set[int] = set()
    for outcome in tables.outcomes:
        used |= tables.diagrams.support(outcome)
    for question in tables.flow.questions:
        place = f"question {question.id}"
        if tables.asked[question.id] == NEVER:
            yield Finding(f"{place}: when", "nobody is ever asked", "change its condition, or take it out")
        elif used.isdisjoint(tables.cells[question.id].variables):
            yield Finding(
                place,
                "no outcome depends on the answer, so it is never put",
                "name it in a need, or take it out",
                fatal=False,
            )
        for option in question.options:
            offered = tables.offered.get((question.id, option.id), ALWAYS)
            if tables.diagrams.both(tables.asked[question.id], offered) == NEVER != tables.asked[question.id]:
                yield Finding(
                    f"{place}: option {option.id}: when",
                    "it is never offered",
                    "change its condition, or take it out",
                )


def _outcomes(tables: Tables) -> Iterator[Finding]:
    rows = zip(tables.flow.outcomes, tables.needs, tables.outcomes, strict=True)
    for outcome, needs, whole in rows:
        place = f"outcome {outcome.id}"
        for number, need in enumerate(needs, 1):
            where = f"{place}: need {number}"
            if need is None:
                yield Finding(
                    where, "no question asks about it, so it stays open", "ask about it", fatal=False
                )
            elif need == NEVER:
                yield Finding(where, "no answers meet it", "correct its condition")
            elif need == ALWAYS:
                yield Finding(where, "all answers meet it", "correct it, or take it out", fatal=False)
        if whole == NEVER and NEVER not in needs:
            yield Finding(place, "its needs contradict each other", "change one of them")


def _dead_ends(tables: Tables) -> Iterator[Finding]:
    anything = NEVER
    for whole in tables.outcomes:
        anything = tables.diagrams.either(anything, whole)
    if anything != ALWAYS:
        yield Finding(
            "outcomes",
            f"some answers lead to none of them, for example {_example(tables, anything)}",
            "add an outcome for everybody, such as whom to ask",
            fatal=False,
        )


def _example(tables: Tables, node: int) -> str:
    """Answers for which a diagram does not hold."""
    said: list[str] = []
    while node > ALWAYS:
        variable, branches = tables.diagrams.variable(node), tables.diagrams.branches(node)
        # Below any branch but the one to ALWAYS there is a way to NEVER.
        cell = next(cell for cell, to in enumerate(branches) if to != ALWAYS)
        cells = next(each for each in tables.cells.values() if variable in each.variables)
        question = cells.question
        match question.kind:
            case Kind.SINGLE:
                said.append(f"{question.id} {question.options[cell].id}")
            case Kind.SEVERAL:
                chosen = "with" if cell else "without"
                said.append(f"{question.id} {chosen} {question.options[variable - cells.first].id}")
            case _:
                said.append(f"some {question.id}")
        node = branches[cell]
    return ", ".join(said) or "any"


def _missing_languages(value: Json, place: str = "flow") -> Iterator[Finding]:
    if not isinstance(value, dict) or "languages" not in value:
        return
    languages = value["languages"]
    wanted = [str(each) for each in languages] if isinstance(languages, list) else []
    for where, words in _texts(value, place):
        for language in wanted:
            text = words.get(language)
            if not isinstance(text, str) or not text.strip():
                fix = f'write "{language}" beside the others'
                yield Finding(where, f"there is no text in {language}", fix)


_TEXTS = ("title", "summary", "hint", "text", "none", "unit", "by", "href", "asks")


def _texts(value: Json, place: str) -> Iterator[tuple[str, dict[str, Json]]]:
    if isinstance(value, list):
        for number, each in enumerate(value, 1):
            name = each.get("id") if isinstance(each, dict) else None
            yield from _texts(each, f"{place} {name if isinstance(name, str) else number}")
    elif isinstance(value, dict):
        for key, each in value.items():
            if key in _TEXTS and isinstance(each, dict):
                yield f"{place}: {key}", each
            elif key not in ("when", "test"):
                yield from _texts(each, f"{place}: {key}")
