"""An attacker who sees the whole network and all servers: what a citizen looked at changes nothing that
leaves the device.

For any two visitors with different histories but the same visits in time, the same consents and the same
visible dice, what leaves is the same sequence of methods and addresses with bodies of the same sizes, and
the same bytes except inside reports.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.city import PATHS, City
from tests.support.pair import Pair, Request

HOUR_MS = 60 * 60 * 1000
PAGES = [path for path, *_ in PATHS]


@dataclass(frozen=True)
class Step:
    """One moment: how long after the last one, and what each of the two visitors looks at or dismisses."""

    gap_ms: int
    one: str
    other: str
    dismiss: bool


steps = st.lists(
    st.builds(
        Step,
        gap_ms=st.sampled_from([60_000, HOUR_MS, 24 * HOUR_MS, 60 * HOUR_MS]),
        one=st.sampled_from(PAGES),
        other=st.sampled_from(PAGES),
        dismiss=st.booleans(),
    ),
    min_size=1,
    max_size=30,
)
consents = st.sampled_from([(), ("suggest",), ("learn",), ("suggest", "learn")])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("city")


def live(folder: Path, story: list[Step], given_: tuple[str, ...], *, other: bool, withdraw: bool) -> Pair:
    """Let one visitor live through the story, with dice and keys that are the same for both."""
    city = City(folder)
    city.publish()
    pair = Pair(city, seed=7)

    async def go() -> None:
        await pair.open()
        if given_:
            await pair.choose(*given_)
        for step in story:
            pair.host.at_ms += step.gap_ms
            page = step.other if other else step.one
            await pair.view(page, gap_ms=0, links=(step.one,) if other else ())
            if step.dismiss:
                await pair.dismiss(page)
        if withdraw and given_:
            await pair.choose()

    asyncio.run(go())
    return pair


def outline(wire: list[Request]) -> list[tuple[str, str, int]]:
    """What an observer of encrypted traffic learns: method, address, size; salts make entries random."""
    return [
        (request.method, re.sub(r"[0-9a-f]{64}$", "<entry>", request.path), len(request.body))
        for request in wire
    ]


def beside_the_pair(request: Request) -> dict[str, object]:
    """A report without the one thing that it is about."""
    body = json.loads(request.body)
    return {name: value for name, value in body.items() if name not in ("from", "to")}


@settings(max_examples=60)
@given(story=steps, given_=consents, withdraw=st.booleans())
def test_histories_do_not_show_on_the_wire(
    folder: Path, story: list[Step], given_: tuple[str, ...], withdraw: bool
) -> None:
    """Two visitors who differ only in what they looked at cannot be told apart from outside."""
    one = live(folder, story, given_, other=False, withdraw=withdraw)
    other = live(folder, story, given_, other=True, withdraw=withdraw)
    assert outline(one.host.wire) == outline(other.host.wire)
    for first, second in zip(one.host.wire, other.host.wire, strict=True):
        if first.path == "/contributions":
            assert beside_the_pair(first) == beside_the_pair(second)


@settings(max_examples=30)
@given(story=steps)
def test_without_consent_only_public_files_are_fetched(folder: Path, story: list[Step]) -> None:
    """Nobody who has not said yes sends anything, whatever they look at."""
    pair = live(folder, story, (), other=False, withdraw=False)
    assert {request.method for request in pair.host.wire} == {"GET"}
    assert all(request.path.startswith("/nearside/") for request in pair.host.wire)
    assert set(pair.host.kept) == {"pins"}


def test_the_test_would_see_a_leak(folder: Path) -> None:
    """The comparison is not blind: a report that only some histories send makes the outlines differ."""
    story = [Step(HOUR_MS, "/bins/new", "/parking/permit", False)]
    one = live(folder, story, ("suggest", "learn"), other=False, withdraw=False)
    leaking = [*one.host.wire, Request("POST", "/contributions", b"{}")]
    assert outline(leaking) != outline(one.host.wire)


def test_no_canary_leaves(folder: Path) -> None:
    """Typed dates, addresses and postcodes in a page's address are in nothing that is kept or sent."""
    city = City(folder)
    city.publish()
    pair = Pair(city)
    canaries = ("1987-03-14", "canary@example.org", "SW1A-2AA", "4929123412341234")

    async def go() -> None:
        await pair.open()
        await pair.choose("suggest", "learn")
        from edge_client.wire.paths import scrub_path

        for canary in canaries:
            await pair.view(scrub_path(f"/bins/{canary}?who={canary}#{canary}"), "/bins/new")
        pair.host.at_ms += 8 * 24 * HOUR_MS
        await pair.view(*["/"] * 20, gap_ms=8 * HOUR_MS)

    asyncio.run(go())
    everything = b"\n".join(
        [*pair.host.kept.values(), *(raw for _, raw in pair.host.shown)]
        + [request.path.encode() + request.body for request in pair.host.wire]
    )
    for canary in canaries:
        assert canary.encode() not in everything
