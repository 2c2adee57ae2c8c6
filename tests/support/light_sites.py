"""Made-up sites: a catalogue, rules of any kind about its pages, and archetypes."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from consent_ledger import canonical
from consent_ledger.fields import print_base64
from edge_client.wire.archetypes import Archetypes
from edge_client.wire.catalogue import Catalogue, hash_pages
from edge_client.wire.rules import Rules, sensitive_pages
from tests.support.city import NOW_MS, SITE
from tests.support.light_conditions import (
    CALENDARS,
    GROUPS,
    LEAVES,
    OFTEN,
    SENSITIVE,
    SIGNALS,
    TOPICS,
    make_definitions,
    make_leaf,
    make_noticed,
)

PAGES = 18
HOME = "/"
EXPIRES_S = NOW_MS // 1000 + 400 * 24 * 60 * 60


def world(dice: Random, *, conditions: int = 16, rules: int = 14, plain: bool = False) -> dict[str, Any]:
    """Make up a site; its rules name nothing that is not above, and need not be such as an agency may use.

    A plain one has a rule for one condition of every simple kind.
    """
    catalogue = _catalogue(dice)
    ids = [item["id"] for item in catalogue["items"]]
    made = {
        "catalogue": _text(catalogue),
        "rules": _text(
            _plain_rules(dice, ids) if plain else _rules(dice, ids, conditions=conditions, rules=rules)
        ),
        "archetypes": None,
        "version": 1,
        "expires": EXPIRES_S,
    }
    if dice.random() < 0.9:
        made["archetypes"] = _text(_archetypes(dice, made))
    return made


def _catalogue(dice: Random) -> dict[str, Any]:
    items: list[dict[str, Any]] = []
    for number in range(PAGES):
        topic = TOPICS[number % len(TOPICS)]
        path, other = (
            (HOME, "/ar") if number == 0 else (f"/{topic}/page-{number}", f"/ar/{topic}/page-{number}")
        )
        shared = {
            "topic": "home" if number == 0 else topic,
            "kind": dice.choice(("information", "transaction")),
            "life_events": [],
            "essential": dice.random() < 0.1,
        }
        has_both = dice.random() < 0.6
        items.append(
            {
                **shared,
                "id": path,
                "lang": "en",
                "title": f"{topic.capitalize()} page {number}",
                "summary": "What it is about.",
                "translations": {"ar": other} if has_both else {},
            }
        )
        if has_both:
            arabic = {"id": other, "lang": "ar", "title": f"صفحة {number}", "summary": "عن الصفحة."}
            items.append({**shared, **arabic, "translations": {"en": path}})
        if dice.random() < 0.2:
            items[-1]["picture"] = {"name": f"drawing-{number}", "alt": "A drawing."}
    return {"v": 1, "site": SITE, "items": sorted(items, key=lambda item: str(item["id"]))}


def _rules(dice: Random, ids: list[str], *, conditions: int, rules: int) -> dict[str, Any]:
    definitions = make_definitions(dice, ids, conditions)
    names = [each["name"] for each in definitions if "when" in each]
    slots = [
        _slot(dice, "home", [HOME, "/ar"]),
        _slot(dice, "more", []),
        _slot(dice, "beside", dice.sample(ids, 3)),
    ]
    more = {"half_life_days": dice.choice((5, 30))} if dice.random() < 0.4 else {}
    return {
        **more,
        "v": 2,
        "slots": slots,
        "definitions": definitions,
        "calendars": CALENDARS,
        "questions": [
            {"name": "role", "options": ["business", "citizen"], "label": "declared", "about": []},
            {"name": "loss", "options": ["yes", "no"], "label": "sensitive", "about": [SENSITIVE]},
            {
                "name": "constructor",
                "options": ["north", "south"],
                "label": "place",
                "about": [],
                "keep_days": 7,
            },
        ],
        "rules": [_rule(dice, f"rule-{number}", ids, names) for number in range(rules)],
        "recent_pages": 5,
        "decay_milli": 600,
        "keep_days": dice.choice((30, 90)),
        "never_topics": [SENSITIVE],
        "never_items": dice.sample(ids, 1),
        "entitled_items": [],
        "entitled_topics": [],
        "slots_a_page": dice.choice((1, 2, 3)),
        "interest_sessions": dice.choice((1, 2)),
    }


def _plain_rules(dice: Random, ids: list[str]) -> dict[str, Any]:
    made = _rules(dice, ids, conditions=0, rules=0)
    tests = [make_leaf(dice, ids, kind) for kind in (*LEAVES, "task", "task")]
    noticed = [{"noticed": {**OFTEN, **make_noticed(ids[:3], kind)}} for kind in SIGNALS]
    definitions = [{"name": f"c-{number}", "when": test} for number, test in enumerate((*tests, *noticed))]
    first = next(each["name"] for each in definitions if "first_visit" in each["when"])
    definitions.append({"name": "returning", "when": {"not": first}})
    rules = [
        {
            **_rule(dice, f"rule-{number}", ids, []),
            "when": each["name"],
            "does": "offer",
            "rung": "suggestion",
        }
        for number, each in enumerate(definitions)
    ]
    dice.shuffle(rules)
    return {**made, "definitions": definitions, "rules": rules, "slots_a_page": 3}


def _slot(dice: Random, name: str, pages: list[str]) -> dict[str, Any]:
    return {
        "slot": name,
        "pages": pages,
        "count": dice.choice((1, 1, 2, 3)),
        "kinds": dice.choice(
            (["information", "transaction"], ["information", "transaction"], ["information"])
        ),
        "not_topics": ["home"],
        "per_topic": dice.choice((1, 2, 3)),
        "explore_milli": 100,
        "level": dice.choice(
            ("rules", "rules", "scored", "model", "editorial") if name != "more" else ("rules", "scored")
        ),
    }


def _rule(dice: Random, name: str, ids: list[str], names: list[str]) -> dict[str, Any]:
    rung = dice.choice(("emergency", "safety", "task", "reminder", "suggestion", "suggestion"))
    return {
        "name": name,
        "goal": "Let people find what they came for.",
        "owner": "Digital services",
        "review": "2027-05-01",
        "slot": dice.choice(("home", "more", "more", "beside")),
        "rung": rung,
        "does": dice.choice(("offer", "offer", "offer", "withhold")),
        "when": dice.choice((None, *names)),
        "items": dice.sample(ids, dice.randrange(1, 4)),
        "topics": [dice.choice(TOPICS)] if rung == "suggestion" and dice.random() < 0.5 else [],
        "cap": {"times": dice.choice((1, 2)), "days": 7} if dice.random() < 0.3 else None,
        "cool_down_days": dice.choice((0, 0, 14)),
        "egress": "nothing",
    }


def _archetypes(dice: Random, made: dict[str, Any]) -> dict[str, Any]:
    pages = Catalogue.parse(made["catalogue"].encode())
    sensitive = sensitive_pages(pages, Rules.parse(made["rules"].encode()))
    rows = [
        [0, 0] if item.id in sensitive else [dice.randrange(128), dice.randrange(128)] for item in pages.items
    ]
    table = bytes(value for row in rows for value in row)
    parsed = Archetypes.parse(
        _text(
            {
                "v": 1,
                "site": SITE,
                "pages_hash": hash_pages(pages.pages),
                "pages": len(pages.items),
                "recent": 6,
                "decay_milli": 700,
                "least_pages": 3,
                "floor_milli": 400,
                "archetypes": [{"name": name, "typical": [1]} for name in GROUPS],
                "table": print_base64(table),
            }
        ).encode()
    )
    value: dict[str, Any] = json.loads(parsed.to_bytes())
    return value


def _text(value: Any) -> str:
    return canonical.encode(value).decode()
