"""What a device keeps, where it cannot read it: damaged, or written by another version of this software."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_client.events import Event, ForSomeoneElse, ProfileAsked, ProfileCleared
from edge_client.ports import Unkept
from edge_client.profile import Profile
from tests.support.city import City
from tests.support.pair import Pair

NEWER = {
    "profile": b'{"dismissed":[],"unheard-of":1,"v":1}',
    "told": b'{"v":2}',
    "decided": b'{"shown":[],"v":2}\n1700000000000 a line',
    "signals": b'{"v":3}',
}


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    city = City(tmp_path)
    city.publish()
    return Pair(city)


async def said_yes_to_both(pair: Pair) -> None:
    """A device with both consents, on which another version has kept something since."""
    await pair.open()
    await pair.choose("suggest", "learn")
    pair.host.kept.update(NEWER)
    pair.host.at_ms += 1000
    await pair.reopen()


def left(pair: Pair) -> set[str]:
    """Which of it is still there."""
    return {kind for kind, raw in NEWER.items() if pair.host.kept.get(kind) == raw}


def test_what_another_version_kept_is_left_for_it(pair: Pair) -> None:
    """A worker that outlived a deployment reads nothing of it and erases nothing: pages of the new version
    may be open beside it."""

    async def story() -> None:
        await said_yes_to_both(pair)
        await pair.device.feed(ProfileAsked())

    asyncio.run(story())
    assert left(pair) == set(NEWER)
    assert pair.device.session.profile == Profile()


@pytest.mark.parametrize("raw", [b"", b"{broken", b"\xff", b"[1]", b'{"v":true}', b'{"v":"1"}', b'{"w":1}'])
def test_what_is_damaged_is_erased(pair: Pair, raw: bytes) -> None:
    """Nobody could ever read it again."""

    async def story() -> None:
        await pair.open()
        await pair.choose("suggest")
        pair.host.kept.update(profile=raw, told=raw, decided=raw, reporter=raw, arm=raw)
        await pair.reopen()

    asyncio.run(story())
    assert set(pair.host.kept) == {"book", "pins"}


@pytest.mark.parametrize(
    ("given", "stays"),
    [((), set()), (("suggest",), set(NEWER)), (("learn",), {"profile", "signals"})],
    ids=["no to both", "no to one", "no to the other"],
)
def test_what_another_version_kept_goes_with_its_consent(
    pair: Pair, given: tuple[str, ...], stays: set[str]
) -> None:
    """What this version cannot read, it can still forget."""

    async def story() -> None:
        await said_yes_to_both(pair)
        await pair.choose(*given)

    asyncio.run(story())
    assert left(pair) == stays


def test_what_another_version_kept_goes_with_the_list(pair: Pair) -> None:
    """Who has all forgotten need not know who kept it."""

    async def story() -> None:
        await said_yes_to_both(pair)
        await pair.device.feed(ProfileCleared(pair.host.at_ms))

    asyncio.run(story())
    assert left(pair) == set()


def fill(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the storage take nothing from now on; what lies there can still be erased."""

    async def save(kind: str, raw: bytes) -> None:
        raise Unkept("host: the storage is full, or gone")

    monkeypatch.setattr(pair.host, "save", save)


async def fed_in_vain(pair: Pair, event: Event) -> None:
    with pytest.raises(Unkept):
        await pair.device.feed(event)


def test_a_full_storage_stops_no_withdrawal(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the yes covered is erased; the no itself cannot be written down: told again later, it is, once."""

    async def story() -> None:
        await pair.open()
        await pair.choose("suggest", "learn")
        await pair.view("/parking/permit", "/bins/missed")
        wire = len(pair.host.wire)
        with monkeypatch.context() as full:
            fill(pair, full)
            with pytest.raises(Unkept):
                await pair.choose()
            assert set(pair.host.kept) == {"book", "pins"}
            assert pair.host.wire[wire:] == []
        await pair.choose()
        assert pair.device.session.book.choices == {"suggest": "withdrawn", "learn": "withdrawn"}
        assert [request.path for request in pair.host.wire[wire:]].count("/consent/events") == 2

    asyncio.run(story())


@pytest.mark.parametrize("forgets", [ProfileCleared, lambda at_ms: ForSomeoneElse(at_ms, at_ms - 1)])
def test_a_full_storage_stops_no_forgetting(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, forgets: Callable[[int], Event]
) -> None:
    """What could not be replaced by less is erased whole."""

    async def story() -> None:
        await pair.open()
        await pair.choose("suggest")
        await pair.view("/parking/permit", "/bins/missed")
        fill(pair, monkeypatch)
        await fed_in_vain(pair, forgets(pair.host.at_ms))
        assert "profile" not in pair.host.kept

    asyncio.run(story())


def test_a_full_storage_loses_nothing_by_a_page_view(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """The profile stays as it was: it is read again with what comes next."""

    async def story() -> None:
        await pair.open()
        await pair.choose("suggest")
        await pair.view("/parking/permit")
        before = dict(pair.host.kept)
        with monkeypatch.context() as full:
            fill(pair, full)
            with pytest.raises(Unkept):
                await pair.view("/bins/missed")
        assert pair.host.kept == before
        await pair.view("/bins/missed")
        assert [visit.item for visit in pair.device.session.profile.visits] == [
            "/parking/permit",
            "/bins/missed",
        ]

    asyncio.run(story())
