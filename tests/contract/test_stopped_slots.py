"""Stopped slots are understood by devices from before there were any, with Python and without."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lambdas.shared.publishing import stopping
from tests.support.light import decided, opened, verdict
from tests.support.light_vectors import FILE
from tests.support.node_twin import Twin, in_javascript

SCRIPT = Path(__file__).resolve().parent.parent / "support/light_batch.mjs"
CASES = 12


@pytest.fixture(scope="module")
def javascript() -> Iterator[Twin]:
    with in_javascript(SCRIPT) as twin:
        yield twin


@pytest.fixture(scope="module")
def vectors() -> dict[str, Any]:
    value: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return value


def stopped(world: dict[str, Any], *slots: str) -> dict[str, Any]:
    """A world with these slots stopped, all of them for none."""
    files = stopping.stopped({"rules.json": world["rules"].encode()}, slots or None)
    return {**world, "rules": files["rules.json"].decode()}


def slots_in(plan: str) -> set[str]:
    """The slots that a plan fills, now or later."""
    value = json.loads(plan)
    later = value.get("later", {}).get("pages", {})
    return {slot for pages in (value["pages"], later) for page in pages.values() for slot in page}


def test_both_decide_nothing_for_a_stopped_slot(vectors: dict[str, Any], javascript: Twin) -> None:
    """Of devices that would fill some slots neither fills one that is stopped, both alike to the byte; rules
    that were sound stay so."""
    seen = 0
    for case in vectors["cases"]:
        filled = slots_in(case["expected"]["plan"])
        if not filled:
            continue
        world = vectors["worlds"][case["world"]]
        assert verdict(stopped(world)) == verdict(world)
        for slots in ((), (min(filled),)):
            changed = stopped(world, *slots)
            python = decided(opened(changed), case["kept"], case["view"])
            asked = {"do": "decide", "world": changed, "kept": case["kept"], "view": case["view"]}
            assert javascript(asked) == python
            gone = set(slots) or filled
            assert slots_in(python["plan"]).isdisjoint(gone)
        seen += 1
        if seen == CASES:
            break
    assert seen == CASES
