"""A page answers while a flow of any size is compiled: the work is done in slices, each of few operations."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from edge_client.wire.condition import All, OneOf
from edge_client.wire.flow import Flow, Kind, Need, Option, Order, Outcome, Question, Tells, print_flow
from nearside.importing.licences import import_licences
from tests.support import node_twin
from tests.support.flow_worlds import words

TODAY = date(2026, 11, 22)
# A slow phone looks at a thousand in some tenth of a millisecond: far from a long task, which takes 50.
MOST_CELLS = 25_000


def sliced(flow: Flow) -> dict[str, Any]:
    """What it costs to compile a flow and to find its first question, in all and at one go."""
    case = {"flow": print_flow(flow), "today": TODAY.toordinal()}
    found: dict[str, Any] = node_twin.played("slices.mjs", case)
    return found


def large(*, options: int = 300, outcomes: int = 500) -> Flow:
    """Three lists to choose from, and outcomes that each need something of all of them."""
    lists = tuple(
        Question(
            name,
            Kind.SINGLE,
            words(name),
            options=tuple(Option(f"{name}-{at}", words(str(at))) for at in range(options)),
        )
        for name in ("what", "where", "how")
    )

    def needs(at: int) -> tuple[Need, ...]:
        tests = [
            OneOf(each.id, tuple(f"{each.id}-{(at * step + more) % options}" for more in range(20)))
            for step, each in enumerate(lists, 1)
        ]
        return Need(words("one"), All((tests[0], tests[1]))), Need(words("other"), tests[2])

    return Flow(
        "large",
        ("en",),
        words("Large"),
        words("Large."),
        Order.GAIN,
        Tells.MAY_NEED,
        lists,
        tuple(Outcome(f"outcome-{at}", words(str(at)), needs=needs(at)) for at in range(outcomes)),
    )


def test_a_large_flow_is_compiled_in_small_slices() -> None:
    """Millions of operations, and never more than few of them at one go; it comes out as at once."""
    cost = sliced(large())
    assert cost["same"]
    assert cost["total"] > 20 * MOST_CELLS
    assert cost["most"] <= MOST_CELLS
    assert cost["rests"] > 20


@pytest.mark.data
def test_the_licence_finder_is_compiled_in_small_slices(public_data: Path) -> None:
    """The largest public flow there is: 415 licences over hundreds of activities."""
    folder = public_data / "licence-finder"
    if not folder.is_dir():
        pytest.skip("public data set licence-finder not found: set NEARSIDE_DATA")
    names = ("sectors", "activities", "licences")
    cost = sliced(import_licences(**{name: (folder / f"{name}.csv").read_bytes() for name in names}).flow)
    assert cost["same"]
    assert cost["total"] > 20 * MOST_CELLS
    assert cost["most"] <= MOST_CELLS
