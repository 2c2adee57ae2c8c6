"""What is sensitive is known only from what somebody said of it, for as long and as far as they said so."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from consent_ledger import canonical
from edge_client.events import (
    Event,
    ItemPinned,
    PageViewed,
    ProfileCleared,
    QuestionAnswered,
    SignalsNoticed,
)
from edge_client.page_messages import event_of
from edge_client.profile import DAY_MS
from edge_client.signals.noted import Noted
from edge_client.told import Stance, Told
from edge_client.wire.noticed import SignalKind
from edge_client.wire.paths import ItemId
from edge_client.wishes import TopicTold
from tests.support.city import City
from tests.support.pair import Pair
from tests.support.ruled import QUESTIONS, value
from tests.support.two_visitors import WITH_OUTCOMES, WITH_SIGNALS

GRIEF = ItemId("/grief/first-days")
A_WEEK = canonical.encode(
    value(questions=[{**each, "keep_days": 7} if each["name"] == "loss" else each for each in QUESTIONS])
)
SAYS_SO = QuestionAnswered("loss", "yes", 0, in_flow=True)


async def begun(folder: Path, *given: str, rules: bytes = WITH_OUTCOMES) -> Pair:
    """Somebody who allows this, under rules with a sensitive topic and a question that may bring it up."""
    city = City(folder, rules=rules)
    city.publish()
    pair = await Pair(city).open()
    if given:
        await pair.choose(*given)
    return pair


def told_by(pair: Pair) -> Told:
    return Told.from_bytes(pair.host.kept.get("told", Told().to_bytes()))


@pytest.mark.parametrize("rules", [WITH_OUTCOMES, WITH_SIGNALS], ids=["outcomes", "signals"])
def test_nothing_of_it_is_inferred_from_anything_that_is_done(tmp_path: Path, rules: bytes) -> None:
    """Looked at, searched for, read, clicked, pinned, followed, stopped: no storage names page or topic."""

    async def story() -> None:
        pair = await begun(tmp_path, "suggest", "learn", rules=rules)
        at_ms = pair.host.at_ms
        noted = (
            Noted(SignalKind.CLICKED, GRIEF, at_ms),
            Noted(SignalKind.READ, GRIEF, at_ms, 3),
            Noted(SignalKind.SEARCHED, "death days bereavement", at_ms),
        )
        done: tuple[Event, ...] = (
            *(PageViewed(GRIEF, "en", (), at_ms + nth, (GRIEF,)) for nth in range(3)),
            SignalsNoticed(noted, at_ms),
            ItemPinned("home", GRIEF, at_ms),
            *(TopicTold(name, stance, at_ms) for name in (GRIEF, "bereavement") for stance in Stance),
            PageViewed(ItemId("/bins/new"), "en", (GRIEF,), at_ms + 9, (GRIEF,)),
        )
        for event in done:
            await pair.device.feed(event)
        for raw in (*pair.host.kept.values(), *(text for kind, text in pair.host.shown if kind != "collect")):
            assert GRIEF.encode() not in raw
            assert b"bereavement" not in raw

    asyncio.run(story())


def test_an_answer_is_kept_as_its_purpose_allows_and_no_longer(tmp_path: Path) -> None:
    """Not before a yes to suggestions, nor for a yes to something else; until it ends, and gone with the no,
    with "delete this list", and when no rule asks any more."""

    async def story() -> None:
        for given in ((), ("learn",)):
            pair = await begun(tmp_path, *given)
            await pair.device.feed(SAYS_SO)
            assert "told" not in pair.host.kept
        pair = await begun(tmp_path, "suggest", "learn", rules=A_WEEK)
        for ends in ("never", "no", "cleared"):
            await pair.device.feed(replace(SAYS_SO, at_ms=pair.host.at_ms))
            assert told_by(pair).answers == {"loss": "yes"}
            pair.host.at_ms += 1000
            if ends == "no":
                await pair.choose("learn")
                assert "told" not in pair.host.kept
                pair.host.at_ms += 1000
                await pair.choose("suggest", "learn")
            elif ends == "cleared":
                await pair.device.feed(ProfileCleared(pair.host.at_ms))
                assert "told" not in pair.host.kept
        await pair.device.feed(replace(SAYS_SO, at_ms=pair.host.at_ms))
        await pair.view("/bins/new")
        assert told_by(pair).answers == {"loss": "yes"}
        pair.host.at_ms += 7 * DAY_MS
        await pair.view("/bins/new")
        assert told_by(pair).answers == {}

    asyncio.run(story())


def test_an_element_of_a_page_cannot_answer_what_a_flow_alone_may_ask(tmp_path: Path) -> None:
    """Whoever writes a page, or runs a script in it, puts `<nearside-question question="loss">` there and
    submits its form: what the element says is no answer, and takes none away. In a flow it is one."""

    async def story() -> None:
        pair = await begun(tmp_path, "suggest")

        async def says(option: str | None, **more: object) -> None:
            said = {"question": "loss", "option": option, **more}
            event = event_of("answer", said, at_ms=pair.host.at_ms)
            assert event is not None
            await pair.device.feed(event)
            pair.host.at_ms += 1000

        for forged in ({}, {"in_flow": False}, {"in_flow": "true"}, {"in_flow": 1}):
            await says("yes", **forged)
            assert "told" not in pair.host.kept
        await says("yes", in_flow=True)
        await says("no")
        assert told_by(pair).answers == {"loss": "yes"}
        await says(None)
        assert "told" not in pair.host.kept

    asyncio.run(story())
