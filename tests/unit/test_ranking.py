"""Ranking at its edges: ties, nothing to show, exploring by the thousandth, and what may appear at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from consent_ledger import canonical
from edge_client.decision import prepare
from edge_client.dice import Dice
from edge_client.events import PageViewed
from edge_client.profile import Profile
from edge_client.ranking import Ranked, rank
from edge_client.shown import Shown
from edge_client.told import Told
from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind
from edge_client.wire.paths import ItemId
from edge_client.wire.rules import Rules, SlotRule
from tests.support.bundles import bundle_of
from tests.support.city import SITE, rules
from tests.support.pages import candidates, dice, numbered, site_rules, slot_rule

INFORMATION, TRANSACTION = ItemKind.INFORMATION, ItemKind.TRANSACTION
EN, AR, OTHER = ItemId("/permit"), ItemId("/ar/permit"), ItemId("/rules")


def listed(scores: list[float], *, slot: SlotRule, topics: str = "", hidden: Dice | None = None) -> list[int]:
    """The indexes of the list that these scores make, one page a topic where none are named."""
    names = topics or [f"t{number}" for number in range(len(scores))]
    return [
        item.index
        for item in rank(
            candidates(scores),
            catalogue=numbered(names),
            slot=slot,
            hidden=hidden or dice(1),
        )
    ]


def falling(*draws: int) -> Dice:
    """Dice that fall as told, draw by draw."""
    numbers = iter(draws)
    return Dice(lambda width: next(numbers).to_bytes(width, "big"))


def test_the_best_score_comes_first_and_ties_go_by_index() -> None:
    """The order depends on nothing but scores and places in the catalogue."""
    assert listed([0.2, 0.9, 0.2, 0.9, 0.5], slot=slot_rule(count=5)) == [1, 3, 4, 0, 2]
    assert listed([0.2, 0.9, 0.2, 0.9, 0.5], slot=slot_rule(count=2)) == [1, 3]


def test_what_scores_nothing_is_never_shown() -> None:
    """A list is shorter rather than filled with pages that the model says nothing about."""
    assert listed([0.0, 0.1, -0.5, 0.0], slot=slot_rule(count=3)) == [1]


def test_no_topic_takes_more_places_than_it_may() -> None:
    """A page whose topic is full is passed over for the next of another topic."""
    scores = [0.9, 0.8, 0.7, 0.6, 0.5]
    assert listed(scores, slot=slot_rule(count=3, per_topic=1), topics="aaabc") == [0, 3, 4]
    assert listed(scores, slot=slot_rule(count=3, per_topic=2), topics="aaabc") == [0, 1, 3]
    assert listed(scores, slot=slot_rule(count=3, per_topic=3), topics="aaabc") == [0, 1, 2]


@pytest.mark.parametrize(("drawn", "explored"), [(0, True), (249, True), (250, False), (999, False)])
def test_exploring_happens_in_so_many_thousandths_exactly(drawn: int, *, explored: bool) -> None:
    """With 250 thousandths the draws 0 to 249 explore, and no other."""
    items = rank(
        candidates([0.9, 0.8, 0.7, 0.6]),
        catalogue=numbered("abcd"),
        slot=slot_rule(count=3, explore_milli=250),
        hidden=falling(drawn, 0),
    )
    last = Ranked(3, 0.6, explored=True) if explored else Ranked(2, 0.7)
    assert items == (Ranked(0, 0.9), Ranked(1, 0.8), last)


def test_a_list_of_one_never_explores() -> None:
    """The only place is for the best page: no draw can take it."""
    assert listed([0.9, 0.8], slot=slot_rule(count=1, explore_milli=1000), hidden=falling(0, 0)) == [0]


def test_what_may_not_appear_is_not_explored_either() -> None:
    """Left out, not eligible or without a score: chance brings none of them in."""
    found = {
        rank(
            candidates([0.9, 0.8, 0.7, 0.6, 0.0, 0.5], allowed=(0, 1, 4, 5)),
            catalogue=numbered("abcdef"),
            slot=slot_rule(count=2, explore_milli=1000),
            hidden=dice(seed),
        )[-1].index
        for seed in range(50)
    }
    assert found == {5}


def page(
    item: ItemId,
    *,
    topic: str = "parking",
    kind: ItemKind = INFORMATION,
    lang: str = "en",
    translations: Mapping[str, ItemId] | None = None,
) -> CatalogueItem:
    """A page of the catalogue; its words do not matter here."""
    return CatalogueItem(item, "Title", "Summary", topic, kind, lang, (), False, translations or {})


BOTH_WAYS = Catalogue(
    SITE, (page(AR, lang="ar", translations={"en": EN}), page(EN, translations={"ar": AR}), page(OTHER))
)


@pytest.mark.parametrize("known", [EN, AR])
def test_a_page_is_left_out_in_every_language(known: ItemId) -> None:
    """Who looked at it, dismissed it or is on it in one language is not shown it in another."""

    def left_out(profile: Profile, at: ItemId) -> frozenset[int]:
        view = PageViewed(at, "ar" if at == AR else "en", (), 2)
        bundle = bundle_of(pages=BOTH_WAYS, rules_=site_rules(slot_rule()))
        decision = prepare(view, profile=profile, told=Told(), shown=Shown(), bundle=bundle)
        return decision.questions[0].suppressed

    looked_at = Profile().visited(known, at_ms=1, keep_days=90)
    assert left_out(looked_at, OTHER) == {0, 1, 2}
    assert left_out(Profile().dismiss(known), OTHER) == {0, 1, 2}
    assert left_out(Profile(), known) == {0, 1}


def test_a_slot_shows_its_kinds_its_language_and_no_topic_that_it_excludes() -> None:
    """Who may appear is decided by the rules alone, alike for everyone."""
    pages = Catalogue(
        SITE,
        (
            page(ItemId("/a")),
            page(ItemId("/b"), kind=TRANSACTION),
            page(ItemId("/c"), lang="ar"),
            page(ItemId("/d"), topic="news"),
            page(ItemId("/e"), topic="bereavement"),
            page(ItemId("/f")),
        ),
    )
    bundle = bundle_of(pages=pages, rules_=with_rules(never_items=["/f"]))
    both = replace(slot_rule(), slot="both", kinds=("information", "transaction"), not_topics=("news",))
    assert bundle.eligible(both, "en") == bytes([1, 1, 0, 0, 0, 0])
    assert bundle.eligible(replace(both, slot="facts", kinds=("information",)), "en") == bytes(
        [1, 0, 0, 0, 0, 0]
    )
    assert bundle.eligible(replace(both, slot="tasks", kinds=("transaction",)), "en") == bytes(
        [0, 1, 0, 0, 0, 0]
    )
    assert bundle.eligible(replace(both, slot="all", not_topics=()), "en") == bytes([1, 1, 0, 1, 0, 0])
    assert bundle.eligible(both, "ar") == bytes([0, 0, 1, 0, 0, 0])
    assert bundle.eligible(both, "fr") == bytes(6)


def with_rules(**change: object) -> Rules:
    """The city's rules with some fields changed."""
    value = canonical.decode(rules())
    assert isinstance(value, dict)
    return Rules.parse(canonical.encode({**value, **change}))
