"""A page can be closed at any moment: no choice is lost, no record is logged twice, no link of the chain is
missing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from consent_ledger.record import Gpc, Status
from edge_client.consent import ConsentBook
from edge_client.events import ChoiceMade
from tests.support.city import City, notice
from tests.support.closing import Closed, close_after, open_again
from tests.support.pair import Pair


@pytest.mark.parametrize("acts", range(24))
def test_a_page_closed_at_any_moment_loses_no_choice(tmp_path: Path, acts: int) -> None:
    """Two yeses and two noes are each logged once, in an unbroken chain, wherever a page was closed; nothing
    that a yes covered is left after the noes."""
    city = City(tmp_path)
    city.publish()
    pair = Pair(city)

    async def choose(*given: str) -> None:
        # As pages do: the newest choice is told again with every message.
        at_ms = pair.host.at_ms
        event = ChoiceMade(frozenset(given), notice(), Gpc.ABSENT, at_ms)
        close_after(pair.host, acts)
        try:
            await pair.device.feed(event)
            await pair.device.settle()
        except Closed:
            pass
        open_again(pair.host)
        pair.host.at_ms += 1000
        await pair.reopen()
        await pair.device.feed(event)
        await pair.view("/")

    async def story() -> None:
        await pair.open()
        await choose("suggest", "learn")
        await pair.view("/parking/zones")
        assert {"profile", "decided", "reporter"} <= set(pair.host.kept)
        await choose()
        await pair.view("/")

    asyncio.run(story())
    assert set(pair.host.kept) == {"book", "pins"}
    book = ConsentBook.from_bytes(pair.host.kept["book"])
    assert (book.unsigned, book.pending) == ((), ())
    records = [receipt.opening.record for receipt in book.receipts]
    assert sorted(record.status.name for record in records) == ["GIVEN", "GIVEN", "WITHDRAWN", "WITHDRAWN"]
    entries = {receipt.opening.entry() for receipt in book.receipts}
    assert {record.previous for record in records} - {None} < entries
    assert city.ledger.head().size == 4 + len(entries)


def test_a_choice_told_again_or_too_late_changes_nothing(tmp_path: Path) -> None:
    """What a page tells again, and what a page tells that has not heard of a newer choice, is not acted
    on."""
    city = City(tmp_path)
    city.publish()
    pair = Pair(city)

    async def story() -> None:
        await pair.open()
        yes = ChoiceMade(frozenset({"suggest"}), notice(), Gpc.ABSENT, pair.host.at_ms)
        no = ChoiceMade(frozenset(), notice(), Gpc.ABSENT, pair.host.at_ms + 5)
        for event in (yes, no, yes, no, yes):
            await pair.device.feed(event)
        await pair.device.settle()

    asyncio.run(story())
    book = ConsentBook.from_bytes(pair.host.kept["book"])
    said = [receipt.opening.record.status for receipt in book.receipts]
    assert said == [Status.GIVEN, Status.REFUSED, Status.WITHDRAWN]
    assert not book.allows("suggest")
