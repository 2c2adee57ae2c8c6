"""Why an item is there: the fact that is named is the one without which it would not be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge_client.events import PageViewed
from edge_client.explanation import ReasonKind, explain_offer
from edge_client.profile import Profile
from edge_client.rules.facts import Context
from edge_client.rules.gathering import facts_of, inputs_of
from edge_client.rules.pipeline import Offer, Why
from edge_client.shown import Shown
from edge_client.told import Told
from edge_client.wire.archetypes import Archetype, Archetypes
from tests.support.bundles import bundle_of
from tests.support.city import NOW_MS, SITE
from tests.support.deciding import (
    BINS,
    HOUR_MS,
    ITEMS,
    PERMIT,
    at_home,
    home_slot,
    looked,
    out_of,
    reasons,
)
from tests.support.ruled import DEFINITIONS, condition, only, rule

OFFER = {"items": ["/housing/repairs"]}
Known = tuple[Profile, Told, Context]
ONCE, BACK = looked(BINS), looked(BINS, BINS, gap_ms=HOUR_MS)
PARKED = looked("/parking/rules", PERMIT, BINS, gap_ms=HOUR_MS)
EVIDENCE: list[tuple[str, ReasonKind, Known, Known]] = [
    ("first", ReasonKind.FIRST, (ONCE, Told(), Context()), (BACK, Told(), Context())),
    ("comes-back", ReasonKind.RETURNING, (BACK, Told(), Context()), (ONCE, Told(), Context())),
    ("parks", ReasonKind.OFTEN, (PARKED, Told(), Context()), (ONCE, Told(), Context())),
    ("permit-begun", ReasonKind.TASK, (looked(PERMIT), Told(), Context()), (ONCE, Told(), Context())),
    (
        "is-business",
        ReasonKind.TOLD,
        (ONCE, Told({"role": "business"}), Context()),
        (ONCE, Told(), Context()),
    ),
    ("evening", ReasonKind.CONTEXT, (ONCE, Told(), Context(hour=20)), (ONCE, Told(), Context(hour=12))),
]


@pytest.mark.parametrize(("when", "kind", "known", "without"), EVIDENCE, ids=[row[0] for row in EVIDENCE])
def test_removing_the_named_reason_changes_the_result(
    when: str, kind: ReasonKind, known: Known, without: Known
) -> None:
    """What the citizen is told is why: take that away, and the rule shows its item no more."""
    rules = only(rule("one", when=when, **OFFER))
    profile, told, context = known
    shown = out_of(rules, profile, told=told, context=context)
    assert at_home(shown)[0] == "/housing/repairs"
    assert reasons(shown)["/housing/repairs"][0] is kind
    profile, told, context = without
    gone = out_of(rules, profile, told=told, context=context)
    assert home_slot(gone).offers[0].out is Why.AUDIENCE
    assert all(each.offer is None for each in home_slot(gone).placed)


def test_a_reason_names_the_page_that_it_is_about() -> None:
    """The task that was begun; of pages looked at often, the last one."""
    begun = out_of(only(rule("one", when="permit-begun", rung="task", items=[PERMIT])), looked(PERMIT))
    assert reasons(begun)[PERMIT] == (ReasonKind.TASK, PERMIT)
    often = looked(PERMIT, "/parking/rules", BINS, gap_ms=HOUR_MS)
    parks = out_of(only(rule("one", when="parks", **OFFER)), often)
    assert reasons(parks)["/housing/repairs"] == (ReasonKind.OFTEN, "/parking/rules")


def test_what_is_for_everyone_says_so() -> None:
    """No fact is made up where none was needed."""
    assert reasons(out_of(only(rule("one", **OFFER)), looked(BINS)))["/housing/repairs"] == (
        ReasonKind.EVERYONE,
        None,
    )


def test_a_rule_may_ask_what_recent_pages_are_like() -> None:
    """It holds for whom the archetype is the nearest, says so, and is worked out for nobody without such a
    rule."""
    like = condition("like", {"archetype": {"names": ["Parkers"]}})
    rules = only(rule("one", when="like", **OFFER), definitions=[*DEFINITIONS, like])
    table = bytes(value for item in ITEMS for value in ((100, 1) if "parking" in item.topic else (1, 100)))
    groups = Archetypes(
        SITE,
        "0" * 64,
        len(ITEMS),
        10,
        850,
        3,
        400,
        (Archetype("Parkers", (1,)), Archetype("Others", (2,))),
        table,
    )
    parkers = looked("/", "/parking/rules", PERMIT, "/", gap_ms=HOUR_MS)
    view = PageViewed(BINS, "en", (), NOW_MS)
    for profile, alike, kind in (
        (parkers, "Parkers", True),
        (looked("/", BINS, "/bins/missed", "/", gap_ms=HOUR_MS), "Others", False),
    ):
        bundle = replace(bundle_of(rules_=rules), archetypes=groups)
        assert facts_of(view, profile=profile, told=Told(), bundle=bundle).archetype == alike
        inputs = inputs_of(view, profile=profile, told=Told(), shown=Shown(), bundle=bundle)
        assert inputs.now.leaves["like"] is kind
        if kind:
            reason = explain_offer(Offer(rules.rules[0], 1), inputs.now, rules)
            assert (reason.kind, reason.named) == (ReasonKind.ALIKE, ("like",))
        without = replace(bundle, rules=only(rule("one", **OFFER)))
        assert facts_of(view, profile=profile, told=Told(), bundle=without).archetype is None
