"""What is left on a device once what it knew has gone: nothing, not even that there was something."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from edge_client.events import ItemPinned, ItemUnpinned, ProfileCleared
from edge_client.wire.paths import ItemId
from tests.support.city import City
from tests.support.pair import Pair

ANYWAY = {"pins", "book"}
PERMIT = ItemId("/parking/permit")


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    city = City(tmp_path)
    city.publish()
    return Pair(city)


def test_what_is_empty_is_not_kept_and_outlives_no_consent(pair: Pair) -> None:
    """A pin that is taken back leaves no empty list of pins; and a withdrawal leaves the choice alone."""

    async def go() -> None:
        await pair.open()
        await pair.choose("suggest")
        await pair.view("/bins/new")
        await pair.device.feed(ItemPinned("home", PERMIT, pair.host.at_ms))
        assert "told" in pair.host.kept
        await pair.device.feed(ItemUnpinned(PERMIT, pair.host.at_ms))
        assert "told" not in pair.host.kept
        await pair.choose()

    asyncio.run(go())
    assert set(pair.host.kept) == ANYWAY


@pytest.mark.parametrize("chose", [True, False])
def test_without_consent_not_even_a_deletion_is_kept(pair: Pair, *, chose: bool) -> None:
    """Whoever said no, or nothing, and has everything deleted all the same."""

    async def go() -> None:
        await pair.open()
        if chose:
            await pair.choose()
        await pair.device.feed(ProfileCleared(pair.host.at_ms))

    asyncio.run(go())
    assert set(pair.host.kept) == (ANYWAY if chose else {"pins"})
