"""When a tab is apart, and when that is over; its device, which sends nothing and keeps in the tab alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from consent_ledger import canonical
from edge_client.apart import Tab, TabHost
from edge_client.device import Device
from edge_client.dice import Chance
from edge_client.events import PageViewed
from edge_client.ports import Unreachable
from edge_client.profile import Profile
from edge_client.wire.paths import ItemId
from tests.support.chosen import kept_choice
from tests.support.city import CONTROLLER, NOW_MS, City
from tests.support.node_twin import Twin, in_javascript
from tests.support.pair import Pair, seeded

SCRIPT = Path(__file__).resolve().parent.parent / "support" / "apart_batch.mjs"
MINUTE = 60_000
HELD = {"nearside.plan": "p", "nearside.device.profile": "q", "theirs": "t"}
GONE = {"theirs": "t"}


@pytest.fixture(scope="module")
def opened() -> Iterator[Twin]:
    """What the pages' own script opens of a tab."""
    with in_javascript(SCRIPT) as twin:
        yield twin


def apart(kind: str, left: int, *, own: int | None = None) -> dict[str, str]:
    """A tab that was apart and left then, 0 where it was not left as pages are; `own` it rests on."""
    said = {"kind": kind, "left": left, "own": own}
    return {**HELD, "nearside.apart": json.dumps(said, separators=(",", ":"))}


def is_open(kind: str, kept: dict[str, str], *, own: int | None = None) -> dict[str, str]:
    """A tab of which a page is open."""
    said = {"kind": kind, "left": 0, "own": own}
    return {**kept, "nearside.apart": json.dumps(said, separators=(",", ":"))}


def chosen(at: int) -> dict[str, str]:
    """This browser's own storage after a choice made then."""
    choice = json.loads(kept_choice("suggest", at=at))
    return {"nearside.choice": json.dumps(choice)}


@pytest.mark.parametrize(
    ("minutes", "goes_on"), [(0, True), (59, True), (60, False), (600, False), (-1, False)]
)
def test_what_is_for_someone_else_goes_on_on_the_next_page_for_an_hour(
    opened: Twin, minutes: int, goes_on: bool
) -> None:
    """After that, or by a clock that was set back, all of ours in the tab is erased before it is read."""
    found = opened([apart("other", NOW_MS - minutes * MINUTE), {"own": "o"}, NOW_MS])
    kind, tab = ("other", is_open("other", HELD)) if goes_on else (None, GONE)
    assert found == {"kind": kind, "tab": tab, "local": {"own": "o"}}


@pytest.mark.parametrize(
    ("own", "now"), [(7, {}), (7, chosen(8)), (None, chosen(8)), (7, {"nearside.choice": "{"})]
)
def test_what_is_for_someone_else_ends_with_the_own_choice_that_it_rested_on(
    opened: Twin, own: int | None, now: dict[str, str]
) -> None:
    """An attack by a tab with no page of ours open: it hears of no withdrawal, and of no deletion of
    everything; brought back, it is erased before anything in it is read."""
    kept = apart("other", NOW_MS - 1, own=own)
    assert opened([kept, now, NOW_MS]) == {"kind": None, "tab": GONE, "local": now}


def test_what_is_for_someone_else_goes_on_under_the_same_own_choice(opened: Twin) -> None:
    """As it was when it began, whatever else the browser keeps."""
    found = opened([apart("other", NOW_MS - 1, own=7), chosen(7), NOW_MS])
    assert found == {"kind": "other", "tab": is_open("other", HELD, own=7), "local": chosen(7)}


@pytest.mark.parametrize("kept", ['{"kind":"other","left":0}', '{"kind":"else","left":9}', "{", "null", "[]"])
def test_a_tab_that_was_not_left_as_pages_are_is_erased_first(opened: Twin, kept: str) -> None:
    """After a crash, in a copy of a tab that is open, and where it is damaged."""
    found = opened([{**HELD, "nearside.apart": kept}, {}, NOW_MS])
    assert found == {"kind": None, "tab": GONE, "local": {}}


def test_a_tab_that_is_not_apart_is_left_alone(opened: Twin) -> None:
    """Nothing of it is touched, nor is anything where tabs have no storage."""
    assert opened([HELD, {}, NOW_MS]) == {"kind": None, "tab": HELD, "local": {}}
    assert opened([None, {}, NOW_MS]) == {"kind": None, "tab": None, "local": {}}


@pytest.mark.parametrize(("minutes", "goes_on"), [(0, True), (14, True), (15, False), (-1, False)])
def test_on_a_shared_computer_every_tab_is_apart_for_fifteen_idle_minutes(
    opened: Twin, minutes: int, goes_on: bool
) -> None:
    """A new tab too; one that goes on keeps what it has for as long; one that crashed keeps nothing."""
    since = NOW_MS - minutes * MINUTE
    local = {"nearside.shared": str(since)}
    new, crashed = opened([{}, local, NOW_MS]), opened([apart("shared", 0), local, NOW_MS])
    left, other = (
        opened([apart("shared", since), local, NOW_MS]),
        opened([apart("other", since), local, NOW_MS]),
    )
    if not goes_on:
        assert new == {"kind": None, "tab": {}, "local": {}}
        assert left == crashed == {"kind": None, "tab": GONE, "local": {}}
        return
    assert new == {"kind": "shared", "tab": is_open("shared", {}), "local": local}
    assert left == {"kind": "shared", "tab": is_open("shared", HELD), "local": local}
    assert crashed == other == {"kind": "shared", "tab": is_open("shared", GONE), "local": local}


def test_a_shared_tab_ends_with_the_computers_being_shared(opened: Twin) -> None:
    """It was ended in another tab."""
    found = opened([apart("shared", NOW_MS - 1), {}, NOW_MS])
    assert found == {"kind": None, "tab": GONE, "local": {}}


def test_a_device_apart_keeps_in_the_tab_alone_and_sends_nothing(tmp_path: Path) -> None:
    """Its own visits, told to the tab as it keeps them; of the device around it not a byte is read or
    written, no key is made, and the next page goes on from what the tab has."""
    city = City(tmp_path)
    city.publish()

    async def play() -> None:
        pair = Pair(city)
        await pair.open()
        await pair.choose("suggest", "learn")
        await pair.view("/bins/new")
        before, sent = dict(pair.host.kept), len(pair.host.wire)
        tab: dict[str, str] = {}
        dice = seeded(7)
        for path in ("/parking/permit", "/parking/rules"):
            host = TabHost(pair.host, Tab.of({"kept": tab, "allowed_ms": NOW_MS}))
            device = Device(host, trust=city.trust, controller=CONTROLLER, chance=Chance(dice, dice))
            await device.open()
            await device.install()
            await device.feed(PageViewed(ItemId(path), "en", (), pair.host.at_ms))
            for kind, raw in pair.host.shown:
                if kind == "kept":
                    tab |= {name: str(text) for name, text in canonical.decode_object(raw).items()}
        visits = Profile.from_bytes(tab["profile"].encode()).visits
        assert [visit.item for visit in visits] == ["/parking/permit", "/parking/rules"]
        assert pair.host.kept == before
        assert all(request.method == "GET" for request in pair.host.wire[sent:])
        assert not {"book", "reporter", "consent-key"} & tab.keys()
        with pytest.raises(Unreachable):
            await host.post("/contributions", b"")
        refused = TabHost(pair.host, Tab.of({"kept": {}, "allowed_ms": None}))
        assert not Tab({}, None).book().allows("suggest")
        assert await refused.load("profile") is None

    asyncio.run(play())
