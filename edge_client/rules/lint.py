"""What is wrong with definitions in themselves: names, order, tables that overlap or have dead rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

from edge_client.rules.truths import leaves_of, parts_of
from edge_client.wire.audience import Condition, InTable, IsOpen
from edge_client.wire.rules import Rules
from edge_client.wire.tables import Table

MOST_LEAVES = 12
SOON_DAYS = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with rules: where, what, and how to mend it. `is_fatal` ones keep rules from use."""

    place: str
    reason: str
    fix: str
    is_fatal: bool = True

    def __str__(self) -> str:
        return f"rules: {self.place}: {self.reason}"


def order_problems(rules: Rules) -> Iterator[Problem]:
    """Find names that stand for nothing, or for something further down, and what takes a table for a
    condition."""
    tables: dict[str, Table] = {}
    conditions: set[str] = set()
    calendars = {each.name for each in rules.calendars}
    for definition in rules.definitions:
        place = f"definition {definition.name}"
        wants_table = isinstance(definition, Condition) and isinstance(definition.test, InTable)
        for part in parts_of(definition):
            if part not in (tables if wants_table else conditions):
                kind = "table" if wants_table else "condition"
                yield Problem(
                    place, f"{part} is no {kind} further up", f"define {part} above {definition.name}"
                )
        if isinstance(definition, Table):
            tables[definition.name] = definition
            continue
        conditions.add(definition.name)
        if isinstance(definition.test, IsOpen) and definition.test.calendar not in calendars:
            name = definition.test.calendar
            yield Problem(place, f"{name} is no calendar", f"add {name} to calendars")
        if isinstance(definition.test, InTable) and definition.test.table in tables:
            outcomes = tables[definition.test.table].outcomes
            for gives in definition.test.gives:
                if gives not in outcomes:
                    yield Problem(
                        place, f"the table never gives {gives}", f"name one of {', '.join(sorted(outcomes))}"
                    )


def table_problems(table: Table) -> Iterator[Problem]:
    """Find rows that no case ever reaches, and rows that answer a case of an earlier one otherwise.

    Every combination of the columns is tried: there are at most 2^8.
    """
    cases = list(product((True, False), repeat=len(table.columns)))
    open_cases = set(cases)
    for at, row in enumerate(table.rows):
        place = f"table {table.name}: row {at + 1}"
        matched = {case for case in cases if row.matches(case)}
        reached = matched & open_cases
        if not reached:
            covering = [
                str(other + 1)
                for other, earlier in enumerate(table.rows[:at])
                if any(earlier.matches(case) for case in matched)
            ]
            yield Problem(
                place,
                f"no case reaches it: row {' and row '.join(covering)} match all of its cases",
                f"remove it, or move it above row {covering[0]}",
            )
        elif reached != matched:
            for other, earlier in enumerate(table.rows[:at]):
                if earlier.gives != row.gives and any(earlier.matches(case) for case in matched):
                    yield Problem(
                        place,
                        f"overlaps with row {other + 1}, which wins and gives {earlier.gives}",
                        "say no or yes in the column that tells them apart",
                        is_fatal=False,
                    )
        open_cases -= matched
    if table.rows and not open_cases:
        yield Problem(
            f"table {table.name}: otherwise",
            "the rows leave no case to it",
            "keep it as what holds when a row is removed, or remove a row",
            is_fatal=False,
        )


def use_problems(rules: Rules) -> Iterator[Problem]:
    """Find conditions that need too much at once, and definitions and questions that no rule uses."""
    used: set[str] = set()
    for rule in rules.rules:
        ahead = [rule.when] if rule.when else []
        known = {definition.name: definition for definition in rules.definitions}
        while ahead:
            name = ahead.pop()
            if name in used:
                continue
            used.add(name)
            ahead += parts_of(known[name])
        if rule.when and len(leaves_of(rule.when, rules.definitions)) > MOST_LEAVES:
            yield Problem(
                f"rule {rule.name}: when",
                f"depends on more than {MOST_LEAVES} simple conditions: nobody could be told why",
                "split the rule",
            )
    for definition in rules.definitions:
        if definition.name not in used:
            yield Problem(
                f"definition {definition.name}", "no rule uses it", "remove it, or use it", is_fatal=False
            )


def overdue(rules: Rules, today: str) -> Iterator[Problem]:
    """Find rules whose day of review has passed, and calendars that ran out or soon will; `today` is a date
    as `2026-11-22`."""
    soon = date.fromisoformat(today) + timedelta(days=SOON_DAYS)
    for calendar in rules.calendars:
        if calendar.until < soon:
            yield Problem(
                f"calendar {calendar.name}: until",
                f"it says nothing of days after {calendar.until}, and no rule that asks it holds then",
                "add the closures that are known by now, and the clock, and set a later day",
                is_fatal=False,
            )
    for rule in rules.rules:
        if rule.review < today:
            yield Problem(
                f"rule {rule.name}: review",
                f"was due on {rule.review}",
                "look at it again and set the next day, or retire it",
                is_fatal=False,
            )
