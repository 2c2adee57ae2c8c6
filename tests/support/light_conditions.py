"""Conditions of made-up sites: of every kind that rules.json can name, alone, composed and in tables."""

from __future__ import annotations

from random import Random
from typing import Any

from edge_client.wire.audience import CameFrom, DeviceClass
from edge_client.wire.noticed import SignalKind

TOPICS = ("bins", "business", "grief", "housing", "parking")
SENSITIVE = "grief"
GROUPS = ("Round the house", "At work")
SIGNALS = tuple(kind.value for kind in SignalKind)
MARKS = ("audience:tenants", "life-event:moving-home", "type:governmentservice")
OFTEN = {"least": 1, "days": 14, "sessions": 1}
# Open in the evening too on some days; an hour earlier from the third week of December 2026 on.
_WEEK = [[[480, 720], [780, 1260]], [[480, 1260]], [], [[0, 1440]], [[480, 1020]], [[600, 840]], []]
_HALL = {"zone": "America/Chicago", "clock": [[29_454_120, -360], [29_957_760, -300]], "week": _WEEK}
CALENDARS = [
    {"name": "always", "closed": [], "until": "2999-12-31", **_HALL, "week": [[[0, 1440]]] * 7},
    {"name": "hall", "closed": ["2026-11-26", "2026-12-25"], "until": "2027-12-31", **_HALL},
    {"name": "ran-out", "closed": [], "until": "2026-11-01", **_HALL},
]
# Every simple kind of condition, as rules.json calls it.
LEAVES = (
    "visited",
    "first_visit",
    "noticed",
    "answered",
    "task",
    "archetype",
    "hours",
    "open",
    "device",
    "language",
    "began_from",
)


def make_definitions(dice: Random, ids: list[str], count: int) -> list[dict[str, Any]]:
    """Make up named conditions, and tables of those before them."""
    found: list[dict[str, Any]] = []
    tables: list[dict[str, Any]] = []
    for number in range(count):
        names = [each["name"] for each in found if "when" in each]
        if len(names) > 2 and dice.random() < 0.12:
            columns = dice.sample(names, 2)
            rows = [
                {"cells": [dice.choice(("yes", "no", "any")) for _ in columns], "gives": gives}
                for gives in ("one", "two", "one")
            ]
            tables.append({"name": f"t-{number}", "columns": columns, "rows": rows, "otherwise": "none"})
            found.append(tables[-1])
            continue
        found.append({"name": f"c-{number}", "when": _when(dice, ids, names, tables)})
    return found


def make_leaf(dice: Random, ids: list[str], kind: str) -> dict[str, Any]:
    """Make up a condition of a simple kind."""
    some = dice.sample(ids, 3)
    match kind:
        case "visited":
            often = {"least": dice.choice((1, 1, 2)), "days": dice.choice((0, 0, 14, 30))}
            topics = dice.choice(([], [dice.choice(TOPICS)]))
            return {kind: {"items": some, "topics": topics, **often, "sessions": dice.choice((1, 1, 2))}}
        case "noticed":
            return {kind: {**OFTEN, **make_noticed(some, dice.choice(SIGNALS))}}
        case "answered":
            question, option = dice.choice((("role", "business"), ("loss", "yes"), ("constructor", "north")))
            return {kind: {"question": question, "options": [option]}}
        case "task":
            begun, done = f"{some[0]}/form".replace("//", "/"), f"{some[0]}/done".replace("//", "/")
            state = dice.choice(("begun", "done"))
            return {kind: {"begun": [begun, some[1]], "done": [done, some[2]], "days": 20, "is": state}}
        case "archetype":
            return {kind: {"names": [dice.choice(GROUPS)]}}
        case "hours":
            return {kind: dice.choice(({"start": 18, "end": 6}, {"start": 8, "end": 17}))}
        case "open":
            return {kind: {"calendar": dice.choice(("always", "hall", "ran-out"))}}
        case "device":
            return {kind: {"classes": dice.sample([each.value for each in DeviceClass], 2)}}
        case "language":
            return {kind: {"langs": [dice.choice(("en", "ar"))]}}
        case "began_from":
            return {kind: {"kinds": dice.sample([each.value for each in CameFrom], 2)}}
        case _:
            return {kind: True}


def make_noticed(some: list[str], kind: str) -> dict[str, Any]:
    """Return what a condition asks of signals of a kind."""
    return {
        "kind": kind,
        "items": [] if kind == "searched" else some,
        "topics": [] if kind.startswith("form") else [topic for topic in TOPICS if topic != SENSITIVE],
        "bucket": int(kind == "read"),
        **({"marks": list(MARKS[:2])} if kind == "marked" else {}),
    }


def _when(dice: Random, ids: list[str], names: list[str], tables: list[dict[str, Any]]) -> dict[str, Any]:
    composed = ["all", "any", "not"] * 2 if len(names) > 1 else []
    kind = dice.choice([*LEAVES, "visited", "noticed", *composed, *(["table"] * 4 if tables else [])])
    match kind:
        case "all" | "any":
            return {kind: dice.sample(names, 2)}
        case "not":
            return {kind: dice.choice(names)}
        case "table":
            gives = dice.choice((["one"], ["two", "none"]))
            return {kind: {"name": dice.choice(tables)["name"], "gives": gives}}
        case _:
            return make_leaf(dice, ids, kind)
