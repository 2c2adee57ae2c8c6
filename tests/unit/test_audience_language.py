"""The rule language on the wire: read strictly, printed back byte for byte, hostile rows refused."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from edge_client.wire.rules import Rules
from tests.support.ruled import DEFINITIONS, QUESTIONS, RULES, condition, rule, task, value, visited

SOUND = value()


def test_what_parses_prints_back_byte_for_byte() -> None:
    """No field is filled in, none is read as something else."""
    raw = canonical.encode(SOUND)
    assert Rules.parse(raw).to_bytes() == raw


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"v": 1}, "rules: slot: unknown field"),
        ({"v": 3}, "v is out of range"),
        ({"definitions": [condition("x", {"income": {"over": 1}})]}, "no device knows this kind of fact"),
        ({"definitions": [condition("x", {"visited": {}, "not": "y"})]}, "not an object of one test"),
        ({"definitions": [condition("x", {})]}, "not an object of one test"),
        ({"definitions": [condition("X", {"first_visit": True})]}, "name is not of the expected form"),
        ({"definitions": [condition("x", {"first_visit": False})]}, "first_visit is not true"),
        ({"definitions": [condition("x", {"all": []})]}, "empty or names something twice"),
        ({"definitions": [condition("x", {"any": ["a", "a"]})]}, "empty or names something twice"),
        ({"definitions": [condition("x", visited(topics=[]))]}, "names neither items nor topics"),
        ({"definitions": [condition("x", visited(days=731))]}, "days is out of range"),
        ({"definitions": [condition("x", visited(more=1))]}, "unknown field"),
        ({"definitions": [condition("x", task("paused"))]}, "task: is is not among begun, done"),
        ({"definitions": [condition("x", {"device": {"classes": ["watch"]}})]}, "is not among phone"),
        ({"definitions": [condition("x", {"hours": {"start": 24, "end": 24}})]}, "start is out of range"),
        ({"definitions": [DEFINITIONS[0]] * 2}, "a definition is named twice"),
        ({"definitions": [{**DEFINITIONS[13], "columns": ["a"] * 9}]}, "names something twice"),
        ({"definitions": [{**DEFINITIONS[13], "columns": list("abcdefghi")}]}, "more than 8 columns"),
        ({"definitions": [{**DEFINITIONS[13], "rows": [{"cells": ["yes"], "gives": "x"}]}]}, "not one of"),
        (
            {"definitions": [{**DEFINITIONS[13], "rows": [{"cells": ["yes", "so"], "gives": "x"}]}]},
            "not one of yes, no and any for each column",
        ),
        ({"questions": [QUESTIONS[0]] * 2}, "a question is named twice"),
        ({"questions": [{**QUESTIONS[0], "label": "observed"}]}, "label is not among"),
        ({"questions": [{**QUESTIONS[0], "about": ["loss"]}]}, "and not labelled so"),
        ({"questions": [{**QUESTIONS[0], "options": ["one"]}]}, "options is empty or names something"),
        ({"rules": [RULES[0]] * 2}, "a rule is named twice"),
        ({"rules": [rule("x", rung="urgent")]}, "rung is not among emergency, safety"),
        ({"rules": [rule("x", does="hide")]}, "does is not among offer, withhold"),
        ({"rules": [rule("x", egress="profile")]}, "egress is not among nothing, count, trigger"),
        ({"rules": [rule("x", review="2026-13-01")]}, "review is not of the expected form"),
        ({"rules": [rule("x", goal="")]}, "goal is not of the expected form"),
        ({"rules": [rule("x", items=[])]}, "names neither items nor topics"),
        ({"rules": [rule("x", cap={"times": 0, "days": 1})]}, "times is out of range"),
        ({"rules": [rule("x", price=5)]}, "unknown field"),
        ({"slots": [{**SOUND["slots"][0], "level": "magic"}]}, "level is not among"),
        ({"slots_a_page": 0}, "slots_a_page is out of range"),
        ({"interest_sessions": 6}, "interest_sessions is out of range"),
    ],
)
def test_rules_that_are_none_are_refused(changes: dict[str, Any], message: str) -> None:
    """The place is named; a fact that no device knows is no fact."""
    with pytest.raises(Malformed, match=message):
        Rules.parse(canonical.encode({**SOUND, **changes}))


PLACES = [
    (name, at, field)
    for name in ("definitions", "questions", "rules", "slots")
    for at, row in enumerate(SOUND[name])
    for field in row
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(place=st.sampled_from(PLACES), put=JSON)
def test_whatever_is_put_anywhere_is_read_exactly_or_refused(place: tuple[str, int, str], put: Any) -> None:
    """There is no third way: what is accepted prints back, what is not raises `Malformed` alone."""
    changed = copy.deepcopy(SOUND)
    name, at, field = place
    changed[name][at][field] = put
    raw = canonical.encode(changed)
    try:
        read = Rules.parse(raw)
    except Malformed:
        return
    assert read.to_bytes() == raw
