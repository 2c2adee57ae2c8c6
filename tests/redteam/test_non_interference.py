"""An attacker who sees the whole network and all servers: what a citizen looked at changes nothing that
leaves the device.

For any two visitors with different histories but the same visits in time, the same consents and the same
visible dice, what leaves is the same sequence of methods and addresses with bodies of the same sizes, and
the same bytes except inside reports.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_client.device import CONSENT_PATH, CONTRIBUTION_PATH, Device
from edge_client.events import (
    BundleOpened,
    ChoiceMade,
    CopiesErased,
    ErasureAsked,
    ErasureRefused,
    ErasureSigned,
    Event,
    NearScored,
    PageViewed,
    ProofArrived,
    ReceiptVerified,
    RecordAccepted,
    RecordSigned,
    ReportSettled,
    Scored,
    ScoredAgain,
    SignalsNoticed,
    TrialUnusable,
)
from edge_client.outcomes.kept import Became
from edge_client.ports import Unreachable
from edge_client.profile import Profile
from edge_client.told import Stance, Told
from edge_client.wire.consent import RecordConsent
from edge_client.wire.contribution import Contribution
from edge_client.wire.noticed import SignalKind
from edge_client.wishes import TopicTold
from tests.support.city import City, notice_value
from tests.support.examples import examples
from tests.support.pair import Pair, Request
from tests.support.two_visitors import (
    HOUR_MS,
    PAGES,
    PARKING,
    PERMIT,
    PRIVATE,
    WITH_OUTCOMES,
    WITH_SIGNALS,
    Step,
    assert_alike,
    consents,
    every_rules,
    live,
    steps,
)
from tests.support.worker import WorkerLine, worker_line


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("city")


# What is the same for both, by the story or by the wire; asking for copies to be deleted is meant to leave.
ALIKE = {
    PageViewed,
    ChoiceMade,
    BundleOpened,
    TrialUnusable,
    Scored,
    ScoredAgain,
    NearScored,
    ReportSettled,
    RecordSigned,
    RecordAccepted,
    ProofArrived,
    ReceiptVerified,
    ErasureAsked,
    ErasureSigned,
    CopiesErased,
    ErasureRefused,
}


def test_whatever_can_happen_is_lived_through() -> None:
    """An event that a session learns is somebody's own, and among what the two differ in, or not."""
    kinds = {type(event) for event in PRIVATE}
    assert kinds | ALIKE == set(get_args(Event))
    assert kinds.isdisjoint(ALIKE)


def test_what_pages_notice_is_kept_of_one_and_not_of_the_other(folder: Path) -> None:
    """The two really differ in it: a test of visitors of whom nothing is kept shows nothing."""
    (noticed,) = (event for event in PRIVATE if isinstance(event, SignalsNoticed))
    story = [Step(60_000, PARKING, PARKING, False, one_says=(noticed,)), Step(60_000, "/", "/", False)]
    one, other = (
        live(folder, story, ("suggest",), other=other, withdraw=False, rules=WITH_SIGNALS)
        for other in (False, True)
    )
    assert {signal.kind for signal in one.device.session.signals.rows} == set(SignalKind)
    assert other.device.session.signals.rows == ()


@settings(max_examples=examples(40))
@given(story=steps, given_=consents, withdraw=st.booleans(), rules=every_rules)
def test_histories_do_not_show_on_the_wire(
    folder: Path, story: list[Step], given_: tuple[str, ...], withdraw: bool, rules: bytes | None
) -> None:
    """Two visitors who differ only in what they looked at, said and are cannot be told apart from outside."""
    one = live(folder, story, given_, other=False, withdraw=withdraw, rules=rules)
    other = live(folder, story, given_, other=True, withdraw=withdraw, rules=rules)
    assert_alike(one.host.wire, other.host.wire)


@settings(max_examples=examples(30))
@given(story=steps, rules=every_rules)
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


class TellingOutcomes(Device):
    """A device that reports nothing where what was suggested was opened."""

    async def _send_report(self, report_id: str, body: bytes) -> tuple[Event, ...]:
        if any(row.became is Became.OPENED for row in self.session.decided.outcomes.rows):
            return (ReportSettled(report_id),)
        return await super()._send_report(report_id, body)


class TellingTold(Device):
    """A device that hides in a report's id whether anything was ever told."""

    async def _send_report(self, report_id: str, body: bytes) -> tuple[Event, ...]:
        told = "1" if self.session.told != Told() else "0"
        marked = replace(Contribution.from_bytes(body), report_id=report_id[:-1] + told)
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


# The one follows a topic; the other opens what was suggested to them a page before.
OPENED = [
    Step(60_000, "/parking/permit", "/bins/new", False, one_says=(TopicTold("parking", Stance.FOLLOW, 0),)),
    Step(60_000, "/bins/new", "/parking/permit", False),
    *[Step(60 * HOUR_MS, "/", "/", False)] * 4,
]


@pytest.mark.parametrize("device", [TellingOutcomes, TellingTold], ids=lambda kind: kind.__name__)
def test_the_test_would_see_what_was_told_or_opened(folder: Path, device: type[Device]) -> None:
    """What was made of suggestions, and what is followed, cannot hide in the number of reports or in one."""
    for kind, alike in ((Device, True), (device, False)):
        one, other = (
            live(folder, OPENED, ("suggest", "learn"), other=other, withdraw=False, device=kind, rules=rules)
            for rules in [WITH_OUTCOMES]
            for other in (False, True)
        )
        assert one.device.session.told != other.device.session.told
        assert one.device.session.decided.outcomes != other.device.session.decided.outcomes
        if alike:
            assert_alike(one.host.wire, other.host.wire)
        else:
            with pytest.raises(AssertionError):
                assert_alike(one.host.wire, other.host.wire)


def saying(folder: Path, *said: Event, device: type[Device] = Device) -> list[Request]:
    """What leaves of somebody who says this on the second of five pages."""
    story = [
        Step(60_000, PARKING, PARKING, False),
        Step(60_000, PERMIT, PERMIT, False, one_says=said),
        *[Step(60 * HOUR_MS, "/", "/", False)] * 3,
    ]
    given_ = ("suggest", "learn")
    return live(
        folder, story, given_, other=False, withdraw=True, device=device, rules=WITH_SIGNALS
    ).host.wire


@pytest.fixture(scope="module")
def silent(folder: Path) -> list[Request]:
    """What leaves of somebody who looks at the same pages and says nothing."""
    return saying(folder)


@pytest.mark.parametrize("event", PRIVATE, ids=lambda event: type(event).__name__)
def test_the_test_would_see_that_it_was_said(folder: Path, silent: list[Request], event: Event) -> None:
    """One of the two says it and the other nothing: the real device lets nobody see, and one that fetches
    a public file when it hears of it is found out."""

    class Leaking(Device):
        async def feed(self, heard: Event) -> None:
            await super().feed(heard)
            if type(heard) is type(event):
                with suppress(Unreachable):
                    await self._host.fetch_public("/nearside/more.json")

    assert_alike(saying(folder, event), silent)
    with pytest.raises(AssertionError):
        assert_alike(saying(folder, event, device=Leaking), silent)


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
