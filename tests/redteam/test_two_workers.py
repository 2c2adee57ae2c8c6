"""Two pages whose workers do not know of each other share one device: neither bound nor forgetting may
suffer."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from consent_ledger import canonical
from edge_client.events import ItemDismissed, ProfileCleared
from edge_client.profile import Profile
from edge_client.reporting import Reporter
from edge_client.wire.contribution import Contribution
from edge_client.wire.paths import ItemId
from tests.support.city import City, rules
from tests.support.pair import Pair

HOUR_MS = 60 * 60 * 1000
DAY_MS = 24 * HOUR_MS


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    city = City(tmp_path)
    city.publish()
    return Pair(city)


def test_two_workers_together_keep_the_bound_of_a_week(pair: Pair) -> None:
    """A tab that was open since last week does not send a second set of reports."""

    async def story() -> None:
        await pair.open()
        await pair.choose("suggest", "learn")
        await pair.view("/bins/new", "/bins/missed", "/parking/permit")
        first = pair.device
        await pair.reopen()
        second = pair.device
        pair.host.at_ms += 5 * DAY_MS
        for turn in range(40):
            pair.device = (first, second)[turn % 2]
            await pair.view("/", gap_ms=5 * HOUR_MS)

    asyncio.run(story())
    sent = [
        Contribution.from_bytes(request.body)
        for request in pair.host.wire
        if request.path == "/contributions"
    ]
    by_week = {period: sum(report.period == period for report in sent) for period in {r.period for r in sent}}
    assert by_week
    assert max(by_week.values()) <= 4


def test_what_one_page_forgot_another_does_not_bring_back(pair: Pair) -> None:
    """After "delete this list" in one tab, "not relevant" in another writes no old visit back."""

    async def story() -> None:
        await pair.open()
        await pair.choose("suggest", "learn")
        await pair.view("/bins/new", "/bins/missed")
        other = pair.device
        await pair.reopen()
        await pair.device.feed(ProfileCleared(pair.host.at_ms))
        await other.feed(ItemDismissed(ItemId("/moving/address"), pair.host.at_ms))

    asyncio.run(story())
    profile = Profile.from_bytes(pair.host.kept["profile"])
    assert profile.visits == ()
    assert profile.dismissed == {"/moving/address"}
    assert Reporter.from_bytes(pair.host.kept["reporter"]).pool.pairs == ()


def test_learning_counts_nothing_from_before_the_yes(pair: Pair) -> None:
    """Who allowed suggestions only, and learning later, contributes nothing that was looked at before."""

    async def story() -> None:
        await pair.open()
        await pair.choose("suggest")
        await pair.view("/moving/checklist")
        await pair.choose("suggest", "learn")
        await pair.view("/bins/new")
        pair.host.at_ms += HOUR_MS
        await pair.view("/")

    asyncio.run(story())
    assert Reporter.from_bytes(pair.host.kept["reporter"]).pool.pairs == ()


def test_a_page_that_becomes_sensitive_is_forgotten(pair: Pair) -> None:
    """When new rules forbid a page, it leaves the profile, the pairs and the reports that still wait."""

    async def story() -> None:
        await pair.open()
        await pair.choose("suggest", "learn")
        await pair.view("/housing/repairs", "/bins/new")
        pair.host.at_ms += HOUR_MS
        await pair.view("/")
        assert Reporter.from_bytes(pair.host.kept["reporter"]).pool.pairs
        forbid(pair.city, "/housing/repairs")
        await pair.device.install()

    asyncio.run(story())
    visited = {visit.item for visit in Profile.from_bytes(pair.host.kept["profile"]).visits}
    assert visited == {"/bins/new", "/"}
    assert Reporter.from_bytes(pair.host.kept["reporter"]).pool.pairs == ()


def forbid(city: City, item: str) -> None:
    """Publish the next bundle, with rules that name an item as sensitive."""
    from lambdas.shared.publishing.bundle_files import BundleFiles
    from lambdas.shared.publishing.publication import publish

    value = canonical.decode(rules())
    assert isinstance(value, dict)
    files = city.files()
    changed = {**files.by_name, "rules.json": canonical.encode({**value, "never_items": [item]})}
    next_files = BundleFiles(files.site, changed, files.notices, files.tasks)
    publish(
        next_files,
        shelf=city.shelf,
        signer=city.agency,
        log=city.log,
        keys=city.keys,
        now=1_795_000_000,
    )


def test_an_expired_bundle_decides_and_reports_nothing(pair: Pair) -> None:
    """A worker that outlives its bundle stops: a kill switch or a forgotten site must not go on for ever."""

    async def story() -> int:
        await pair.open()
        await pair.choose("suggest", "learn")
        await pair.view("/bins/new")
        plans = len(pair.plans())
        pair.host.at_ms += 40 * DAY_MS
        await pair.view("/bins/missed", "/parking/permit")
        return plans

    plans = asyncio.run(story())
    assert len(pair.plans()) == plans
    assert [request for request in pair.host.wire if request.path == "/contributions"] == []
