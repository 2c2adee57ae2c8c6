"""Writes the vectors of devices without a model: what each keeps and looks at, and is to show, and why.

Run as `python -m tests.support.light_vectors`: the file changes only when a format or a decision does.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any, get_args

from edge_client.wire.audience import Test
from tests.support.light import NOTHING_KEPT, decided, opened, walked
from tests.support.light_days import device
from tests.support.light_sites import world

FILE = Path(__file__).resolve().parent.parent / "vectors/light/decisions.json"
SOURCE = "made by `python -m tests.support.light_vectors`"
WORLDS = 14
DEVICES = 8
CASES_OF_A_DEVICE = 3
# What few devices come to is looked for among more.
TRIED = 120
# How the tests of conditions are called in rules.json, by their class.
KINDS = {
    "AllOf": "all",
    "AlikeTo": "archetype",
    "Answered": "answered",
    "AnyOf": "any",
    "BeganFrom": "began_from",
    "DuringHours": "hours",
    "FirstVisit": "first_visit",
    "InLanguage": "language",
    "InTable": "table",
    "IsOpen": "open",
    "NotThis": "not",
    "Noticed": "noticed",
    "OnDevice": "device",
    "TaskIs": "task",
    "Visited": "visited",
}


def kinds() -> set[str]:
    """Return the kinds of condition that the device's Python knows; a new one has no name here yet."""
    return {KINDS.get(test.__name__, test.__name__) for test in get_args(Test)}


def kind_of(definition: dict[str, Any]) -> str:
    """Return the kind of a definition's test; none for a table."""
    return next(iter(definition.get("when", {})), "")


def made() -> dict[str, Any]:
    """Make all worlds and cases."""
    worlds: list[dict[str, Any]] = []
    cases: list[dict[str, Any]] = []
    said: set[str] = set()
    for number in range(WORLDS):
        dice = Random(number)
        site = world(dice, plain=number % 2 == 1)
        worlds.append(site)
        for nth in range(TRIED):
            for case in _cases(dice, site):
                new = reasons_in(case["expected"]["plan"]) | fates_in(case["expected"]["offers"])
                if nth < DEVICES or not new <= said:
                    cases.append({"world": number, **case})
                    said |= new
    return {"source": SOURCE, "worlds": worlds, "cases": cases}


def reasons_in(plan: str) -> set[str]:
    """Return the kinds of reason that a plan gives."""
    value = json.loads(plan)
    pages = [*value["pages"].values(), *value.get("later", {"pages": {}})["pages"].values()]
    return {kind for slots in pages for placed in slots.values() for _, kind, _ in placed}


def fates_in(offers: list[list[list[Any]]]) -> set[str]:
    """Return why something was not placed."""
    return {out for slot in offers for _, _, out in slot if out is not None}


def _cases(dice: Random, site: dict[str, Any]) -> list[dict[str, Any]]:
    steps, bundle = device(dice, site, longest=20), opened(site)
    states = [NOTHING_KEPT, *(state["kept"] for state in walked(site, steps))]
    looks = [
        (state, {**what, "at": at})
        for state, (kind, what, at) in zip(states, steps, strict=False)
        if kind == "view"
    ]
    chosen = looks[-CASES_OF_A_DEVICE:]
    return [{"kept": kept, "view": view, "expected": decided(bundle, kept, view)} for kept, view in chosen]


def main() -> None:
    """Write the file."""
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(made(), ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
