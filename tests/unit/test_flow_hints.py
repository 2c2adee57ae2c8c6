"""Answers suggested by what this device saw: fewer questions to answer, and none answered without a yes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support import node_twin

ROOT = Path(__file__).resolve().parent.parent.parent
FLOWS = json.loads((ROOT / "demo/agency/flows.json").read_text(encoding="utf-8"))["flows"]
(LICENCES,) = (each for each in FLOWS if each["name"] == "business-licences")
# Somebody who opens a nursery in a shop.
NURSERY = {
    "trade": ["children"],
    "children": 10,
    "place": "shop",
    "pavement": "no",
    "change": "yes",
    "empty": "no",
}
DAYCARE = ["/business/daycare-licence", "Apply for a daycare licence", 1]
STALL = ["/business/market-stall", "Apply for a market stall", 2]
RELIEF = ["/business/property-tax-relief", "Business property tax and relief", 3]
ALCOHOL = ["/business/alcohol-licence", "Apply for an alcohol licence", 4]
OTHER = ["/parking/zones", "Parking zones", 5]


def walked(*visits: list[Any]) -> dict[str, Any]:
    """What the nursery's owner is asked, and what is suggested, after these visits."""
    found: dict[str, Any] = node_twin.played("hints.mjs", [LICENCES, "2026-11-22", visits, NURSERY])
    return found


def asked(walk: dict[str, Any]) -> list[str]:
    """The questions that had to be answered from nothing."""
    return [question for kind, question in walk["put"] if kind == "ask"]


def test_visits_leave_fewer_questions_to_answer() -> None:
    """Six without a visit, four after two of pages that say something; each is still put, to be confirmed."""
    without, after = walked(OTHER), walked(DAYCARE, OTHER, RELIEF)
    assert (len(asked(without)), len(asked(after))) == (6, 4)
    assert after["put"][0] == ["confirm", "trade"]
    assert [question for _, question in after["put"]] == [question for _, question in without["put"]]


def test_a_suggestion_names_the_pages_that_it_rests_on() -> None:
    """Their titles, and of no others."""
    assert walked(DAYCARE, OTHER, RELIEF)["because"] == {"trade": [DAYCARE[1]], "place": [RELIEF[1]]}


def test_visits_that_say_two_things_suggest_neither() -> None:
    """Of a question with one answer; of one with several all are suggested."""
    after = walked(RELIEF, STALL, DAYCARE, ALCOHOL)
    assert "place" not in after["answers"]
    assert after["answers"]["trade"] == ["alcohol", "children"]


def test_a_wrong_suggestion_costs_no_answer() -> None:
    """It is refused, and the question answered as ever."""
    after = walked(STALL)
    assert after["answers"] == {"place": "market"}
    assert len(asked(after)) == len(asked(walked()))
