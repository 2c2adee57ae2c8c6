"""What somebody does on a made-up site: pages looked at, answers, wishes, and minds changed."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from edge_client.profile import DAY_MS
from edge_client.signals.signal import Switch
from edge_client.wire.audience import CameFrom, DeviceClass
from tests.support.city import NOW_MS, notice_value
from tests.support.light_conditions import MARKS, SIGNALS, TOPICS
from tests.support.light_sites import HOME

STEPS_BELOW = ("/form", "/done")


def device(dice: Random, value: dict[str, Any], *, longest: int = 14) -> list[list[Any]]:
    """Make up what somebody does on a site, from the first yes on: what, and when."""
    rules, pages = (
        json.loads(value["rules"]),
        [item["id"] for item in json.loads(value["catalogue"])["items"]],
    )
    at_ms = NOW_MS
    words = notice_value()
    steps: list[list[Any]] = [
        ["choice", {"given": ["suggest", "learn"], "gpc": "absent", "notice": words}, at_ms],
        ["bundle", {}, at_ms],
    ]
    for _ in range(dice.randrange(3, longest)):
        at_ms += dice.choice((20_000, 20_000, 40 * 60_000, DAY_MS, 9 * DAY_MS))
        kind, what = _step(dice, rules, pages, at_ms, words)
        steps.append([kind, what, at_ms])
        if kind == "dismissed" and dice.random() < 0.4:
            at_ms += 20_000
            steps.append(["wanted", dice.choice((what, what, _translated(what))), at_ms])
    return steps


def _step(dice: Random, rules: dict[str, Any], pages: list[str], at_ms: int, words: Any) -> list[Any]:
    page = dice.choice(pages)
    match dice.choices(
        (
            "view",
            "noticed",
            "answer",
            "topic",
            "pin",
            "dismissed",
            "switched",
            "another",
            "unseen",
            "grouped",
            "cleared",
            "choice",
        ),
        (22, 6, 4, 2, 3, 2, 2, 1, 1, 1, 1, 1),
    )[0]:
        case "view":
            return ["view", view(dice, pages, _of_tasks(rules))]
        case "noticed":
            kind = dice.choice(SIGNALS)
            about = (
                " ".join(dice.sample(("Parking", "bins", "12", "housing", "me"), 2))
                if kind == "searched"
                else page
            )
            mark = [dice.choice(MARKS)] if kind == "marked" else []
            bucket = dice.randrange(4) if kind == "read" else 0
            return ["noticed", [[kind, about, at_ms - dice.randrange(9_000), bucket, *mark]]]
        case "answer":
            question = dice.choice(rules["questions"])
            return [
                "said",
                {
                    "type": "answer",
                    "question": question["name"],
                    "option": dice.choice([*question["options"], None]),
                    "in_flow": (True, False, 1, "true")[len(page) % 4],
                },
            ]
        case "topic":
            return [
                "said",
                {
                    "type": "topic",
                    "topic": dice.choice((page, *TOPICS)),
                    "stance": dice.choice(("follow", "stop", None)),
                },
            ]
        case "pin":
            pinned = {
                "type": dice.choice(("pin", "pin", "unpin")),
                "item": page,
                "slot": dice.choice(("home", "more")),
            }
            return ["said", pinned]
        case "dismissed" | "unseen" as kind:
            return [kind, page]
        case "switched":
            kind = dice.choice(list(Switch)).value
            days = {"days": dice.choice((None, 1, 8))}
            return ["switched", {"kind": kind, **dice.choice((days, {"on": False}, {"on": True}))}]
        case "grouped":
            return ["grouped", dice.random() < 0.5]
        case "another":
            return ["another", at_ms - dice.randrange(50 * 60_000)]
        case "choice":
            given = dice.choice((["learn"], ["suggest"], [], ["suggest", "learn"]))
            return ["choice", {"given": given, "gpc": "absent", "notice": words}]
        case kind:
            return [kind, None]


def _translated(page: str) -> str:
    """The page in the site's other language, where it has one."""
    return page.removeprefix("/ar") or "/" if page.startswith("/ar") else f"/ar{page}".rstrip("/")


def _of_tasks(rules: dict[str, Any]) -> list[str]:
    """The pages where tasks begin and end: few would find them by chance."""
    tasks = [each["when"]["task"] for each in rules["definitions"] if "task" in each.get("when", {})]
    return [page for each in tasks for page in (*each["begun"], *each["done"])]


def view(dice: Random, pages: list[str], of_tasks: list[str]) -> dict[str, Any]:
    """Make up a page view, its time apart."""
    item = dice.choice((HOME, HOME, *pages)) + dice.choice(("", "", "", *STEPS_BELOW))
    if of_tasks and dice.random() < 0.3:
        item = dice.choice(of_tasks)
    return {
        "item": item.replace("//", "/"),
        "lang": dice.choice(("en", "en", "ar")),
        "links": dice.sample(pages, 4),
        "shown": dice.sample(pages, dice.randrange(3)),
        "reminded": dice.sample(pages, dice.randrange(2)),
        "context": {
            "hour": dice.choice((None, 3, 12, 20)),
            "device": dice.choice((None, *DeviceClass)),
            "came_from": dice.choice((None, *CameFrom)),
        },
    }
