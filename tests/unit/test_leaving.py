"""Whoever has everything deleted takes every yes back, decides nothing else, and is nobody afterwards."""

from __future__ import annotations

import asyncio
from pathlib import Path
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consent_ledger.record import Gpc
from edge_client.consent import ConsentBook
from edge_client.events import ChoiceMade
from edge_client.page_messages import choice_of
from tests.support.city import City, notice, notice_value
from tests.support.pair import Pair


def paired(folder: Path) -> Pair:
    """A device and a city that is published."""
    city = City(folder)
    city.publish()
    return Pair(city)


def leaving(at_ms: int) -> ChoiceMade:
    """The last choice of all, as pages tell it."""
    return ChoiceMade(frozenset(), notice(), Gpc.ABSENT, at_ms, leaving=True)


def test_what_was_given_is_withdrawn_and_nothing_else_decided(tmp_path: Path) -> None:
    """A purpose that was refused gets no second record; the profile is gone before the ledger is told."""
    pair = paired(tmp_path)

    async def story() -> None:
        await pair.open()
        await pair.choose("suggest")
        await pair.view("/", "/bins/new")
        assert "profile" in pair.host.kept
        pair.host.services.down = True
        await pair.device.feed(leaving(pair.host.at_ms + 1))
        assert "profile" not in pair.host.kept
        assert len(ConsentBook.from_bytes(pair.host.kept["book"]).pending) == 1
        pair.host.services.down = False
        await pair.device.feed(leaving(pair.host.at_ms + 1))  # as any page tells it, looked at or not
        await pair.device.settle()

    asyncio.run(story())
    book = ConsentBook.from_bytes(pair.host.kept["book"])
    said = sorted((r.opening.record.purpose.value, r.opening.record.status.name) for r in book.receipts)
    assert said == [("learn", "REFUSED"), ("suggest", "GIVEN"), ("suggest", "WITHDRAWN")]
    assert set(pair.host.kept) <= {"book", "pins"}


def test_a_proof_that_came_is_asked_for_by_nobody_else(tmp_path: Path) -> None:
    """Told by another page while the proof waits to be taken in: no question is under way once all is proven,
    for whoever sends one writes it down."""
    pair = paired(tmp_path)
    asked, load = pair.host.fetch_proof, pair.host.load
    arrives, goes_on = asyncio.Event(), asyncio.Event()

    async def later(entry: str) -> str | None:
        text = await asked(entry)
        await arrives.wait()
        return text

    async def held(kind: str) -> bytes | None:
        await goes_on.wait()
        return await load(kind)

    async def story() -> None:
        await pair.open()
        await pair.choose("suggest")
        start, left = len(pair.host.wire), leaving(pair.host.at_ms + 1)
        with patch.object(pair.host, "fetch_proof", later), patch.object(pair.host, "load", held):
            goes_on.set()
            await pair.device.feed(left)
            goes_on.clear()
            again = asyncio.ensure_future(pair.device.feed(left))
            await asyncio.sleep(0)
            arrives.set()
            for _ in range(10):
                await asyncio.sleep(0)
            goes_on.set()
            await again
            await pair.device.settle()
        questions = [each.path for each in pair.host.wire[start:] if each.method == "GET"]
        assert len(questions) == 1

    asyncio.run(story())
    assert ConsentBook.from_bytes(pair.host.kept["book"]).pending == ()


def test_a_page_that_tells_it_after_all_is_deleted_brings_nothing_back(tmp_path: Path) -> None:
    """Another tab's worker may hear of it when nothing is left: it writes nothing, and sends nothing."""
    pair = paired(tmp_path)

    async def story() -> None:
        await pair.device.open()
        await pair.device.feed(leaving(pair.host.at_ms))

    asyncio.run(story())
    assert (pair.host.kept, pair.host.wire) == ({}, [])


def test_a_yes_after_that_is_somebody_elses(tmp_path: Path) -> None:
    """A worker that is still there signs with the new key, and names it: nothing links the two."""
    pair = paired(tmp_path)

    async def story() -> None:
        await pair.open()
        await pair.choose("suggest")
        before = ConsentBook.from_bytes(pair.host.kept["book"]).receipts
        pair.host.kept.clear()
        pair.host.key = Ed25519PrivateKey.from_private_bytes(b"e" * 32)
        pair.host.at_ms += 1000
        await pair.choose("suggest")
        after = ConsentBook.from_bytes(pair.host.kept["book"]).receipts
        assert len(before) == len(after) == 2
        keys = [{each.opening.record.subject_key for each in receipts} for receipts in (before, after)]
        assert keys[1] == {await pair.host.subject()}
        assert keys[0].isdisjoint(keys[1])

    asyncio.run(story())


def test_a_page_says_that_somebody_leaves(tmp_path: Path) -> None:
    """A page of before a deployment says nothing of it."""
    told = {"given": [], "notice": notice_value(), "gpc": "absent", "at": 5}
    assert [choice_of({**told, **more}).leaving for more in ({}, {"leaving": True}, {"leaving": 1})] == [
        False,
        True,
        False,
    ]
