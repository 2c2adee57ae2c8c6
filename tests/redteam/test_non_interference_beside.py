"""An attacker who sees the whole network, beside a device of another kind: a tab apart, a preview,
rules without Python, another origin. What somebody looks at, says and is shows in nothing that leaves."""

from __future__ import annotations

import asyncio
import base64
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent_ledger.record import Gpc
from edge_client.apart import Tab, TabHost
from edge_client.device import Device
from edge_client.dice import Chance
from edge_client.events import ChoiceMade, PageViewed
from edge_client.explanation import ReasonKind
from edge_client.ports import Unreachable
from edge_client.preview.persona import Persona
from edge_client.preview.stage import StagedHost, staged
from edge_client.preview.token import Preview
from edge_client.wire.paths import ItemId
from tests.support.city import CONTROLLER, NOW_MS, SITE, City, notice, notice_value
from tests.support.examples import examples
from tests.support.node_twin import played
from tests.support.pair import Pair, PairedHost, Request, seeded
from tests.support.two_visitors import (
    HOUR_MS,
    PAGES,
    WITH_SIGNALS,
    Step,
    assert_alike,
    outline,
    said_at,
    steps,
)

NOTHING_TOLD: dict[str, Any] = {
    "choice": None,
    "forgot": 0,
    "another": None,
    "dismissed": [],
    "said": [],
    "noticed": [],
}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    made = City(tmp_path_factory.mktemp("city"), rules=WITH_SIGNALS)
    made.publish()
    return made


class LeakyTab(TabHost):
    """A tab that sends what this browser's own device would."""

    async def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        return await self._host.post(path, body)


class KeepingTab(TabHost):
    """A tab that keeps in this browser's own storage what only the tab may keep."""

    async def save(self, kind: str, raw: bytes) -> None:
        await super().save(kind, raw)
        await self._host.save(kind, raw)


async def live(pair: Pair, device: Device, story: list[Step], *, other: bool) -> None:
    """Look at the pages of one of the two, and say what that one says."""
    pair.device = device
    for step in story:
        pair.host.at_ms += step.gap_ms
        page = ItemId(step.other if other else step.one)
        await device.feed(PageViewed(page, "en", (ItemId(step.one),) if other else (), pair.host.at_ms))
        for event in step.other_says if other else step.one_says:
            await device.feed(said_at(event, pair))
    await device.settle()


def in_a_tab(city: City, story: list[Step], *, other: bool, kind: type[TabHost] = TabHost) -> PairedHost:
    """Live through the story in a tab apart that may suggest, and have it hear of a choice of the other's."""
    pair = Pair(city, seed=7)
    host = kind(pair.host, Tab({}, NOW_MS - 1))
    chance = Chance(visible=seeded(7), hidden=seeded(8))
    device = Device(host, trust=city.trust, controller=CONTROLLER, chance=chance)

    async def go() -> None:
        await device.open()
        await device.install()
        await live(pair, device, story, other=other)
        if other:
            both = frozenset({"suggest", "learn"})
            await device.feed(ChoiceMade(both, notice(), Gpc.ABSENT, pair.host.at_ms))
            await device.settle()

    asyncio.run(go())
    return pair.host


TWO_PAGES = [Step(60_000, "/bins/new", "/parking/permit", False), Step(60_000, "/parking/rules", "/", False)]


@settings(max_examples=examples(10))
@given(story=steps)
def test_a_tab_apart_shows_nothing_and_leaves_nothing(city: City, story: list[Step]) -> None:
    """Whatever is done in it, and though a choice be told to it: public files alone are asked for, and this
    browser's own storage is as it was."""
    one, other = (in_a_tab(city, story, other=other) for other in (False, True))
    assert_alike(one.wire, other.wire)
    assert {request.method for request in other.wire} == {"GET"}
    assert one.kept == other.kept == {}


def test_the_test_would_see_what_a_tab_sends_or_keeps(city: City) -> None:
    """A tab that reaches its network, or this browser's storage, is found out."""
    one, other = (in_a_tab(city, TWO_PAGES, other=other, kind=LeakyTab) for other in (False, True))
    with pytest.raises(AssertionError):
        assert_alike(one.wire, other.wire)
    assert in_a_tab(city, TWO_PAGES, other=True, kind=KeepingTab).kept


class TellingStage(StagedHost):
    """A stage that fetches a file for what it keeps."""

    async def save(self, kind: str, raw: bytes) -> None:
        await super().save(kind, raw)
        with suppress(Unreachable):
            await self._host.fetch_public(f"/nearside/{len(raw)}.json")


def previewed(city: City, persona: Persona, story: list[Step], *, other: bool) -> PairedHost:
    """Look at pages as the persona would see them."""
    pair = Pair(city, seed=7)
    said = Preview(SITE, NOW_MS // 1000 + 1_000_000, persona)
    chance = Chance(visible=seeded(7), hidden=seeded(8))

    async def go() -> None:
        device, _ = await staged(
            said, pair.host, shift_ms=0, trust=city.trust, controller=CONTROLLER, chance=chance
        )
        await live(pair, device, story, other=other)

    asyncio.run(go())
    return pair.host


roles = st.sampled_from(["business", "citizen"])


@settings(max_examples=examples(10))
@given(
    story=steps,
    looks=st.lists(st.sampled_from(PAGES), max_size=4),
    role=st.sampled_from(["business", "citizen"]),
)
def test_a_preview_shows_nobody_whom_it_is_of(
    city: City, story: list[Step], looks: list[str], role: str
) -> None:
    """The same requests for every persona, and whatever is done in it; nothing is kept."""
    nobody = Persona("Nobody")
    somebody = Persona("Somebody", tuple((ItemId(look), 5) for look in looks), {"role": role})
    one = previewed(city, nobody, story, other=False)
    other = previewed(city, somebody, story, other=True)
    assert_alike(one.wire, other.wire)
    assert {request.method for request in other.wire} == {"GET"}
    assert one.kept == other.kept == {}


def test_the_test_would_see_a_stage_that_tells(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that asks for something by what it keeps is found out."""
    monkeypatch.setattr("edge_client.preview.stage.StagedHost", TellingStage)
    somebody = Persona("Somebody", ((ItemId("/bins/new"), 5),), {"role": "business"})
    one = previewed(city, Persona("Nobody"), TWO_PAGES, other=False)
    other = previewed(city, somebody, TWO_PAGES, other=True)
    with pytest.raises(AssertionError):
        assert_alike(one.wire, other.wire)


# What pages tell a device without Python: the one this, the other that.
SAID: tuple[list[dict[str, Any]], ...] = (
    [
        {"type": "topic", "topic": "/parking/permit", "stance": "follow"},
        {"type": "pin", "slot": "home", "item": "/moving/checklist"},
        {"type": "answer", "question": "role", "option": "business"},
        {"type": "retention", "kind": "visits", "days": 1},
    ],
    [
        {"type": "topic", "topic": "bins", "stance": "stop"},
        {"type": "want", "item": "/bins/new"},
        {"type": "unsee", "item": "/parking/rules"},
    ],
)


def without_python(
    city: City, given_: list[str], *, other: bool, leak: bool = False, withdraw: bool = True
) -> list[Request]:
    """Let one visitor say yes, look at pages, tell, be someone else's and say no, by rules alone."""
    files = {f"/{path}": base64.b64encode(raw).decode() for path, raw in city.shelf.files.items()}
    choice = {"given": given_, "gpc": "absent", "notice": notice_value(), "at": NOW_MS, "ever": True}
    told: dict[str, Any] = {**NOTHING_TOLD, "choice": choice}
    looked = ["/bins/new", "/parking/permit", "/moving/address"] if other else ["/", "/housing/repairs", "/"]
    messages: list[dict[str, Any]] = []
    for nth, page in enumerate(looked):
        at_ms = NOW_MS + nth * HOUR_MS
        own: dict[str, Any] = {
            "said": [{**each, "at": at_ms + place} for place, each in enumerate(SAID[other])],
            "dismissed": ["/bins/new"] if other else [],
            "noticed": [["clicked", "/parking/rules", at_ms, 0]] if other else [],
            "another": [at_ms - 5000, at_ms] if other and nth == 1 else None,
            "forgot": at_ms if not other and nth == 2 else 0,
        }
        view = {
            "type": "view",
            "item": page,
            "lang": "en",
            "links": looked,
            "context": {"hour": 3 + 9 * other},
        }
        messages.append({**view, "at_ms": at_ms, "told": {**told, **own}})
        messages.append({"type": "profile", "at_ms": at_ms + 1000, "told": told})
        if leak and other:
            messages[-1]["leak"] = f"/nearside{page}.json"
    if withdraw:
        no = {**choice, "given": [], "at": NOW_MS + 3 * HOUR_MS}
        messages.append({"type": "sync", "at_ms": NOW_MS + 3 * HOUR_MS, "told": {**told, "choice": no}})
    keys = {"agencyKey": str(city.agency.key), "ledgerKey": str(city.log_signer.key)}
    named = {"site": SITE, "controller": CONTROLLER, **keys}
    case = {"named": named, "kept": {}, "messages": messages, "files": files}
    wire = played("light_line.mjs", case)["wire"]
    return [Request(method, path, body.encode()) for method, path, body in wire]


@pytest.mark.parametrize("given_", [[], ["suggest", "learn"]], ids=["no", "yes"])
def test_without_python_the_same_leaves(city: City, given_: list[str]) -> None:
    """Public files, and records of the choice as often and as long; without a yes no file is left out."""
    one, other = (without_python(city, given_, other=other) for other in (False, True))
    assert outline(one) == outline(other)
    asked = {request.path for request in one if request.method == "GET"}
    assert asked <= {f"/{name}" for name in city.shelf.files}
    assert f"/nearside/{SITE}/bundle.json" in asked
    if given_:
        with pytest.raises(AssertionError):
            assert outline(one) == outline(without_python(city, given_, other=True, leak=True))


SHOWN = {"item": "/bins/new", "title": "Order a new bin", "summary": "About bins."}


def far(*shown: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """What a device in another origin says to a page whose slot shows this."""
    told: dict[str, Any] = played("shown_far.mjs", {"shown": shown, "said": [], "hello": []})
    found: list[list[dict[str, Any]]] = told["shown"]
    return found


def test_a_page_hears_of_a_far_device_what_is_shown_and_never_why() -> None:
    """An attack by a script of the page: whatever the reason is and names, what it hears is alike."""
    reasons = [
        {**SHOWN, "reason": kind.value, "because": because, "said": because}
        for kind in ReasonKind
        for because in (None, "The first days after a death")
    ]
    heard = far(*([each] for each in reasons))
    assert all(each == heard[0] for each in heard)
    assert set(heard[0][0]) <= {*SHOWN, "picture", "alt", "reason", "because"}
    # What is shown does differ: the comparison is not blind.
    assert far([{**SHOWN, "item": "/bins/missed", "reason": "told", "because": None}]) != [heard[0]]


def test_a_page_says_to_a_far_device_that_a_card_is_unwanted_and_nothing_else() -> None:
    """Nothing that would count as a choice, a topic that is followed, or something taken back."""
    said = [
        {"kind": "dismissed", "item": "/bins/new"},
        {"kind": "topic", "topic": "bins", "stance": "follow"},
        {"kind": "want", "item": "/bins/new"},
        {"kind": "choice", "given": ["suggest"]},
        {"kind": "dismissed", "item": "//elsewhere.example/x"},
    ]
    told: dict[str, Any] = played("shown_far.mjs", {"shown": [], "said": said, "hello": []})
    assert told["said"] == [{"kind": "dismissed", "item": "/bins/new"}, None, None, None, None]
