"""Beside a quiet flow nothing is suggested; what it leads to is tried out on nobody, and not counted."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from consent_ledger import canonical
from edge_client.events import QuestionAnswered
from tests.support.city import City
from tests.support.pair import Pair
from tests.support.ruled import rule, slot, value

GRIEF = "/grief/first-days"
# Always something off the beaten track, and outcomes that count.
SLOTS = [slot("home", ["/"], explore_milli=1000, sway_milli=300), slot("related", [], explore_milli=1000)]
CAPPED = rule("mourn", when="grieves", items=[GRIEF], cap={"times": 5, "days": 30})
RULES = canonical.encode(value(slots=SLOTS, outcome_days=60, rules=[CAPPED]))


async def begun(folder: Path, *, seed: int = 0) -> Pair:
    """Somebody who allows suggestions, where a rule leads to help after a death."""
    city = City(folder, rules=RULES)
    city.publish()
    pair = await Pair(city, seed).open()
    await pair.choose("suggest")
    return pair


async def says(pair: Pair, option: str | None) -> None:
    """Answer in the flow, or take it back."""
    await pair.device.feed(QuestionAnswered("loss", option, pair.host.at_ms, in_flow=True))
    pair.host.at_ms += 1000


def planned(pair: Pair) -> dict[str, Any]:
    """The pages that the last plan is for, and the items that each suggests."""
    plan = json.loads(pair.plans()[-1])
    every = [*plan["pages"].items(), *plan.get("later", {"pages": {}})["pages"].items()]
    return {
        page: [plan["items"][row[0]][0] for rows in slots.values() for row in rows] for page, slots in every
    }


def kept(pair: Pair) -> bytes:
    """Everything in this device's storage but the public files."""
    return b"".join(raw for kind, raw in pair.host.kept.items() if kind != "bundle")


def test_nothing_is_planned_for_the_pages_of_a_quiet_flow(tmp_path: Path) -> None:
    """Whatever was said, and whichever page links there: the server's own content stays."""

    async def story() -> None:
        pair = await begun(tmp_path)
        for option in (None, "yes"):
            await says(pair, option)
            before = len(pair.plans())
            await pair.view(GRIEF)
            assert len(pair.plans()) == before
            await pair.view("/", "/bins/new", links=(GRIEF, "/parking/rules"))
            assert "/" in planned(pair)
            assert GRIEF not in planned(pair)

    asyncio.run(story())


def test_what_it_leads_to_is_tried_out_on_nobody(tmp_path: Path) -> None:
    """Where every draw explores, it comes up for nobody who has not said so; for who has, it is an offer."""

    async def story(seed: int) -> None:
        pair = await begun(tmp_path / str(seed), seed=seed)
        await pair.view("/", "/bins/new", "/")
        assert not any(GRIEF.encode() in plan for plan in pair.plans())
        await says(pair, "yes")
        await pair.view("/bins/new")
        assert GRIEF in planned(pair)["/"]

    for seed in range(12):
        asyncio.run(story(seed))


def test_nothing_of_it_is_counted_and_nothing_is_left_once_it_is_taken_back(tmp_path: Path) -> None:
    """That it was shown, opened or passed over is in no outcome, and in no impression, though its rule has a
    cap: those would outlive the answer."""

    async def story() -> None:
        pair = await begun(tmp_path)
        await says(pair, "yes")
        await pair.view("/bins/new")
        await pair.view("/", shown=(GRIEF, "/parking/rules"))
        await pair.view(GRIEF, "/", "/bins/new", gap_ms=40 * 60 * 1000)
        outcomes = pair.device.session.decided.outcomes
        assert [row.item for row in outcomes.rows] == ["/parking/rules"]
        await says(pair, None)
        await pair.view("/bins/new")
        assert GRIEF.encode() not in kept(pair)
        assert b'"loss"' not in kept(pair)

    asyncio.run(story())
