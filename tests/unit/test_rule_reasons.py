"""Why an item is there: the fact that is named is the one without which it would not be."""

from __future__ import annotations

import pytest

from edge_client.explanation import ReasonKind
from edge_client.profile import Profile
from edge_client.rules.facts import Context
from edge_client.rules.pipeline import Why
from edge_client.told import Told
from tests.support.deciding import (
    BINS,
    HOUR_MS,
    PERMIT,
    at_home,
    home_slot,
    looked,
    out_of,
    reasons,
)
from tests.support.ruled import only, rule

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
