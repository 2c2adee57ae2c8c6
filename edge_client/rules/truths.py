"""From simple conditions to all of them, and from a condition that holds back to what it holds because of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import assert_never

from edge_client.wire.audience import AllOf, AnyOf, Condition, InTable, NotThis
from edge_client.wire.tables import Cell, Table

Truth = bool | None
Definitions = Sequence[Condition | Table]


@dataclass(frozen=True, slots=True)
class Truths:
    """Which conditions hold, and what the tables give; None where that cannot be known now."""

    conditions: Mapping[str, Truth]
    tables: Mapping[str, str | None]


def settle(definitions: Definitions, leaves: Mapping[str, Truth]) -> Truths:
    """Work out every definition, in order, from the simple conditions; what is unknown spreads only where it
    matters (Kleene's logic)."""
    conditions: dict[str, Truth] = {}
    tables: dict[str, str | None] = {}
    for definition in definitions:
        if isinstance(definition, Table):
            tables[definition.name] = _given(definition, conditions)
            continue
        match definition.test:
            case AllOf(names):
                truth = _all([conditions[name] for name in names])
            case AnyOf(names):
                truth = _not(_all([_not(conditions[name]) for name in names]))
            case NotThis(name):
                truth = _not(conditions[name])
            case InTable(table, gives):
                given = tables[table]
                truth = None if given is None else given in gives
            case _:
                truth = leaves[definition.name]
        conditions[definition.name] = truth
    return Truths(conditions, tables)


def leaves_of(name: str, definitions: Definitions) -> tuple[str, ...]:
    """Return the simple conditions that a condition or table depends on, in the order of the definitions."""
    known = {definition.name: definition for definition in definitions}
    found: set[str] = set()
    seen: set[str] = set()
    ahead = [name]
    while ahead:
        one = ahead.pop()
        if one in seen:
            continue  # shared parts are walked once, however many paths lead there
        seen.add(one)
        parts = tuple(parts_of(known[one]))
        found |= set() if parts else {one}
        ahead += parts
    return tuple(definition.name for definition in definitions if definition.name in found)


def parts_of(definition: Condition | Table) -> Iterator[str]:
    """Yield the names of the definitions that this one is made of; none for a simple condition."""
    if isinstance(definition, Table):
        yield from definition.columns
        return
    match definition.test:
        case AllOf(names) | AnyOf(names):
            yield from names
        case NotThis(name):
            yield name
        case InTable(table, _):
            yield table
        case _:
            return


def because_of(name: str, definitions: Definitions, leaves: Mapping[str, Truth]) -> tuple[str, ...]:
    """Return the fewest simple conditions without which `name` would not hold: were each the other way round,
    it would be false. Empty where nothing that is known decides it: it holds for everybody.

    A rule depends on few enough (`edge_client.rules.lint`) that all ways can be looked through. What comes
    first in the definitions is named first, so that every device names the same.
    """
    parts = [part for part in leaves_of(name, definitions) if leaves[part] is not None]
    for size in range(1, len(parts) + 1):
        for blamed in combinations(parts, size):
            changed = {**leaves, **{part: not leaves[part] for part in blamed}}
            if not settle(definitions, changed).conditions[name]:
                return blamed
    return ()


def _all(truths: list[Truth]) -> Truth:
    if False in truths:
        return False
    return None if None in truths else True


def _not(truth: Truth) -> Truth:
    return None if truth is None else not truth


def _given(table: Table, conditions: Mapping[str, Truth]) -> str | None:
    for row in table.rows:
        match _all(
            [_fits(cell, conditions[name]) for cell, name in zip(row.cells, table.columns, strict=True)]
        ):
            case True:
                return row.gives
            case None:
                return None
            case False:
                continue
            case _ as never:
                assert_never(never)
    return table.otherwise


def _fits(cell: Cell, truth: Truth) -> Truth:
    if cell is Cell.ANY:
        return True
    return None if truth is None else truth == (cell is Cell.YES)
