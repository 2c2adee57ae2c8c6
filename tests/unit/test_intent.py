"""A device names what its citizen is probably after, or says nothing."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from edge_client.intent import FLOOR_MILLI, MOST_INTENTS, SUREST_MILLI, Intent, likely_intents
from edge_client.wire.catalogue import Catalogue, ItemKind
from edge_client.wire.paths import ItemId
from edge_client.wire.rules import Rules
from tests.support.bundles import bundle_of
from tests.support.city import catalogue, rules

TOWN = catalogue()
BUNDLE = bundle_of()
AT = {item.id: at for at, item in enumerate(TOWN.items)}
TRANSACTIONS = [at for at, item in enumerate(TOWN.items) if item.kind is ItemKind.TRANSACTION]
MISSED, NEW, CHECKLIST, GRIEF = (
    AT[ItemId(path)] for path in ("/bins/missed", "/bins/new", "/moving/checklist", "/grief/first-days")
)


def scores(**named: float) -> list[float]:
    """A score for each page: those named by index (`p3=1.0`), 0 for all others."""
    return [named.get(f"p{at}", 0.0) for at in range(len(TOWN.items))]


def test_goals_are_what_can_be_done_the_surest_first() -> None:
    """Of two transactions the better one leads; a page that only informs is no goal, however high it is."""
    named = likely_intents(
        scores(**{f"p{MISSED}": 1.0, f"p{NEW}": 3.0, f"p{CHECKLIST}": 9.0}),
        bundle=BUNDLE,
        lang="en",
        suppressed=(),
    )
    assert named == (Intent(NEW, SUREST_MILLI), Intent(MISSED, 100))


def test_a_site_without_transactions_has_any_page_for_a_goal() -> None:
    """So has a language in which nothing can be done."""
    pages = Catalogue(TOWN.site, tuple(replace(item, kind=ItemKind.INFORMATION) for item in TOWN.items))
    told = scores(**{f"p{CHECKLIST}": 2.0})
    (intent,) = likely_intents(told, bundle=bundle_of(pages=pages), lang="en", suppressed=())
    assert intent.goal == CHECKLIST
    assert likely_intents(told, bundle=bundle_of(pages=pages), lang="ar", suppressed=()) == ()


def test_nothing_is_said_where_no_goal_stands_out() -> None:
    """Eleven pages alike are each too unsure; so is no score at all."""
    pages = Catalogue(TOWN.site, tuple(replace(item, kind=ItemKind.INFORMATION) for item in TOWN.items))
    alike = [1.0] * len(TOWN.items)
    assert likely_intents(alike, bundle=bundle_of(pages=pages), lang="en", suppressed=()) == ()
    assert likely_intents(scores(), bundle=BUNDLE, lang="en", suppressed=()) == ()
    assert likely_intents(alike, bundle=BUNDLE, lang="en", suppressed=TRANSACTIONS) == ()


def test_what_was_seen_or_called_not_relevant_is_no_goal() -> None:
    """The next best is named in its place."""
    told = scores(**{f"p{MISSED}": 1.0, f"p{NEW}": 3.0})
    (intent,) = likely_intents(told, bundle=BUNDLE, lang="en", suppressed={NEW})
    assert intent.goal == MISSED


def test_a_sensitive_page_is_never_named_and_counts_for_nothing() -> None:
    """By its topic or by its name, whatever the model thinks of it."""
    pages = Catalogue(TOWN.site, tuple(replace(item, kind=ItemKind.TRANSACTION) for item in TOWN.items))
    parsed = Rules.parse(rules())
    assert TOWN.items[GRIEF].topic in parsed.never_topics
    limits = replace(parsed, never_items=(TOWN.items[NEW].id,))
    told = scores(**{f"p{GRIEF}": 50.0, f"p{NEW}": 50.0, f"p{MISSED}": 1.0})
    named = likely_intents(told, bundle=bundle_of(pages=pages, rules_=limits), lang="en", suppressed=())
    assert named == (Intent(MISSED, SUREST_MILLI),)


@given(
    st.lists(st.floats(0, 1e6, width=32), min_size=len(TOWN.items), max_size=len(TOWN.items)),
    st.sampled_from([0.25, 2.0, 1024.0]),
)
def test_what_is_named_keeps_its_bounds_whatever_scores_are_measured_in(
    told: list[float], unit: float
) -> None:
    """At most three goals in falling sureness, the first not under the floor, none surer than the most; and
    the same ones when every score is multiplied."""
    named = likely_intents(told, bundle=BUNDLE, lang="en", suppressed=())
    sure = [intent.sure_milli for intent in named]
    assert len(named) <= MOST_INTENTS
    assert sure == sorted(sure, reverse=True)
    assert all(value <= SUREST_MILLI for value in sure)
    assert not named or sure[0] >= FLOOR_MILLI
    assert {intent.goal for intent in named} <= set(TRANSACTIONS)
    multiplied = [score * unit for score in told]
    assert likely_intents(multiplied, bundle=BUNDLE, lang="en", suppressed=()) == named
