"""One page is forgotten: that it was looked at, what was noticed there, and what rested on that."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from edge_client.bundle import Bundle
from edge_client.decided import Decided
from edge_client.effects import EraseDecided, SaveDecided
from edge_client.events import Event, ForSomeoneElse, ItemForgotten, NoticingSwitched, ProfileCleared
from edge_client.outcomes.kept import Outcome, Outcomes
from edge_client.page_messages import event_of, said_of
from edge_client.profile import DAY_MS, Profile
from edge_client.reporting import Reporter
from edge_client.signals.signal import Switch
from edge_client.wire.contribution import NOTHING
from edge_client.wire.paths import ItemId
from tests.support.bundles import bundle_of
from tests.support.city import NOW_MS, City, catalogue
from tests.support.closing import Closed, close_after, open_again
from tests.support.counted import BINS, counted, named
from tests.support.living import begun
from tests.support.pair import Pair
from tests.support.ruled import parsed

RULES = ItemId("/parking/rules")
WEEK_MS = 7 * DAY_MS


async def looked(folder: Path) -> Pair:
    """Somebody who said yes and looked at two pages, one of them twice."""
    city = City(folder)
    city.publish()
    pair = await Pair(city).open()
    await pair.choose("suggest")
    await pair.view("/bins/new", "/housing/repairs", "/bins/new", "/")
    return pair


def test_a_page_is_forgotten_and_nothing_else(tmp_path: Path) -> None:
    """All looks at it go, others stay, sessions keep their numbers; decisions that may rest on it go too, and
    pages get a plan that does not."""

    async def story() -> None:
        pair = await looked(tmp_path)
        before = Profile.from_bytes(pair.host.kept["profile"])
        assert len(Decided.from_bytes(pair.host.kept["decided"]).lines) > 1
        pair.host.shown.clear()
        await pair.device.feed(ItemForgotten(BINS, pair.host.at_ms))
        after = Profile.from_bytes(pair.host.kept["profile"])
        assert [visit.item for visit in after.visits] == ["/housing/repairs", "/"]
        assert after.last_session == before.last_session
        assert len(Decided.from_bytes(pair.host.kept["decided"]).lines) == 1
        assert [kind for kind, _ in pair.host.shown] == ["profile", "plan"]

    asyncio.run(story())


def test_a_page_that_nobody_looked_at_changes_nothing(tmp_path: Path) -> None:
    """Nothing is written, nothing decided anew; nor for somebody who allows nothing."""

    async def story() -> None:
        pair = await looked(tmp_path)
        kept = dict(pair.host.kept)
        pair.host.shown.clear()
        await pair.device.feed(ItemForgotten(ItemId("/moving/address"), pair.host.at_ms))
        assert (pair.host.kept, pair.host.shown) == (kept, [])
        await pair.choose()
        kept = dict(pair.host.kept)
        await pair.device.feed(ItemForgotten(BINS, pair.host.at_ms))
        assert pair.host.kept == kept

    asyncio.run(story())


def test_pages_tell_it_until_it_is_taken_in() -> None:
    """The address is scrubbed like any other; what a page kept of the wish is the same wish."""
    row = {"type": "unsee", "item": "/bins/new?name=me", "at": 5}
    assert event_of("unsee", row, at_ms=7) == ItemForgotten(BINS, 7)
    assert said_of([row], at_ms=7) == (ItemForgotten(BINS, 5),)


def test_a_forgotten_page_leaves_in_no_report(tmp_path: Path) -> None:
    """Its session was collected before it was to be forgotten, and its visit is long gone; as many reports
    leave as before, and none names it."""

    async def story() -> None:
        pair, _ = await counted(tmp_path)
        await pair.device.feed(ItemForgotten(RULES, pair.host.at_ms))
        assert named(pair) == {"/", "/bins/new"}, "a pair without the page stays"
        await pair.device.feed(ItemForgotten(BINS, pair.host.at_ms))
        assert named(pair) == set()
        pair.host.at_ms += WEEK_MS
        await pair.view("/")
        outbox = Reporter.from_bytes(pair.host.kept["reporter"]).outbox
        assert len(outbox) > 1
        assert {report.pair for report in outbox} == {(NOTHING, NOTHING)}

    asyncio.run(story())


def test_a_page_that_waits_to_leave_is_forgotten_though_its_visit_is_gone(tmp_path: Path) -> None:
    """The switch for visits, or their end, takes them from the profile; what was collected lies on."""

    async def story() -> None:
        pair, opened_ms = await counted(tmp_path)
        await pair.device.feed(NoticingSwitched(Switch.VISITS, on=False, at_ms=pair.host.at_ms))
        assert pair.device.session.profile.visits == ()
        before = pair.device.session
        await pair.device.feed(ItemForgotten(BINS, pair.host.at_ms))
        assert named(pair) == set()
        other, _ = before.receive(ForSomeoneElse(pair.host.at_ms, opened_ms))
        assert other.reporter is not None
        assert other.reporter.pool.pairs == ()

    asyncio.run(story())


def test_a_visit_for_someone_else_leaves_in_no_report(tmp_path: Path) -> None:
    """Said on a page of the visit before, which is collected by now; another visit's pairs stay when it is
    said of one that is not."""

    async def story() -> None:
        pair, opened_ms = await counted(tmp_path)
        await pair.device.feed(ForSomeoneElse(pair.host.at_ms, pair.host.at_ms - 60_000))
        assert named(pair) == {"/", "/bins/new"}
        pair.host.at_ms += 1
        await pair.device.feed(ForSomeoneElse(pair.host.at_ms, opened_ms))
        assert named(pair) == set()

    asyncio.run(story())


@pytest.mark.parametrize("acts", range(3))
@pytest.mark.parametrize("wish", ["page", "another", "cleared"])
def test_a_device_that_stops_while_it_forgets_reports_nothing(tmp_path: Path, wish: str, acts: int) -> None:
    """Whatever was stored before the page was closed, the wish told again takes the rest."""

    async def story() -> None:
        pair, opened_ms = await counted(tmp_path)
        now_ms = pair.host.at_ms
        event: Event = {
            "page": ItemForgotten(BINS, now_ms),
            "another": ForSomeoneElse(now_ms, opened_ms),
            "cleared": ProfileCleared(now_ms),
        }[wish]
        close_after(pair.host, acts)
        with suppress(Closed):
            await pair.device.feed(event)
        open_again(pair.host)
        await pair.reopen()
        await pair.device.feed(event)
        assert named(pair) == set()
        assert BINS not in {visit.item for visit in Profile.from_bytes(pair.host.kept["profile"]).visits}

    asyncio.run(story())


def in_two_languages() -> Bundle:
    """A city whose page about parking is there in Arabic too, under an earlier name."""
    english, arabic = RULES, ItemId("/ar/parking/rules")
    pages = catalogue()
    item = next(each for each in pages.items if each.id == english)
    both = (
        replace(item, translations={"ar": arabic}),
        replace(item, id=arabic, lang="ar", translations={"en": english}),
    )
    others = (each for each in pages.items if each.id != english)
    items = tuple(sorted((*others, *both), key=lambda each: each.id))
    return bundle_of(pages=replace(pages, items=items), rules_=parsed())


@pytest.mark.parametrize("is_visited", [True, False], ids=["visited", "its visit gone"])
@pytest.mark.parametrize("has_bundle", [True, False], ids=["bundle", "none yet"])
def test_that_a_translated_page_was_opened_is_forgotten(is_visited: bool, has_bundle: bool) -> None:
    """What became of a suggestion is kept under one name for all languages, here the other page's."""
    rows = (Outcome("/ar/parking/rules", NOW_MS, 1), Outcome("/bins/new", NOW_MS, 1))
    session = begun(parsed())
    session = replace(session, bundle=in_two_languages() if has_bundle else None)
    session = replace(session, decided=Decided(outcomes=Outcomes(rows)))
    if is_visited:
        looked_at = Profile().visited(RULES, at_ms=NOW_MS, keep_days=9)
        session = replace(session, profile=looked_at)
    after, effects = session.receive(ItemForgotten(RULES, NOW_MS + 1))
    assert "/ar/parking/rules" not in {row.item for row in after.decided.outcomes.rows}
    assert SaveDecided(after.decided) in effects or EraseDecided() in effects
    assert has_bundle == (rows[1] in after.decided.outcomes.rows), "without a bundle no name can be told"
