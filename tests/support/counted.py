"""Somebody whose session is collected for a report, and what is collected of it."""

from __future__ import annotations

from pathlib import Path

from edge_client.profile import SESSION_GAP_MS
from edge_client.reporting import Reporter
from edge_client.wire.contribution import NOTHING
from edge_client.wire.paths import ItemId
from tests.support.city import City, catalogue
from tests.support.pair import Pair

BINS = ItemId("/bins/new")


async def counted(folder: Path) -> tuple[Pair, int]:
    """Somebody who helps to learn and whose one session of two pages is collected already: with when its
    last page was opened."""
    city = City(folder)
    city.publish()
    pair = await Pair(city).open()
    await pair.choose("suggest", "learn")
    pair.host.at_ms += 1
    await pair.view("/", "/bins/new")
    opened_ms = pair.host.at_ms - 60_000
    pair.host.at_ms += SESSION_GAP_MS
    await pair.view("/parking/rules")
    assert named(pair) == {"/", "/bins/new"}
    return pair, opened_ms


def named(pair: Pair) -> set[str]:
    """The pages that what is collected, or waits to leave, names."""
    reporter = Reporter.from_bytes(pair.host.kept["reporter"])
    pairs = [*reporter.pool.pairs, *(report.pair for report in reporter.outbox)]
    pages = catalogue().items
    return {pages[page].id for pair_ in pairs for page in pair_ if page != NOTHING}
