"""An attacker who sees the whole network and all servers: what a citizen looked at changes nothing that
leaves the device.

For any two visitors with different histories but the same visits in time, the same consents and the same
visible dice, what leaves is the same sequence of methods and addresses with bodies of the same sizes, and
the same bytes except inside reports.
"""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent_ledger import canonical
from edge_client.device import CONSENT_PATH, CONTRIBUTION_PATH, Device
from edge_client.dice import Chance
from edge_client.events import (
    Event,
    ForSomeoneElse,
    ItemPinned,
    PageViewed,
    QuestionAnswered,
    ReportSettled,
)
from edge_client.ports import Unreachable
from edge_client.profile import Profile
from edge_client.rules.facts import Context
from edge_client.wire.audience import CameFrom, DeviceClass
from edge_client.wire.consent import RecordConsent
from edge_client.wire.contribution import Contribution
from edge_client.wire.paths import ItemId
from tests.support.city import CONTROLLER, PATHS, City, notice_value
from tests.support.pair import Pair, Request, seeded
from tests.support.ruled import value
from tests.support.worker import WorkerLine, worker_line

HOUR_MS = 60 * 60 * 1000
PAGES = [path for path, *_ in PATHS]
WITH_AUDIENCES = canonical.encode(value())


@dataclass(frozen=True)
class Step:
    """One moment: how long after the last one, and what each of the two visitors looks at or dismisses.

    With `personal` each also says what only one of the two is: what they are, on what device, at what hour.
    """

    gap_ms: int
    one: str
    other: str
    dismiss: bool
    personal: bool = False


steps = st.lists(
    st.builds(
        Step,
        gap_ms=st.sampled_from([60_000, HOUR_MS, 24 * HOUR_MS, 60 * HOUR_MS]),
        one=st.sampled_from(PAGES),
        other=st.sampled_from(PAGES),
        dismiss=st.booleans(),
        personal=st.booleans(),
    ),
    min_size=1,
    max_size=30,
)
consents = st.sampled_from([(), ("suggest",), ("learn",), ("suggest", "learn")])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("city")


# What the one and the other say and are: a business person on a phone by night, and a mourner who pins a page
# and looked for someone else.
CONTEXTS = (
    Context(21, DeviceClass.PHONE, CameFrom.SEARCH),
    Context(9, DeviceClass.DESKTOP, CameFrom.NOWHERE),
)
SAID: tuple[tuple[Event, ...], tuple[Event, ...]] = (
    (QuestionAnswered("role", "business", 0),),
    (
        QuestionAnswered("loss", "yes", 0),
        QuestionAnswered("role", None, 0),
        ItemPinned("home", ItemId("/moving/checklist"), 0),
        ForSomeoneElse(0),
    ),
)


def live(
    folder: Path,
    story: list[Step],
    given_: tuple[str, ...],
    *,
    other: bool,
    withdraw: bool,
    device: type[Device] = Device,
    rules: bytes | None = None,
) -> Pair:
    """Let one visitor live through the story, with dice and keys that are the same for both."""
    city = City(folder) if rules is None else City(folder, rules=rules)
    city.publish()
    pair = Pair(city, seed=7)
    chance = Chance(visible=seeded(7), hidden=seeded(8))
    pair.device = device(pair.host, trust=city.trust, controller=CONTROLLER, chance=chance)

    async def go() -> None:
        await pair.open()
        if given_:
            await pair.choose(*given_)
        for step in story:
            pair.host.at_ms += step.gap_ms
            page = step.other if other else step.one
            await pair.view(
                page,
                gap_ms=0,
                links=(step.one,) if other else (),
                context=CONTEXTS[other] if step.personal else Context(),
                shown=(step.other,) if other else (),
            )
            if step.dismiss:
                await pair.dismiss(page)
            if step.personal:
                for event in SAID[other]:
                    await pair.device.feed(replace(event, at_ms=pair.host.at_ms))
        if withdraw and given_:
            await pair.choose()

    asyncio.run(go())
    return pair


def outline(wire: list[Request]) -> list[tuple[str, str, int]]:
    """What an observer of encrypted traffic learns: method, address, size; salts make entries random."""
    return [
        (request.method, re.sub(r"[0-9a-f]{64}$", "<entry>", request.path), len(request.body))
        for request in wire
    ]


def beside_the_pair(request: Request) -> dict[str, object]:
    """A report without the one thing that it is about."""
    body = json.loads(request.body)
    return {name: value for name, value in body.items() if name not in ("from", "to")}


def assert_alike(one: list[Request], other: list[Request]) -> None:
    """What an onlooker and the servers see of two visitors is the same but for the pairs in reports."""
    assert outline(one) == outline(other)
    for first, second in zip(one, other, strict=True):
        if first.path == CONTRIBUTION_PATH:
            assert beside_the_pair(first) == beside_the_pair(second)


@settings(max_examples=60)
@given(story=steps, given_=consents, withdraw=st.booleans(), rules=st.sampled_from([None, WITH_AUDIENCES]))
def test_histories_do_not_show_on_the_wire(
    folder: Path, story: list[Step], given_: tuple[str, ...], withdraw: bool, rules: bytes | None
) -> None:
    """Two visitors who differ only in what they looked at, said and are cannot be told apart from outside."""
    one = live(folder, story, given_, other=False, withdraw=withdraw, rules=rules)
    other = live(folder, story, given_, other=True, withdraw=withdraw, rules=rules)
    assert_alike(one.host.wire, other.host.wire)


@settings(max_examples=30)
@given(story=steps, rules=st.sampled_from([None, WITH_AUDIENCES]))
def test_without_consent_only_public_files_are_fetched(
    folder: Path, story: list[Step], rules: bytes | None
) -> None:
    """Nobody who has not said yes sends anything or has anything kept, whatever they look at or say."""
    pair = live(folder, story, (), other=False, withdraw=False, rules=rules)
    assert {request.method for request in pair.host.wire} == {"GET"}
    assert all(request.path.startswith("/nearside/") for request in pair.host.wire)
    assert set(pair.host.kept) == {"pins"}


class ExtraReport(Device):
    """A device that sends one report more for visitors of a page."""

    async def feed(self, event: Event) -> None:
        await super().feed(event)
        if isinstance(event, PageViewed) and event.item == "/bins/new":
            await self._host.post(CONTRIBUTION_PATH, b"{}")


class TellingSize(Device):
    """A device whose consent requests grow with what was looked at."""

    async def _send_consent(self, request: RecordConsent) -> tuple[Event, ...]:
        visits = len({visit.item for visit in self.session.profile.visits})
        await self._host.post(CONSENT_PATH, request.to_bytes() + b" " * visits)
        return ()


class TellingAddress(Device):
    """A device that fetches a public file for the page that it is on."""

    async def feed(self, event: Event) -> None:
        await super().feed(event)
        if isinstance(event, PageViewed):
            with suppress(Unreachable):
                await self._host.fetch_public(f"/nearside{event.item}.json")


class SilentWithoutAPair(Device):
    """A device that spares itself the reports that say nothing."""

    async def _send_report(self, report_id: str, body: bytes) -> tuple[Event, ...]:
        if Contribution.from_bytes(body).is_nothing:
            return (ReportSettled(report_id),)
        return await super()._send_report(report_id, body)


class TellingId(Device):
    """A device that hides a bit of what was looked at in a report's id."""

    async def _send_report(self, report_id: str, body: bytes) -> tuple[Event, ...]:
        looked = "/bins/new" in {visit.item for visit in self.session.profile.visits}
        marked = replace(Contribution.from_bytes(body), report_id=report_id[:-1] + ("1" if looked else "0"))
        return await super()._send_report(report_id, marked.to_bytes())


# Two pages in the first session and reports in the weeks that follow; the other visitor reloads one page.
TWO_PAGES = [
    Step(60_000, "/bins/new", "/parking/permit", False),
    Step(60_000, "/parking/rules", "/parking/permit", False),
    *[Step(60 * HOUR_MS, "/", "/", False)] * 8,
]


@pytest.mark.parametrize(
    "device",
    [ExtraReport, TellingSize, TellingAddress, SilentWithoutAPair, TellingId],
    ids=lambda kind: kind.__name__,
)
def test_the_test_would_see_a_leak(folder: Path, device: type[Device]) -> None:
    """The comparison is not blind: it finds each of these out, and the real device lives the same story."""

    def wires(kind: type[Device]) -> tuple[list[Request], list[Request]]:
        one, other = (
            live(folder, TWO_PAGES, ("suggest", "learn"), other=other, withdraw=True, device=kind)
            for other in (False, True)
        )
        return one.host.wire, other.host.wire

    honest = wires(Device)
    assert_alike(*honest)
    assert sum(request.path == CONTRIBUTION_PATH for request in honest[0]) >= 4
    with pytest.raises(AssertionError):
        assert_alike(*wires(device))


CANARIES = ("1987-03-14", "canary@example.org", "SW1A-2AA", "4929123412341234")


def test_no_canary_leaves(folder: Path) -> None:
    """What people type into addresses is in nothing that is kept, shown or sent, and hides no page.

    Everything comes in as a page of the site says it: raw addresses, with queries and fragments.
    """
    city = City(folder)
    city.publish()
    pair = Pair(city)
    choice = {"given": ["suggest", "learn"], "notice": notice_value(), "gpc": "absent", "at": pair.host.at_ms}

    async def go(line: WorkerLine) -> None:
        await pair.device.open()
        for number, canary in enumerate(CANARIES):
            typed = f"?who={canary}#{canary}"
            told = {
                "choice": choice,
                "forgot": 0,
                "dismissed": [f"/bins/{canary}", f"/moving/address{typed}"],
            }
            page = {
                "item": f"{PAGES[1 + number % 3]}{typed}",
                "lang": "en",
                "links": [f"/housing/repairs{typed}", f"/a/{canary}"],
            }
            await line.receive("view", json.dumps({"told": told, **page}))
            unknown = {"item": f"/bins/{canary}{typed}", "lang": "en", "links": []}
            await line.receive("view", json.dumps({"told": told, **unknown}))
            await line.receive("profile", json.dumps({"told": told}))
            pair.host.at_ms += 60_000
        await pair.device.settle()
        pair.host.at_ms += 8 * 24 * HOUR_MS
        await pair.view(*["/"] * 20, gap_ms=8 * HOUR_MS)

    with worker_line(pair) as line:
        asyncio.run(go(line))
    everything = b"\n".join(
        [*pair.host.kept.values(), *(raw for _, raw in pair.host.shown)]
        + [request.path.encode() + request.body for request in pair.host.wire]
    )
    for canary in CANARIES:
        assert canary.encode() not in everything
    # The pages were recognised all the same: visited, planned for, and dismissed.
    profile = Profile.from_bytes(pair.host.kept["profile"])
    assert [visit.item for visit in profile.visits][:4] == [*PAGES[1:4], PAGES[1]]
    assert {"/moving/address", "/bins/:date"} <= profile.dismissed
    assert "/housing/repairs" in json.loads(pair.plans()[0])["pages"]
