"""The citizen takes back that an item is not relevant: what followed from it goes, and nothing else."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from edge_client.decided import Decided
from edge_client.events import Event, ItemDismissed, ItemPinned, PageViewed
from edge_client.outcomes.kept import Became, Outcome, Outcomes
from edge_client.page_messages import event_of, said_of
from edge_client.profile import Profile
from edge_client.rules.gathering import inputs_of
from edge_client.session import Session
from edge_client.shown import Shown
from edge_client.told import Told
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.paths import ItemId
from edge_client.wishes import ItemWanted
from tests.support.bundles import bundle_of
from tests.support.city import NOW_MS, City, catalogue
from tests.support.living import begun
from tests.support.pair import Pair
from tests.support.ruled import parsed, rule

BINS, BINS_IN_ARABIC = ItemId("/bins/new"), ItemId("/ar/bins/new")


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    city = City(tmp_path)
    city.publish()
    return Pair(city)


def test_what_was_not_relevant_is_suggested_again(pair: Pair) -> None:
    """At once, in the plan of the page that is open; the panel hears of it; a closed browser changes
    nothing."""

    async def story() -> tuple[str, list[str]]:
        await pair.open()
        await pair.choose("suggest")
        await pair.view("/bins/missed")
        item = suggested(pair)[0]
        await pair.dismiss(item)
        await pair.reopen()
        assert item not in suggested(pair)
        await pair.view("/bins/missed")
        pair.host.shown.clear()
        await pair.device.feed(ItemWanted(ItemId(item), pair.host.at_ms))
        return item, [kind for kind, _ in pair.host.shown]

    item, shown = asyncio.run(story())
    assert item in suggested(pair)
    assert shown == ["profile", "plan"]
    assert Profile.from_bytes(pair.host.kept["profile"]).dismissed == frozenset()
    # What was decided while it was not relevant rested on that.
    assert len(Decided.from_bytes(pair.host.kept["decided"]).lines) == 1


def test_nothing_else_is_taken_back(pair: Pair) -> None:
    """Another item stays away; what is taken back twice changes nothing, nor does what was never said."""

    async def story() -> None:
        await pair.open()
        await pair.choose("suggest")
        await pair.view("/bins/missed")
        await pair.dismiss("/bins/new")
        await pair.dismiss("/moving/address")
        for _ in range(2):
            await pair.device.feed(ItemWanted(BINS, pair.host.at_ms))
        lines = len(Decided.from_bytes(pair.host.kept["decided"]).lines)
        await pair.device.feed(ItemWanted(ItemId("/parking/rules"), pair.host.at_ms))
        assert len(Decided.from_bytes(pair.host.kept["decided"]).lines) == lines + 1

    asyncio.run(story())
    assert Profile.from_bytes(pair.host.kept["profile"]).dismissed == {"/moving/address"}


def in_two_languages() -> Session:
    """A device of a city whose page about bins is in Arabic, too."""
    items = catalogue().items
    english = next(item for item in items if item.id == BINS)
    arabic = replace(english, id=BINS_IN_ARABIC, lang="ar", translations={"en": BINS})
    both = [replace(item, translations={"ar": BINS_IN_ARABIC}) if item.id == BINS else item for item in items]
    pages = Catalogue(catalogue().site, tuple(sorted([*both, arabic], key=lambda item: item.id)))
    return replace(begun(parsed()), bundle=bundle_of(pages=pages, rules_=parsed()))


def test_a_no_lets_a_pin_go_in_every_language() -> None:
    """It would stand first in the other one, though it is not wanted."""
    session, _ = in_two_languages().receive(ItemPinned("home", BINS, NOW_MS))
    assert session.told.pins == {"home": (BINS,)}
    session, _ = session.receive(ItemDismissed(BINS_IN_ARABIC, NOW_MS + 1))
    assert session.told.pins == {}


def test_it_is_taken_back_in_every_language() -> None:
    """An item has one name: it is suggested again whichever of its pages was called not relevant."""
    for said, taken_back in ((BINS, BINS_IN_ARABIC), (BINS_IN_ARABIC, BINS)):
        session, _ = in_two_languages().receive(ItemDismissed(said, NOW_MS))
        assert session.profile.dismissed == {said}
        session, _ = session.receive(ItemWanted(taken_back, NOW_MS))
        assert session.profile.dismissed == frozenset()


def test_a_rule_that_fell_silent_for_it_speaks_again() -> None:
    """The cool-down was for that word, which is taken back."""
    bundle = bundle_of(rules_=parsed(rules=[rule("offer", items=[BINS], cool_down_days=14)]))
    session = replace(begun(parsed()), bundle=bundle)
    steps: tuple[tuple[Event, set[str]], ...] = (
        (ItemDismissed(BINS, NOW_MS), {"offer"}),
        (ItemWanted(BINS, NOW_MS + 1), set()),
    )
    for event, silent in steps:
        session, _ = session.receive(event)
        known = inputs_of(
            PageViewed(ItemId("/"), "en", (), NOW_MS + 2),
            profile=session.profile,
            told=session.told,
            shown=Shown(),
            bundle=bundle,
        )
        assert known.silent == silent
    assert session.told == Told()


def test_that_it_was_unwanted_counts_for_no_topic_any_more() -> None:
    """What became of it before nobody knows; what became of others stays."""
    rows = (
        Outcome("/bins/missed", NOW_MS, 1, Became.OPENED),
        Outcome("/bins/new", NOW_MS, 1, Became.DISMISSED),
        Outcome("/parking/permit", NOW_MS, 1, Became.DISMISSED),
    )
    session = begun(parsed())
    session = replace(
        session, profile=Profile(dismissed=frozenset({BINS})), decided=Decided(outcomes=Outcomes(rows))
    )
    session, _ = session.receive(ItemWanted(BINS, NOW_MS))
    assert session.decided.outcomes.rows == (rows[0], rows[2])


def test_pages_tell_it_until_it_was_taken_in() -> None:
    """As they tell of topics and pins; what was typed into a path is not in it."""
    wanted = {"type": "want", "item": "/bins/new?who=me", "at": 5}
    assert event_of("want", wanted, at_ms=9) == ItemWanted(BINS, 9)
    assert said_of([wanted], at_ms=9) == (ItemWanted(BINS, 5),)


def suggested(pair: Pair) -> list[str]:
    """What the newest plan suggests anywhere."""
    return [str(item[0]) for item in json.loads(pair.plans()[-1])["items"]]
