"""Switches of what this device may notice: each takes its own kind, and stays as it is."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from edge_client.events import NoticingSwitched
from edge_client.profile import SESSION_GAP_MS
from edge_client.rules.facts import Context
from edge_client.signals.signal import Switch
from edge_client.wire.audience import CameFrom
from tests.support.noticing import DEFINITIONS, EVERYTHING, RULES, city, met, notice, told
from tests.support.pair import Pair
from tests.support.ruled import condition, rule, visited


@pytest.mark.parametrize(
    ("switch", "gone"),
    [
        (Switch.CLICKS, {"clicked"}),
        (Switch.READING, {"read"}),
        (Switch.SEARCHES, {"searched"}),
        (Switch.FORMS, {"form-begun"}),
        (Switch.MARKS, {"marked"}),
        (Switch.VISITS, {"visits"}),
        (Switch.CONTEXT, {"began_from"}),
    ],
)
def test_a_switch_takes_its_own_kind_and_no_other(tmp_path: Path, switch: Switch, gone: set[str]) -> None:
    """Off: gone at once and not noticed again. On: noticed from then on."""
    began = condition("came", {"began_from": {"kinds": ["search"]}})
    seen = condition("parks", visited())
    more = [rule("on-came", when="came"), rule("on-parks", when="parks")]
    town = city(tmp_path, *RULES, *more, definitions=[*DEFINITIONS, began, seen])
    town.publish()

    def holds(pair: Pair) -> set[str]:
        profile = pair.device.session.profile
        return (
            {name for name, _ in told(pair)}
            | ({"visits"} if profile.visits else set())
            | ({"began_from"} if profile.began_from else set())
        )

    async def go() -> None:
        pair = Pair(town)
        await pair.open()
        await pair.choose("suggest")
        await pair.view("/parking/rules", context=Context(10, None, CameFrom.SEARCH))
        await notice(pair, *EVERYTHING)
        everything = holds(pair)
        assert everything == {"visits", "began_from", "clicked", "read", "searched", "form-begun", "marked"}
        await pair.device.feed(NoticingSwitched(switch, False, pair.host.at_ms))
        assert holds(pair) == everything - gone
        pair.host.at_ms += SESSION_GAP_MS + 1
        await pair.view("/parking/rules", context=Context(10, None, CameFrom.SEARCH))
        await notice(pair, *EVERYTHING)
        assert holds(pair) == everything - gone
        await pair.device.feed(NoticingSwitched(switch, True, pair.host.at_ms))
        pair.host.at_ms += SESSION_GAP_MS + 1
        await pair.view("/parking/rules", context=Context(10, None, CameFrom.SEARCH))
        await notice(pair, *EVERYTHING)
        assert holds(pair) == everything

    asyncio.run(go())


def test_a_switch_outlives_what_it_switches(tmp_path: Path) -> None:
    """The browser is closed and opened, everything is forgotten: what is off stays off."""

    async def go() -> None:
        pair = await met(tmp_path, *RULES)
        await pair.device.feed(NoticingSwitched(Switch.SEARCHES, False, pair.host.at_ms))
        await pair.reopen()
        await pair.view("/bins/new")
        await notice(pair, *EVERYTHING)
        assert "searched" not in [name for name, _ in told(pair)]
        collect = [json.loads(raw) for name, raw in pair.host.shown if name == "collect"]
        assert "searched" not in collect[-1]
        assert "clicked" in collect[-1]

    asyncio.run(go())
