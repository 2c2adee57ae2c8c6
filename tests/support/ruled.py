"""Rules of version 2 for the small city of `tests.support.city`: something of all that the language has."""

from __future__ import annotations

import json
from typing import Any

from consent_ledger import canonical
from edge_client.wire.rules import Rules
from tests.support.city import rules

NEVER = ["/grief/first-days"]
# What a page says of itself, as rules name it.
MARK = "audience:tenants"


def slot(name: str, pages: list[str], **changes: Any) -> dict[str, Any]:
    """A slot of three places that the model fills behind the rules."""
    made = {
        "slot": name,
        "pages": pages,
        "count": 3,
        "kinds": ["information", "transaction"],
        "not_topics": ["home"],
        "per_topic": 2,
        "explore_milli": 100,
        "level": "model",
    }
    return {**made, **changes}


def rule(name: str, **changes: Any) -> dict[str, Any]:
    """A rule that offers the food licence on the home page to everyone."""
    made = {
        "name": name,
        "goal": "Let people find what they came for.",
        "owner": "Digital services",
        "review": "2027-05-01",
        "slot": "home",
        "rung": "suggestion",
        "does": "offer",
        "when": None,
        "items": ["/business/food-licence"],
        "topics": [],
        "cap": None,
        "cool_down_days": 0,
        "egress": "nothing",
    }
    return {**made, **changes}


def visited(**changes: Any) -> dict[str, Any]:
    """A test of two visits in two sessions within two weeks."""
    return {"visited": {"items": [], "topics": ["parking"], "least": 2, "days": 14, "sessions": 2, **changes}}


def task(state: str = "begun") -> dict[str, Any]:
    """A test of the parking permit as a task."""
    pages = {"begun": ["/parking/permit"], "done": ["/parking/permit/done"]}
    return {"task": {**pages, "days": 30, "is": state}}


def noticed_test(kind: str, **changes: Any) -> dict[str, Any]:
    """A test of one signal in this session, about parking or, for a form, about the permit's page."""
    of_a_form = kind.startswith("form")
    items, topics = (["/parking/permit"], []) if of_a_form else ([], ["parking"])
    least = {"least": 1, "days": 0, "sessions": 1, "bucket": int(kind == "read")}
    marks = {"marks": [MARK]} if kind == "marked" else {}
    return {"noticed": {"kind": kind, "items": items, "topics": topics, **least, **marks, **changes}}


def condition(name: str, when: dict[str, Any]) -> dict[str, Any]:
    """One named condition."""
    return {"name": name, "when": when}


DEFINITIONS = [
    condition("first", {"first_visit": True}),
    condition("parks", visited()),
    condition("permit-begun", task()),
    condition("is-business", {"answered": {"question": "role", "options": ["business"]}}),
    condition("grieves", {"answered": {"question": "loss", "options": ["yes"]}}),
    condition("over-sixty", {"answered": {"question": "age", "options": ["over-sixty"]}}),
    condition("evening", {"hours": {"start": 18, "end": 6}}),
    condition("phone", {"device": {"classes": ["phone"]}}),
    condition("english", {"language": {"langs": ["en"]}}),
    condition("searched", {"began_from": {"kinds": ["search"]}}),
    condition("comes-back", {"not": "first"}),
    condition("business-by-night", {"all": ["is-business", "evening"]}),
    condition("parks-or-began", {"any": ["parks", "permit-begun"]}),
    {
        "name": "stage",
        "columns": ["first", "permit-begun"],
        "rows": [
            {"cells": ["yes", "any"], "gives": "new"},
            {"cells": ["no", "yes"], "gives": "busy"},
        ],
        "otherwise": "back",
    },
    condition("is-back", {"table": {"name": "stage", "gives": ["back", "busy"]}}),
]

QUESTIONS = [
    {"name": "role", "options": ["business", "citizen"], "label": "declared", "about": []},
    {"name": "loss", "options": ["yes", "no"], "label": "sensitive", "about": ["bereavement"]},
    {"name": "age", "options": ["over-sixty", "younger"], "label": "declared", "about": []},
    {"name": "quarter", "options": ["north", "south"], "label": "place", "about": []},
]

RULES = [
    rule("welcome", when="first", items=["/moving/checklist", "/bins/collection-day"]),
    rule("go-on", when="permit-begun", rung="task", items=["/parking/permit"], cool_down_days=14),
    rule("park", when="parks", items=["/housing/repairs"], cap={"times": 2, "days": 7}),
    rule("trade", when="business-by-night", items=["/business/start"]),
    rule("mourn", when="grieves", items=["/grief/first-days"]),
]


def value(**changes: Any) -> dict[str, Any]:
    """The rules as a JSON value, with some fields changed."""
    old = json.loads(rules())
    made = {
        **old,
        "v": 2,
        "slots": [slot("home", ["/"]), slot("related", [])],
        "definitions": DEFINITIONS,
        "questions": QUESTIONS,
        "rules": RULES,
        "entitled_items": ["/housing/repairs"],
        "entitled_topics": [],
        "slots_a_page": 2,
        "interest_sessions": 2,
    }
    return {**made, **changes}


def parsed(**changes: Any) -> Rules:
    """The rules as a device reads them."""
    return Rules.parse(canonical.encode(value(**changes)))


def only(*rules_: dict[str, Any], **changes: Any) -> Rules:
    """The rules with no others than these."""
    return parsed(rules=list(rules_), **changes)
