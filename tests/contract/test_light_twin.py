"""What a device without Python decides and keeps is what its Python does, where that asks no model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from edge_client.decided import Decided, Line
from edge_client.explanation import ReasonKind
from edge_client.outcomes.kept import Outcome, Outcomes
from edge_client.page_messages import SAID
from edge_client.rules.pipeline import Why
from edge_client.told import Told
from tests.support.light import decided, opened, verdict, walked
from tests.support.light_days import device
from tests.support.light_sites import world
from tests.support.light_vectors import FILE, fates_in, kind_of, kinds, reasons_in
from tests.support.node_twin import Twin, in_javascript

SCRIPT = Path(__file__).resolve().parent.parent / "support/light_batch.mjs"
NOTHING = Told().to_bytes().decode()
# What only a model's order takes away, or gives as a reason.
OF_A_MODEL = {Why.NO_SCORE}
REASONS_OF_A_MODEL = {
    ReasonKind.THIS_PAGE,
    ReasonKind.LOOKED_AT,
    ReasonKind.EXPLORE,
    ReasonKind.POPULAR,
    ReasonKind.OPENED,
}


@pytest.fixture(scope="module")
def javascript() -> Iterator[Twin]:
    with in_javascript(SCRIPT) as twin:
        yield twin


@pytest.fixture(scope="module")
def vectors() -> dict[str, Any]:
    value: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return value


def test_the_vectors_are_what_python_decides(vectors: dict[str, Any]) -> None:
    """Rules that change what Python decides make vectors that are made anew, and twins that follow them."""
    sites = [opened(site) for site in vectors["worlds"]]
    wrong = [
        number
        for number, case in enumerate(vectors["cases"])
        if decided(sites[case["world"]], case["kept"], case["view"]) != case["expected"]
    ]
    assert (len(vectors["cases"]) > 250, wrong) == (True, [])


def test_javascript_decides_the_same(vectors: dict[str, Any], javascript: Twin) -> None:
    """Plan, order, reasons and what became of every offer are the same to the byte."""
    worlds = vectors["worlds"]
    wrong = {
        number: answer
        for number, case in enumerate(vectors["cases"])
        if (
            answer := javascript(
                {
                    "do": "decide",
                    "world": worlds[case["world"]],
                    "kept": case["kept"],
                    "view": case["view"],
                }
            )
        )
        != case["expected"]
    }
    assert wrong == {}


def test_every_kind_of_condition_has_vectors(vectors: dict[str, Any]) -> None:
    """A kind of condition that Python learns is one that the vectors lack, until both know it."""
    definitions = [
        definition for site in vectors["worlds"] for definition in json.loads(site["rules"])["definitions"]
    ]
    assert {kind_of(each) for each in definitions} - {""} == kinds()
    assert any("columns" in each for each in definitions)


def test_every_fate_and_reason_has_vectors(vectors: dict[str, Any]) -> None:
    """Each step of the pipeline takes something away in some vector, and each reason is given in one."""
    all_expected = [case["expected"] for case in vectors["cases"]]
    fates = {fate for each in all_expected for fate in fates_in(each["offers"])}
    reasons = {kind for each in all_expected for kind in reasons_in(each["plan"])}
    assert fates == set(Why) - OF_A_MODEL
    assert reasons == set(ReasonKind) - REASONS_OF_A_MODEL


@pytest.mark.parametrize("seed", range(40))
def test_a_device_keeps_the_same(seed: int, javascript: Twin) -> None:
    """Whatever somebody does, both keep the same bytes and tell pages the same: either goes on with the
    other's."""
    dice = Random(1000 + seed)
    site = world(dice)
    steps = device(dice, site, longest=24)
    end_ms = steps[-1][2] + 60_000
    steps.append(["choice", {**steps[0][1], "given": []}, end_ms])
    steps.append(["cleared", None, end_ms + 1])  # no consent covers when that was
    assert javascript({"do": "walk", "world": site, "steps": steps}) == walked(site, steps)


def test_a_page_that_becomes_sensitive_is_kept_no_more(javascript: Twin) -> None:
    """Neither a pin on it nor when it was called not relevant; nor a new pin on one that is."""
    pages = ("/bins/page-5", "/business/page-1", "/grief/page-2", "/housing/page-3")
    found = 0
    for seed in range(6):
        dice = Random(seed)
        site = world(dice)
        rules = json.loads(site["rules"])
        rules["rules"][0]["cool_down_days"] = 14
        site["rules"] = canonical.encode({**rules, "never_items": []}).decode()
        stricter = canonical.encode({**rules, "never_items": list(pages)}).decode()
        steps = device(dice, site, longest=4)[:2]
        at_ms = steps[-1][2]
        for item in pages:
            steps.append(["dismissed", item, at_ms + 1])
            steps.append(["said", {"type": "pin", "slot": "home", "item": item}, at_ms + 2])
        before = len(steps)
        steps.append(["bundle", {"rules": stricter, "archetypes": None}, at_ms + 3])
        states = walked(site, steps)
        assert javascript({"do": "walk", "world": site, "steps": steps}) == states
        told = [
            Told.from_bytes((state["kept"]["told"] or NOTHING).encode()) for state in states[before - 1 :]
        ]
        assert set(told[0].pins["home"]) == {page for page in pages if "grief" not in page}
        assert told[1].pins == told[1].refused_ms == {}
        found += len(told[0].refused_ms)
    assert found > 6


def test_whatever_a_citizen_may_tell_is_taken_in(javascript: Twin) -> None:
    """Pages forget what was taken in: a worker that says so of what it does not know would lose a wish."""
    assert javascript({"do": "said"}) == list(SAID)


def test_rules_that_python_refuses_are_refused(javascript: Twin) -> None:
    """Both take the same rules for fit to be used, whatever is wrong with them."""
    said: dict[str, int] = {}
    for seed in range(400):
        dice = Random(seed)
        site = world(dice, conditions=dice.randrange(1, 4), rules=dice.randrange(1, 3))
        expected, found = verdict(site), javascript({"do": "check", **site})
        assert (seed, found if isinstance(found, str) else found["error"]) == (seed, expected)
        said[expected] = said.get(expected, 0) + 1
    assert min(said.get("sound", 0), said.get("Refused", 0)) > 20


@pytest.mark.parametrize(
    ("kind", "marks", "expected"),
    [
        ("marked", ["audience:tenants", "content:5fe3c59c-7631-11e4-a3cb-005056011aef"], "sound"),
        ("marked", ["life-event:grief"], "Refused"),
        ("marked", ["audience:disabled-people"], "Refused"),
        ("marked", ["audience:Tenants"], "Malformed"),
        ("marked", ["audience:tenants\n"], "Malformed"),
        ("marked", ["audience:jane@example.org"], "Malformed"),
        ("marked", ["author:jane"], "Malformed"),
        ("marked", ["audience:loss-and-grief"], "Refused"),
        ("marked", ["audience:tenants", "audience:tenants"], "Malformed"),
        ("marked", [], "Malformed"),
        ("clicked", ["audience:tenants"], "Malformed"),
    ],
)
def test_both_read_and_refuse_the_same_marks(
    kind: str, marks: list[str], expected: str, javascript: Twin
) -> None:
    """Where one device would take rules that another leaves, two would not do the same."""
    site = world(Random(1), plain=True)
    rules = json.loads(site["rules"])
    assert rules["never_topics"] == ["grief"]
    when = {"kind": kind, "items": [], "topics": ["bins"], "least": 1, "days": 0, "sessions": 1, "bucket": 0}
    rules["definitions"] = [{"name": "says-so", "when": {"noticed": {**when, "marks": marks}}}]
    rules["rules"] = [{**rules["rules"][0], "when": "says-so"}]
    site["rules"] = canonical.encode(rules).decode()
    found = javascript({"do": "check", **site})
    assert (found if isinstance(found, str) else found["error"]) == expected
    if expected == "Malformed":
        with pytest.raises(Malformed):
            verdict(site)
    else:
        assert verdict(site) == expected


@pytest.mark.parametrize(
    ("label", "option", "expected"),
    [
        ("declared", "business", "sound"),
        ("declared", "disability", "Refused"),
        ("place", "union-member", "Refused"),
        ("sensitive", "disability", "sound"),
    ],
)
def test_both_want_what_is_sensitive_labelled_so(
    label: str, option: str, expected: str, javascript: Twin
) -> None:
    """Also of a question that no page asks."""
    asked = {"name": "role", "options": [option, "citizen"], "label": label, "about": []}
    site = world(Random(1), plain=True)
    rules = {**json.loads(site["rules"]), "questions": [asked]}
    when = {"answered": {"question": "role", "options": ["citizen"]}}
    rules["definitions"] = [{"name": "says-so", "when": when}]
    rules["rules"] = [{**rules["rules"][0], "when": "says-so"}]
    site["rules"] = canonical.encode(rules).decode()
    found = javascript({"do": "check", **site})
    assert (verdict(site), found if isinstance(found, str) else found["error"]) == (expected, expected)


def test_what_is_kept_for_the_model_beside_changes_nothing(vectors: dict[str, Any], javascript: Twin) -> None:
    """A device that had Python yesterday keeps outcomes and decisions too: they are read past."""
    worlds, read = vectors["worlds"], 0
    for case in vectors["cases"]:
        if case["kept"]["shown"] is not None and read < 10:
            kept = Decided.from_bytes(case["kept"]["shown"].encode())
            both = replace(kept, outcomes=Outcomes((Outcome("/a", 1, 1),)), lines=(Line(1, "ab" * 32, b""),))
            known = {**case["kept"], "shown": both.to_bytes().decode()}
            given = {"do": "decide", "world": worlds[case["world"]], "kept": known, "view": case["view"]}
            assert javascript(given) == case["expected"]
            read += 1
    assert read == 10
