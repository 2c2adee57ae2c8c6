"""What a device without Python keeps of what pages tell it, also where a page is closed in between."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from edge_client.consent import ConsentBook
from tests.support.city import CONTROLLER, SITE, notice_value
from tests.support.counted import BINS, counted, named
from tests.support.node_twin import played
from tests.support.pair import Pair

NOTHING_TOLD = {"choice": None, "forgot": 0, "another": None, "dismissed": [], "said": [], "noticed": []}


def heard(pair: Pair, *messages: dict[str, Any]) -> dict[str, Any]:
    """Let a device without Python go on with what is kept, and hear messages; what is kept then is left, and
    what it showed is returned."""
    keys = {"agencyKey": str(pair.city.agency.key), "ledgerKey": str(pair.city.log_signer.key)}
    case = {
        "named": {"site": SITE, "controller": CONTROLLER, **keys},
        "kept": {kind: raw.decode() for kind, raw in pair.host.kept.items()},
        "messages": list(messages),
    }
    after: dict[str, Any] = played("light_line.mjs", case)
    pair.host.kept = {kind: text.encode() for kind, text in after["kept"].items()}
    return after


def message(type_: str, at_ms: int, told: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A page's message at a time, with what was not taken in yet."""
    return {"type": type_, "at_ms": at_ms, "told": {**NOTHING_TOLD, **(told or {})}, **more}


@pytest.mark.parametrize("wish", ["page", "another"])
def test_what_is_forgotten_leaves_in_no_report(tmp_path: Path, wish: str) -> None:
    """What Python collected yesterday says nothing once a page of it, or its visit, is to be forgotten."""

    async def story() -> None:
        pair, opened_ms = await counted(tmp_path)
        now_ms = pair.host.at_ms
        said = {
            "page": message("unsee", now_ms, item=BINS),
            "another": message("sync", now_ms, {"another": [opened_ms, now_ms]}),
        }[wish]
        heard(pair, message("sync", now_ms))
        assert BINS in named(pair)
        heard(pair, said)
        assert named(pair) == set()

    asyncio.run(story())


@pytest.mark.parametrize("writes", range(8))
def test_a_page_closed_at_any_moment_leaves_nothing_that_a_no_withdraws(tmp_path: Path, writes: int) -> None:
    """The no is told again until it was taken in; what it withdraws is gone before that is written down."""

    async def story() -> None:
        pair, _ = await counted(tmp_path)
        assert {"profile", "decided", "reporter"} <= set(pair.host.kept)
        now_ms = pair.host.at_ms
        no = {"given": [], "gpc": "absent", "notice": notice_value(), "at": now_ms}
        said = message("sync", now_ms, {"choice": no})
        view = message("view", now_ms + 2000, item="/", lang="en", links=[])
        heard(pair, {**said, "writes": writes}, {**said, "at_ms": now_ms + 1000}, view)
        assert set(pair.host.kept) == {"book", "pins"}
        book = ConsentBook.from_bytes(pair.host.kept["book"])
        assert not book.allows("suggest")
        assert len(book.pending) == 2

    asyncio.run(story())


@pytest.mark.parametrize("kind", ["view", "profile", "noticing"])
def test_a_choice_that_was_lost_is_asked_again(tmp_path: Path, kind: str) -> None:
    """Pages believe it to be taken in, and the storage that had it is gone; nothing is said of a choice that
    still waits, that is here, or that nobody ever made."""

    async def story() -> None:
        pair, _ = await counted(tmp_path)
        chosen_ms = ConsentBook.from_bytes(pair.host.kept["book"]).chosen_ms
        settled = {"given": ["suggest"], "gpc": "absent", "notice": None, "at": chosen_ms, "ever": True}

        def told(**changes: Any) -> list[tuple[str, str]]:
            more = {"item": "/", "lang": "en", "links": [], "kind": "clicks", "on": True}
            said = message(kind, pair.host.at_ms, {"choice": {**settled, **changes}}, **more)
            return [(name, text) for name, text in heard(pair, said)["shown"] if text.startswith("lost-")]

        assert told() == []
        pair.host.kept = {}
        assert told(ever=False) == []
        assert told(notice=notice_value(), given=[]) == []
        pair.host.kept = {}
        assert told() == [("state", f"lost-{chosen_ms}")]

    asyncio.run(story())
