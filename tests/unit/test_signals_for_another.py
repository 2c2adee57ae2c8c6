"""A visit for someone else: nothing of it is kept, whenever the device hears of that."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_client.events import Event, ForSomeoneElse, ProfileCleared, SignalsNoticed
from edge_client.profile import SESSION_GAP_MS
from edge_client.signals.noted import Noted
from edge_client.wire.noticed import SignalKind
from tests.support.city import City
from tests.support.noticing import EVERYTHING, RULES, kept, met, notice, told
from tests.support.pair import Pair
from tests.support.worker import worker_line

SOON_MS = 60_000


def visits(pair: Pair) -> list[str]:
    """The pages that the device remembers."""
    return [visit.item for visit in pair.device.session.profile.visits]


async def lived(folder: Path) -> Pair:
    """A device under rules of version 1, which keep every page: one session of two pages."""
    town = City(folder)
    town.publish()
    pair = await Pair(town).open()
    await pair.choose("suggest")
    await pair.view("/bins/new", "/bins/missed")
    return pair


async def later(pair: Pair, *items: str) -> int:
    """Look at pages in another session; return when the last of them was opened."""
    pair.host.at_ms += SESSION_GAP_MS + SOON_MS
    await pair.view(*items)
    return pair.host.at_ms - SOON_MS


def test_a_visit_for_someone_else_takes_its_signals_along(tmp_path: Path) -> None:
    """Those of this session; what an earlier one told stays."""

    async def go() -> None:
        pair = await met(tmp_path, *RULES)
        await notice(pair, EVERYTHING[0])
        opened_ms = await later(pair, "/bins/new")
        await notice(pair, EVERYTHING[1])
        await pair.device.feed(ForSomeoneElse(pair.host.at_ms, opened_ms))
        assert [name for name, _ in told(pair)] == ["clicked"]

    asyncio.run(go())


def test_a_page_that_was_open_for_long_is_of_the_visit_too(tmp_path: Path) -> None:
    """Said an hour after the page was opened: the next page would begin a session, this one did not."""

    async def go() -> None:
        pair = await lived(tmp_path)
        opened_ms = await later(pair, "/parking/rules", "/parking/permit")
        pair.host.at_ms = opened_ms + 2 * SESSION_GAP_MS
        await pair.device.feed(ForSomeoneElse(pair.host.at_ms, opened_ms))
        assert visits(pair) == ["/bins/new", "/bins/missed"]

    asyncio.run(go())


def test_a_visit_that_no_worker_ever_heard_of_takes_no_other_along(tmp_path: Path) -> None:
    """Its one page was left before Python ran: of that visit nothing is kept, and the one before stays."""

    async def go() -> None:
        pair = await lived(tmp_path)
        opened_ms = pair.host.at_ms + SESSION_GAP_MS + SOON_MS
        await pair.device.feed(ForSomeoneElse(opened_ms + SOON_MS, opened_ms))
        assert visits(pair) == ["/bins/new", "/bins/missed"]

    asyncio.run(go())


def test_a_tab_of_an_earlier_visit_means_that_one_and_the_present(tmp_path: Path) -> None:
    """A page was left open through another visit; what was between the two stays."""

    async def go() -> None:
        pair = await lived(tmp_path)
        opened_ms = pair.host.at_ms - SOON_MS
        await later(pair, "/parking/rules")
        await later(pair, "/moving/checklist")
        await pair.device.feed(ForSomeoneElse(pair.host.at_ms, opened_ms))
        assert visits(pair) == ["/parking/rules"]

    asyncio.run(go())


def test_a_wish_that_is_told_again_changes_nothing(tmp_path: Path) -> None:
    """Pages tell it until they hear that it was kept; what was looked at since stays, after a restart too."""

    async def go() -> None:
        pair = await lived(tmp_path)
        wish = ForSomeoneElse(pair.host.at_ms, pair.host.at_ms - SOON_MS)
        await pair.device.feed(wish)
        assert visits(pair) == []
        pair.host.at_ms += SOON_MS
        await pair.view("/parking/rules")
        for restarted in (False, True):
            if restarted:
                await pair.reopen()
            await pair.device.feed(wish)
            assert visits(pair) == ["/parking/rules"]

    asyncio.run(go())


@pytest.mark.parametrize(
    "wish", [ForSomeoneElse, lambda now_ms, opened_ms: ProfileCleared(now_ms)], ids=["another", "cleared"]
)
def test_what_pages_noticed_before_it_is_not_kept_after_it(
    tmp_path: Path, wish: Callable[[int, int], Event]
) -> None:
    """A page is left after the button was pressed on it, or in another tab, and tells how long it was read;
    what was noticed since is kept."""

    async def go() -> None:
        pair = await met(tmp_path, *RULES)
        await pair.view("/parking/permit")
        opened_ms, now_ms = pair.host.at_ms - SOON_MS, pair.host.at_ms
        await pair.device.feed(wish(now_ms, opened_ms))
        before = Noted(SignalKind.READ, "/parking/permit", opened_ms, 2)
        since = Noted(SignalKind.CLICKED, "/parking/rules", now_ms + 1)
        await pair.device.feed(SignalsNoticed((before, since), now_ms + SOON_MS))
        assert told(pair) == [("clicked", "/parking/rules")]

    asyncio.run(go())


def test_a_clock_that_was_set_back_does_not_silence_what_is_noticed(tmp_path: Path) -> None:
    """The wish lies a year ahead of what is noticed now."""

    async def go() -> None:
        pair = await met(tmp_path, *RULES)
        ahead_ms = pair.host.at_ms + 365 * 24 * 60 * SOON_MS
        await pair.device.feed(ForSomeoneElse(ahead_ms, ahead_ms - SOON_MS))
        await notice(pair, EVERYTHING[0])
        assert told(pair) == [("clicked", "/parking/rules")]

    asyncio.run(go())


@pytest.mark.parametrize(("last", "plans"), [("/parking/permit", 1), ("/grief/first-days", 0)])
def test_pages_hear_that_it_was_taken_in_before_they_hear_of_a_plan(
    tmp_path: Path, last: str, plans: int
) -> None:
    """Until then they take none; on a sensitive page none is made, and the old one went at the press."""

    async def go() -> None:
        pair = await lived(tmp_path)
        await pair.view("/parking/rules", last)
        pair.host.shown.clear()
        await pair.device.feed(ForSomeoneElse(pair.host.at_ms, pair.host.at_ms - SOON_MS))
        assert [kind for kind, _ in pair.host.shown] == ["taken", "profile", *["plan"] * plans]
        assert json.loads(pair.host.shown[0][1])["another"] == pair.host.at_ms

    asyncio.run(go())


def test_the_next_page_tells_a_wish_that_no_worker_heard(tmp_path: Path) -> None:
    """The tab was closed at once: the page that comes after, hours later, has it told before its own view."""

    async def go() -> None:
        pair = await met(tmp_path, *RULES)
        await notice(pair, *EVERYTHING)
        wish = [pair.host.at_ms - SOON_MS, pair.host.at_ms]
        pair.host.at_ms += 10 * 60 * SOON_MS
        await pair.reopen()
        assert len(kept(pair).rows) == len(EVERYTHING)
        with worker_line(pair) as line:
            choice = {"given": ["suggest"], "notice": None, "gpc": "absent", "at": 1}
            untold = {"choice": choice, "forgot": 0, "another": wish, "dismissed": []}
            page = {"item": "/parking/permit", "lang": "en", "links": []}
            pair.host.shown.clear()
            await line.receive("view", json.dumps({"told": untold, **page}))
        assert kept(pair).rows == ()
        taken = [json.loads(raw) for kind, raw in pair.host.shown if kind == "taken"]
        assert taken[0]["another"] == wish[1]

    asyncio.run(go())


def test_without_a_yes_not_even_the_wish_is_kept(tmp_path: Path) -> None:
    """Pages hear that it was taken in, and nothing is written."""

    async def go() -> None:
        pair = await lived(tmp_path)
        pair.host.at_ms += SOON_MS
        await pair.choose()
        before = dict(pair.host.kept)
        pair.host.shown.clear()
        await pair.device.feed(ForSomeoneElse(pair.host.at_ms, pair.host.at_ms - SOON_MS))
        assert pair.host.kept == before
        assert "profile" not in before
        assert [kind for kind, _ in pair.host.shown] == ["taken"]

    asyncio.run(go())
