"""What a device keeps is compiled from its rules: what none needs is not stored, and goes with its rule."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from consent_ledger import canonical
from edge_client.decided import Decided
from edge_client.events import ForSomeoneElse, ItemPinned, PageViewed, QuestionAnswered
from edge_client.profile import DAY_MS, Profile
from edge_client.rules.collect import Collection, collection_of
from edge_client.rules.facts import Context
from edge_client.told import Told
from edge_client.wire.audience import CameFrom
from edge_client.wire.paths import ItemId
from tests.support.bundles import bundle_of
from tests.support.city import City
from tests.support.pair import Pair
from tests.support.ruled import DEFINITIONS, condition, only, rule, slot, value, visited

RULES_ALONE = [slot("home", ["/"], level="rules"), slot("related", [], level="rules")]


def needs(*rules_: dict[str, Any], **changes: Any) -> Collection:
    """What may be kept for suggestions under these rules, where no model wants pages."""
    made = only(*rules_, **{"slots": RULES_ALONE, **changes})
    return collection_of(bundle_of(rules_=made), suggests=True, learns=False)


@pytest.mark.parametrize(
    ("when", "kept"),
    [
        (None, {}),
        ("evening", {}),
        ("phone", {}),
        ("english", {}),
        ("first", {"sessions": True}),
        ("comes-back", {"sessions": True}),
        ("searched", {"sessions": True, "began_from": True}),
        ("is-business", {"questions": {"role": ("business", "citizen")}}),
        ("parks", {"sessions": True, "topics": {"parking": 14}}),
        ("permit-begun", {"sessions": True, "pages": {"/parking/permit": 30, "/parking/permit/done": 30}}),
        (
            "is-back",
            {"sessions": True, "pages": {"/parking/permit": 30, "/parking/permit/done": 30}},
        ),
    ],
)
def test_a_rule_needs_what_its_audience_is_made_of_and_nothing_else(
    when: str | None, kept: dict[str, Any]
) -> None:
    """Through every name that it uses; the pins, which are the citizen's own, may always be kept."""
    found = needs(rule("one", when=when))
    assert found == replace(Collection(found.catalogue, pins=True), **kept)


def test_the_longest_that_any_rule_needs_counts() -> None:
    """Two rules about one page keep it as long as the longer one asks for."""
    long = condition("long", visited(items=["/parking/permit"], topics=[], days=60))
    found = needs(
        rule("one", when="permit-begun"), rule("two", when="long"), definitions=[*DEFINITIONS, long]
    )
    assert found.days_of(ItemId("/parking/permit")) == 60
    assert found.days_of(ItemId("/parking/permit/done")) == 30
    assert found.days_of(ItemId("/bins/new")) == 0


def test_a_cap_keeps_impressions_of_its_items_alone() -> None:
    """As long as it counts them; a cool-down keeps times of refusals as long as it lasts."""
    found = needs(
        rule("one", cap={"times": 2, "days": 7}), rule("two", items=["/bins/new"], cool_down_days=14)
    )
    assert found.shown == {"/business/food-licence": 7}
    assert found.cool_down == 14


def test_without_a_yes_nothing_is_needed() -> None:
    """And for counting alone pages are needed for as long as a session can last."""
    bundle = bundle_of(rules_=only(rule("one", when="is-back")))
    nothing = collection_of(bundle, suggests=False, learns=False)
    assert nothing == Collection(bundle.catalogue)
    counted = collection_of(bundle, suggests=False, learns=True)
    assert counted == Collection(bundle.catalogue, every_page=1)


EVERYTHING = [
    rule("one", when="parks", cap={"times": 2, "days": 7}),
    rule("two", when="is-business", items=["/bins/missed"], cool_down_days=10),
    rule("three", when="searched", items=["/moving/checklist"]),
]


def city(folder: Path, *rules_: dict[str, Any]) -> City:
    """The city under these rules alone."""
    return City(folder, rules=canonical.encode(value(rules=list(rules_), slots=RULES_ALONE)))


async def live(pair: Pair) -> None:
    """Look at pages of several topics, come from a search, answer, pin and dismiss."""
    await pair.open()
    await pair.choose("suggest")
    for item in ("/parking/rules", "/bins/new", "/parking/permit", "/"):
        event = PageViewed(
            ItemId(item),
            "en",
            (),
            pair.host.at_ms,
            (ItemId("/business/food-licence"), ItemId("/bins/missed")),
            Context(10, None, CameFrom.SEARCH),
        )
        await pair.device.feed(event)
        pair.host.at_ms += 60_000
    for question, option in (("role", "business"), ("age", "younger"), ("loss", "yes")):
        await pair.device.feed(QuestionAnswered(question, option, pair.host.at_ms, in_flow=True))
    await pair.device.feed(ItemPinned("home", ItemId("/moving/checklist"), pair.host.at_ms))
    await pair.dismiss("/bins/missed")


def kept(pair: Pair) -> tuple[Profile, Told, Decided]:
    """What lies in the device's storage, read from its bytes."""
    stored = pair.host.kept
    return (
        Profile.from_bytes(stored["profile"]),
        Told.from_bytes(stored["told"]) if "told" in stored else Told(),
        Decided.from_bytes(stored["decided"]),
    )


def test_what_no_rule_needs_is_never_stored_and_goes_when_its_rule_goes(tmp_path: Path) -> None:
    """On a real device with a real store: pages, sessions, answers, impressions, times."""
    made = city(tmp_path, *EVERYTHING)
    made.publish()
    pair = Pair(made)

    async def retire(*rules_: dict[str, Any]) -> None:
        made.rules = canonical.encode(value(rules=list(rules_), slots=RULES_ALONE))
        made.publish()
        await pair.device.install()

    async def story() -> list[tuple[Profile, Told, Decided]]:
        await live(pair)
        stages = [kept(pair)]
        for left in (EVERYTHING[:2], EVERYTHING[:1], []):
            await retire(*left)
            stages.append(kept(pair))
        return stages

    full, no_search, parks_alone, nothing = asyncio.run(story())
    assert [visit.item for visit in full[0].visits] == ["/parking/rules", "/parking/permit"]
    assert full[0].began_from is CameFrom.SEARCH
    assert full[1].answers == {"role": "business"}
    assert set(full[1].refused_ms) == {"/bins/missed"}
    assert {item for item, _ in full[2].shown.rows} == {"/business/food-licence"}
    assert no_search[0].began_from is None
    assert no_search[0].visits == full[0].visits
    assert (parks_alone[1].answers, parks_alone[1].refused_ms) == ({}, {})
    assert parks_alone[0].visits == full[0].visits
    assert (nothing[0].visits, nothing[0].met_ms, nothing[2].shown.rows) == ((), 0, ())
    # What the citizen said for themselves is not the rules' to take away.
    assert nothing[0].dismissed == {"/bins/missed"}
    assert nothing[1].pins == {"home": (ItemId("/moving/checklist"),)}
    assert b"parking" not in pair.host.kept["profile"] + pair.host.kept["decided"]


def test_a_visit_goes_when_its_own_time_is_over(tmp_path: Path) -> None:
    """At the next page view after it, whatever else is kept longer."""
    made = city(tmp_path, rule("one", when="parks"), rule("two", when="permit-begun"))
    made.publish()
    pair = Pair(made)

    async def story() -> None:
        await pair.open()
        await pair.choose("suggest")
        await pair.view("/parking/rules", "/parking/permit")
        pair.host.at_ms += 15 * DAY_MS
        await pair.view("/")

    asyncio.run(story())
    assert [visit.item for visit in kept(pair)[0].visits] == ["/parking/permit"]


def test_what_was_for_someone_else_is_forgotten_with_what_was_decided_from_it(tmp_path: Path) -> None:
    """The session goes, those before it stay; a withdrawal takes all of it."""
    made = city(tmp_path, rule("one", when="parks"), rule("two", when="is-business"))
    made.publish()
    pair = Pair(made)

    async def story() -> None:
        await live(pair)
        before = kept(pair)[0].visits
        pair.host.at_ms += 2 * 60 * 60 * 1000
        await pair.view("/parking/rules", "/parking/permit")
        assert len(kept(pair)[0].visits) == len(before) + 2
        await pair.device.feed(ForSomeoneElse(pair.host.at_ms, pair.host.at_ms))
        after, told, decided = kept(pair)
        assert after.visits == before
        assert told.answers == {"role": "business"}
        assert len(decided.lines) == 1, "decided anew, from what is left"
        await pair.choose()

    asyncio.run(story())
    assert {"profile", "told", "decided"}.isdisjoint(pair.host.kept)
