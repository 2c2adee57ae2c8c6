"""What pages are told that they may notice: what rules ask for now, and nothing of before."""

from __future__ import annotations

import asyncio
from pathlib import Path

from edge_client.events import ProfileCleared
from edge_client.profile import DAY_MS
from edge_client.wire.noticed import SignalKind
from tests.support.noticing import EVERYTHING, RULES, city, heard, kept, met, notice, told
from tests.support.ruled import MARK


def test_a_retired_rule_takes_its_signals_along(tmp_path: Path) -> None:
    """With the next bundle, and pages hear that they may not notice it any more."""

    async def go() -> None:
        pair = await met(tmp_path, *RULES)
        await notice(pair, *EVERYTHING)
        without = [rule_ for rule_ in RULES if rule_["when"] != "searched"]
        pair.city.rules = city(tmp_path, *without).rules
        pair.city.publish()
        await pair.device.install()
        assert "searched" not in [name for name, _ in told(pair)]
        assert len(told(pair)) == 4
        await pair.view("/bins/new")
        assert ["searched" in each for each in heard(pair)] == [True, False]

    asyncio.run(go())


def test_pages_hear_what_rules_ask_for_and_nothing_sensitive(tmp_path: Path) -> None:
    """Pages by path, words by topic; the same for everyone."""

    async def go() -> None:
        pair = await met(tmp_path, *RULES)
        (collect,) = heard(pair)
        assert collect["clicked"] == collect["read"] == ["/parking/permit", "/parking/rules"]
        assert collect["form-begun"] == collect["form-finished"] == ["/parking/permit"]
        assert collect["searched"] == ["parking"]
        assert collect["marked"] == ["/parking/permit", "/parking/rules"]
        assert collect["marks"] == [MARK]
        assert set(collect) == {"v", "until_ms", "marks", *SignalKind}

    asyncio.run(go())


def test_what_is_deleted_is_told_to_pages_anew(tmp_path: Path) -> None:
    """The list of what pages may notice goes with everything else, and comes again with the next page."""

    async def go() -> None:
        pair = await met(tmp_path, *RULES)
        await notice(pair, *EVERYTHING)
        pair.host.at_ms += 1000
        await pair.device.feed(ProfileCleared(pair.host.at_ms))
        assert kept(pair).rows == ()
        await pair.view("/bins/new")
        first, again = heard(pair)
        assert first == again

    asyncio.run(go())


def test_a_worker_that_knows_no_rule_says_so_to_pages_that_still_do(tmp_path: Path) -> None:
    """The rules went while no worker ran: the first page of the next one ends what pages remember."""

    async def go() -> None:
        pair = await met(tmp_path, *RULES)
        pair.city.rules = city(tmp_path).rules
        pair.city.publish()
        await pair.reopen()
        await pair.view("/bins/new", "/")
        first, last = heard(pair)
        assert set(SignalKind) < set(first)
        assert set(last) == {"v", "until_ms"}

    asyncio.run(go())


def test_each_worker_tells_pages_once(tmp_path: Path) -> None:
    """With its first page, though that be a sensitive one; the same from worker to worker."""

    async def go() -> None:
        pair = await met(tmp_path, *RULES)
        await pair.view("/", "/parking/rules")
        assert len(heard(pair)) == 1
        await pair.reopen()
        await pair.view("/grief/first-days", "/")
        first, again = heard(pair)
        assert first == again

    asyncio.run(go())


def test_a_renewed_bundle_tells_pages_its_own_end(tmp_path: Path) -> None:
    """The rules are the same, and hold for longer."""

    async def go() -> None:
        pair = await met(tmp_path, *RULES)
        pair.host.at_ms += DAY_MS
        pair.city.publish(now=pair.host.at_ms // 1000)
        pair.host.at_ms += 60_000
        await pair.device.install()
        await pair.view("/bins/new")
        first, renewed = heard(pair)
        assert renewed["until_ms"] == pair.device.session.bundle.manifest.expires * 1000
        assert renewed["until_ms"] > first["until_ms"]

    asyncio.run(go())
