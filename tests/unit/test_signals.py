"""Signals: noticed where a rule asks, scrubbed before they are kept, gone with their time or their yes."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from edge_client.events import NoticingSwitched
from edge_client.explanation import ReasonKind
from edge_client.profile import DAY_MS
from edge_client.signals.noted import Noted
from edge_client.signals.signal import Switch
from edge_client.wire.noticed import SignalKind
from tests.support.noticing import EVERYTHING, RULES, city, heard, kept, met, notice, told
from tests.support.pair import Pair
from tests.support.ruled import MARK, NEVER


def test_what_is_kept_is_scrubbed_and_what_rules_ask_for(tmp_path: Path) -> None:
    """Of a search the known words; nothing of a kind, of a page or of a reading that no rule asks for."""

    async def go() -> None:
        pair = await met(tmp_path, *RULES)
        await notice(pair, *EVERYTHING)
        assert told(pair) == [
            ("clicked", "/parking/rules"),
            ("read", "/parking/permit"),
            ("searched", "parking"),
            ("form-begun", "/parking/permit"),
            ("marked", "/parking/rules"),
        ]
        before = kept(pair)
        await notice(
            pair,
            Noted(SignalKind.CLICKED, "/bins/missed", 0),
            Noted(SignalKind.READ, "/parking/rules", 0, 0),
            Noted(SignalKind.SEARCHED, "bin jane", 0),
            Noted(SignalKind.FORM_BEGUN, "/bins/missed", 0),
            Noted(SignalKind.MARKED, "/bins/missed", 0, mark=MARK),
            Noted(SignalKind.MARKED, "/parking/rules", 0, mark="audience:jane-doe"),
        )
        assert kept(pair) == before

    asyncio.run(go())


@pytest.mark.parametrize("kind", [kind for kind in SignalKind if kind is not SignalKind.FORM_FINISHED])
def test_each_kind_needs_a_rule_of_its_own(tmp_path: Path, kind: SignalKind) -> None:
    """Under a rule about one kind nothing of another is kept."""

    async def go() -> None:
        pair = await met(tmp_path, *(rule_ for rule_ in RULES if rule_["when"] == kind))
        await notice(pair, *EVERYTHING)
        assert [name for name, _ in told(pair)] == [kind.value]

    asyncio.run(go())


def test_signals_go_when_nothing_asks_for_them_any_longer(tmp_path: Path) -> None:
    """What is asked of this session is kept for a day; then it is gone with the next page."""

    async def go() -> None:
        pair = await met(tmp_path, *RULES)
        await notice(pair, *EVERYTHING)
        pair.host.at_ms += DAY_MS + 60_000
        await pair.view("/bins/new")
        assert kept(pair).rows == ()

    asyncio.run(go())


@pytest.mark.parametrize("given", [(), ("learn",)])
def test_without_a_yes_to_suggestions_nothing_is_noticed(tmp_path: Path, given: tuple[str, ...]) -> None:
    """No signal is kept, and no page hears that it may notice any."""

    async def go() -> None:
        pair = await met(tmp_path, *RULES, given=given)
        await notice(pair, *EVERYTHING)
        assert "signals" not in pair.host.kept
        assert "collect" not in [name for name, _ in pair.host.shown]

    asyncio.run(go())


def test_a_withdrawn_yes_erases_signals(tmp_path: Path) -> None:
    """And with them the choice of what may be noticed: a later yes begins afresh."""

    async def go() -> None:
        pair = await met(tmp_path, *RULES)
        await notice(pair, *EVERYTHING)
        await pair.device.feed(NoticingSwitched(Switch.CLICKS, False, pair.host.at_ms))
        pair.host.at_ms += 1000
        await pair.choose()
        assert "signals" not in pair.host.kept

    asyncio.run(go())


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (SignalKind.CLICKED, ReasonKind.CLICKED),
        (SignalKind.READ, ReasonKind.READ),
        (SignalKind.SEARCHED, ReasonKind.SEARCHED),
        (SignalKind.FORM_BEGUN, ReasonKind.TASK),
        (SignalKind.MARKED, ReasonKind.MARKED),
    ],
)
def test_a_signal_opens_a_rule_and_is_named_as_its_reason(
    tmp_path: Path, kind: SignalKind, reason: ReasonKind
) -> None:
    """Before it the slot is the server's; after it the rule fills it, and says truly why."""

    def on_home(pair: Pair) -> list[Any]:
        plan = json.loads(pair.plans()[-1])
        placed: list[Any] = plan["pages"].get("/", {}).get("home", [])
        return placed

    async def go() -> None:
        pair = await met(tmp_path, *(rule_ for rule_ in RULES if rule_["when"] == kind))
        assert on_home(pair) == []
        await notice(pair, *EVERYTHING)
        await pair.view("/bins/new")
        assert [row[1] for row in on_home(pair)] == [reason.value]
        if kind is SignalKind.FORM_BEGUN:
            await notice(pair, Noted(SignalKind.FORM_FINISHED, "/parking/permit", 0))
            await pair.view("/bins/new")
            assert on_home(pair) == []

    asyncio.run(go())


def test_a_sensitive_page_is_not_noticed_though_its_topic_is_asked_about(tmp_path: Path) -> None:
    """Nor is it told to pages; others of the topic are. What was noticed of it before it was goes."""

    async def go() -> None:
        pair = await met(tmp_path, *RULES)
        await notice(pair, *EVERYTHING)
        assert ("clicked", "/parking/rules") in told(pair)
        pair.city.rules = city(tmp_path, *RULES, never_items=[*NEVER, "/parking/rules"]).rules
        pair.city.publish()
        await pair.device.install()
        assert "/parking/rules" not in [about for _, about in told(pair)]
        await pair.view("/bins/new")
        assert heard(pair)[-1]["clicked"] == heard(pair)[-1]["read"] == ["/parking/permit"]
        for item in ("/parking/rules", "/parking/permit"):
            await notice(pair, Noted(SignalKind.CLICKED, item, 0), Noted(SignalKind.READ, item, 0, 3))
        assert {about for kind, about in told(pair) if kind == "clicked"} == {"/parking/permit"}
        assert "/parking/rules" not in [about for _, about in told(pair)]

    asyncio.run(go())
