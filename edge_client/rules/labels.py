"""What kind of data each condition is made of, and what may carry it off the device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, assert_never

from edge_client.rules.truths import leaves_of
from edge_client.wire.audience import (
    AlikeTo,
    AllOf,
    Answered,
    AnyOf,
    BeganFrom,
    Condition,
    DuringHours,
    FirstVisit,
    InLanguage,
    InTable,
    IsOpen,
    NotThis,
    OnDevice,
    TaskIs,
    Test,
    Visited,
)
from edge_client.wire.noticed import Noticed
from edge_client.wire.question import Label
from edge_client.wire.rule import Egress
from edge_client.wire.rules import Rules
from edge_client.wire.tables import Cell, Table

MAY_CARRY: Final[Mapping[Egress, frozenset[Label]]] = {
    Egress.NOTHING: frozenset(Label),
    # A count is noisy and nobody's own; where somebody is, and what nobody may infer, is in none.
    Egress.COUNT: frozenset({Label.PUBLIC, Label.DECLARED, Label.OBSERVED}),
    # A trigger is about one person: it says only what that person said, or everybody sees.
    Egress.TRIGGER: frozenset({Label.PUBLIC, Label.DECLARED}),
}


def label_of(test: Test, rules: Rules) -> Label:
    """Return the label of a simple condition; composed ones have those of their parts."""
    match test:
        case DuringHours() | IsOpen() | OnDevice() | InLanguage():
            return Label.PUBLIC
        case Visited() | Noticed() | FirstVisit() | TaskIs() | AlikeTo() | BeganFrom():
            return Label.OBSERVED
        case Answered(question, _):
            known = {each.name: each.label for each in rules.questions}
            return known.get(question, Label.SENSITIVE)
        case AllOf() | AnyOf() | NotThis() | InTable():
            return Label.PUBLIC
        case _:
            assert_never(test)


def labels_of(when: str | None, rules: Rules) -> dict[str, Label]:
    """Return the label of each simple condition that an audience depends on, by its name."""
    needed = () if when is None else leaves_of(when, rules.definitions)
    return {
        definition.name: label_of(definition.test, rules)
        for definition in rules.definitions
        if isinstance(definition, Condition) and definition.name in needed
    }


def always_said(when: str | None, rules: Rules) -> frozenset[str]:
    """Return the topics that everybody in an audience has brought up, by answering a question about them."""
    if when is None:
        return frozenset()
    about = {question.name: frozenset(question.about) for question in rules.questions}
    certain: dict[str, frozenset[str]] = {}
    tables: dict[str, Table] = {}
    for definition in rules.definitions:
        if isinstance(definition, Table):
            tables[definition.name] = definition
            continue
        match definition.test:
            case AllOf(names):
                topics = frozenset[str]().union(*(certain[name] for name in names))
            case AnyOf(names):
                topics = frozenset.intersection(*(certain[name] for name in names))
            case InTable(table, gives):
                topics = _said_for(tables[table], gives, certain)
            case Answered(question, _):
                topics = about.get(question, frozenset())
            case _:
                topics = frozenset()
        certain[definition.name] = topics
    return certain[when]


def _said_for(table: Table, gives: tuple[str, ...], certain: Mapping[str, frozenset[str]]) -> frozenset[str]:
    if table.otherwise in gives:
        return frozenset()
    said = [
        frozenset[str]().union(
            *(
                certain[column]
                for cell, column in zip(row.cells, table.columns, strict=True)
                if cell is Cell.YES
            )
        )
        for row in table.rows
        if row.gives in gives
    ]
    return frozenset.intersection(*said) if said else frozenset()
