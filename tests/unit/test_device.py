"""The device against the real services: consent, decisions, reports, and everything that can go wrong
between."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from edge_client.consent import ConsentBook
from edge_client.profile import Profile
from edge_client.reporting import WEEK_MS
from edge_client.scoring import History
from edge_client.wire.contribution import Contribution
from tests.support.city import City
from tests.support.pair import Pair


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    city = City(tmp_path)
    city.publish()
    return Pair(city)


def test_nothing_is_stored_or_sent_before_a_choice(pair: Pair) -> None:
    """Without consent a device keeps nothing but version pins, and asks for nothing but public files."""

    async def story() -> None:
        await pair.open()
        await pair.view("/", "/bins/missed", "/parking/permit")

    asyncio.run(story())
    assert set(pair.host.kept) == {"pins"}
    assert all(
        request.method == "GET" and request.path.startswith("/nearside/") for request in pair.host.wire
    )
    assert pair.plans() == []


def test_accepting_gives_a_verified_receipt_for_each_purpose(pair: Pair) -> None:
    """A choice is logged purpose by purpose, and every receipt holds against the ledger's key."""

    async def story() -> None:
        await pair.open()
        await pair.choose("suggest", "learn")

    asyncio.run(story())
    book = ConsentBook.from_bytes(pair.host.kept["book"])
    assert [receipt.opening.record.purpose.value for receipt in book.receipts] == ["suggest", "learn"]
    assert book.pending == ()
    first, second = book.receipts
    assert second.opening.record.previous == first.opening.entry()


def test_a_plan_is_made_for_this_page_the_home_page_and_the_linked_pages(pair: Pair) -> None:
    """After consent, a page view ends in a plan for the pages that may come next."""

    async def story() -> None:
        await pair.open()
        await pair.choose("suggest")
        await pair.view("/bins/missed", links=("/bins/new", "/not-in-the-catalogue"))

    asyncio.run(story())
    plan = json.loads(pair.plans()[-1])
    assert set(plan["pages"]) == {"/bins/missed", "/", "/bins/new"}
    shown = [plan["items"][place][0] for place, _, _ in plan["pages"]["/bins/new"]["related"]]
    assert len(shown) == 3
    assert "/bins/missed" not in shown
    assert "/bins/new" not in shown


def test_an_item_called_not_relevant_never_comes_back(pair: Pair) -> None:
    """A dismissal changes the plan at once, and survives a closed browser."""

    async def story() -> str:
        await pair.open()
        await pair.choose("suggest")
        await pair.view("/bins/missed")
        plan = json.loads(pair.plans()[-1])
        first = str(plan["items"][0][0])
        await pair.dismiss(first)
        await pair.reopen()
        await pair.view("/bins/missed", "/bins/collection-day")
        return first

    dismissed = asyncio.run(story())
    for raw in pair.plans()[1:]:
        assert dismissed not in {item[0] for item in json.loads(raw)["items"]}


def test_withdrawal_erases_the_profile_and_is_logged(pair: Pair) -> None:
    """Taking consent back leaves no profile, no reporter and no plan to come, and a withdrawal in the log."""

    async def story() -> None:
        await pair.open()
        await pair.choose("suggest", "learn")
        await pair.view("/bins/missed", "/parking/permit")
        await pair.choose()
        await pair.view("/bins/new")

    asyncio.run(story())
    assert "profile" not in pair.host.kept
    assert "reporter" not in pair.host.kept
    book = ConsentBook.from_bytes(pair.host.kept["book"])
    statuses = [receipt.opening.record.status.name for receipt in book.receipts]
    assert statuses == ["GIVEN", "GIVEN", "WITHDRAWN", "WITHDRAWN"]
    assert len(pair.plans()) == 2


def test_withdrawal_works_while_the_ledger_is_down_and_is_logged_later(pair: Pair) -> None:
    """The choice counts at once; its record waits on the device and is sent at a later page."""

    async def story() -> None:
        await pair.open()
        await pair.choose("suggest")
        await pair.view("/bins/missed")
        pair.host.services.down = True
        await pair.choose()
        assert "profile" not in pair.host.kept
        pair.host.services.down = False
        await pair.reopen()
        await pair.view("/bins/new")

    asyncio.run(story())
    book = ConsentBook.from_bytes(pair.host.kept["book"])
    assert [receipt.opening.record.status.name for receipt in book.receipts][-2:] == ["REFUSED", "WITHDRAWN"]
    assert book.pending == ()


def test_a_sensitive_topic_is_never_stored(pair: Pair) -> None:
    """A page of a topic that the rules forbid leaves no trace, and is never suggested."""

    async def story() -> None:
        await pair.open()
        await pair.choose("suggest", "learn")
        await pair.view("/moving/address", "/grief/first-days", "/housing/repairs")

    asyncio.run(story())
    profile = Profile.from_bytes(pair.host.kept["profile"])
    assert [visit.item for visit in profile.visits] == ["/moving/address", "/housing/repairs"]
    assert b"grief" not in b"".join(pair.plans())


def test_a_device_sends_exactly_its_bound_in_the_week_after(pair: Pair) -> None:
    """Four reports leave in the second week, one a page view, and each is in the batch of that week."""

    async def story() -> None:
        await pair.open()
        await pair.choose("suggest", "learn")
        await pair.view("/moving/checklist", "/moving/address", "/parking/permit")
        pair.host.at_ms += 2 * 60 * 60 * 1000
        await pair.view("/bins/collection-day", "/bins/new")
        assert not [request for request in pair.host.wire if request.path == "/contributions"]
        pair.host.at_ms += WEEK_MS - 3 * 24 * 60 * 60 * 1000
        await pair.view(*["/"] * 64, gap_ms=3 * 60 * 60 * 1000)

    asyncio.run(story())
    sent = [request for request in pair.host.wire if request.path == "/contributions"]
    periods = [Contribution.from_bytes(request.body).period for request in sent]
    assert periods == ["2026-W48"] * 4
    assert len({len(request.body) for request in sent}) == 1
    (cells,) = pair.host.services.batches._cells.values()
    assert sum(cells.values()) == 4
    assert sum(count for pair_, count in cells.items() if 999_999 not in pair_) == 2


def test_damaged_storage_is_dropped_and_the_device_goes_on(pair: Pair) -> None:
    """Bytes that are not a profile are not used: the device starts afresh, and the page works."""

    async def story() -> None:
        await pair.open()
        await pair.choose("suggest")
        await pair.view("/bins/missed")
        pair.host.kept["profile"] = b"{broken"
        pair.host.kept["reporter"] = b"\xff"
        await pair.reopen()
        await pair.view("/bins/new")

    asyncio.run(story())
    profile = Profile.from_bytes(pair.host.kept["profile"])
    assert [visit.item for visit in profile.visits] == ["/bins/new"]


def test_removing_the_named_reason_changes_the_result(pair: Pair) -> None:
    """The page that an explanation names matters: without it the item scores less."""

    async def story() -> None:
        await pair.open()
        await pair.choose("suggest")
        await pair.view("/moving/checklist", "/parking/permit")

    asyncio.run(story())
    plan = json.loads(pair.plans()[-1])
    reasons = [reason for slots in plan["pages"].values() for shown in slots.values() for reason in shown]
    assert reasons
    bundle, model = pair.device.session.bundle, pair.host.model
    assert bundle is not None
    assert model is not None
    titles = {item.title: index for index, item in enumerate(bundle.catalogue.items)}
    whole = {index: 0.6**age for age, index in enumerate((0, 10, 9))}
    for place, kind, because in plan["pages"]["/"]["home"]:
        assert kind in ("looked-at", "this-page")
        named = titles[plan["because"][because]]
        item = bundle.catalogue.index_of(plan["items"][place][0])
        assert item is not None
        history = History(tuple(whole), tuple(whole.values()))
        without = history.without(history.recent.index(named))
        assert model.score(without)[item] < model.score(history)[item]
