"""What an author gets wrong is said with its place and its fix; importers read other formats strictly."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from consent_ledger.errors import Malformed, Refused
from edge_client.wire.flow_reading import read_flow
from lambdas.shared.publishing.flow_lint import check_flows, lint_json
from nearside.importing.imported import Ids, plain_text
from nearside.importing.licences import import_licences
from nearside.importing.smart_answers import NEXT_STEPS, import_results
from nearside.importing.usagov import import_benefit_finder
from tests.support.flow_example import NEEDS, flow, setting, text

DEMO = Path(__file__).resolve().parent.parent.parent / "demo/agency/flows.json"
TODAY = date(2026, 11, 22)

NEVER: dict[str, Any] = {"any": []}
FINDINGS: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "a text that is missing": (
        lambda value: value["questions"][1]["options"][0]["text"].pop("cy"),
        "error: flow: questions help: options rent: text: there is no text in cy; "
        'write "cy" beside the others',
    ),
    "a question for nobody": (
        setting(
            "questions", 2, "when", to={"all": [{"q": "work", "in": ["yes"]}, {"q": "help", "in": ["care"]}]}
        ),
        "error: question born: when: nobody is ever asked; change its condition, or take it out",
    ),
    "an option for nobody": (
        setting("questions", 1, "options", 1, "when", to=NEVER),
        "error: question help: option care: when: it is never offered; change its condition, or take it out",
    ),
    "a question that decides nothing": (
        setting("outcomes", 0, "needs", to=[]),
        "warning: question work: no outcome depends on the answer, so it is never put; "
        "name it in a need, or take it out",
    ),
    "a need that nothing meets": (
        setting(*NEEDS, 1, "test", to={"q": "rooms", "op": ">", "to": 20}),
        "error: outcome support: need 2: no answers meet it; correct its condition",
    ),
    "a need that everything meets": (
        setting("outcomes", 1, "needs", to=[{"text": text("x"), "test": {"all": []}}]),
        "warning: outcome advice: need 1: all answers meet it; correct it, or take it out",
    ),
    "a need that nobody asks about": (
        setting("outcomes", 1, "needs", to=[{"text": text("x"), "test": None}]),
        "warning: outcome advice: need 1: no question asks about it, so it stays open; ask about it",
    ),
    "needs that contradict each other": (
        setting(*NEEDS, 1, "test", to={"q": "born", "op": ">", "at": {"ago": 10, "unit": "years"}}),
        "error: outcome support: its needs contradict each other; change one of them",
    ),
    "answers that lead nowhere": (
        lambda value: value["outcomes"].pop(),
        "warning: outcomes: some answers lead to none of them, for example work yes; "
        "add an outcome for everybody, such as whom to ask",
    ),
    "what is no flow": (
        setting("order", to="chance"),
        "error: flow: order is not of the expected form; write it as docs/formats/flow.md says",
    ),
}


@pytest.mark.parametrize("name", FINDINGS)
def test_an_author_is_told_the_place_and_the_fix(name: str) -> None:
    """Each mistake that an author can make is named, with where it is and what to do."""
    change, said = FINDINGS[name]
    value = copy.deepcopy(flow())
    change(value)
    assert said in [str(finding) for finding in lint_json(value, today=TODAY)]


def test_a_flow_with_a_fatal_finding_is_not_published_and_one_with_warnings_is() -> None:
    """Publishing refuses what could not be answered rightly, and lets warnings pass."""
    open_ = flow()
    open_["outcomes"].pop()
    check_flows([read_flow(open_, "flow")], today=TODAY)
    wrong = flow()
    wrong["questions"][1]["options"][1]["when"] = NEVER
    with pytest.raises(Refused, match="flow example: question help: option care: when: it is never offered"):
        check_flows([read_flow(wrong, "flow")], today=TODAY)


def test_the_demo_citys_flows_have_no_finding() -> None:
    """What the demo ships is as its linter wants it."""
    flows = json.loads(DEMO.read_text("utf-8"))["flows"]
    assert [lint_json(value, today=TODAY) for value in flows] == [(), ()]


@pytest.mark.parametrize("raw", [b"{}", b"[]", b"\xff", b'{"data":{"lifeEventForm":{},"benefits":[]}}'])
def test_importers_refuse_what_is_of_another_format(raw: bytes) -> None:
    """A file that is not what an importer reads is malformed, whatever it is."""
    with pytest.raises(Malformed):
        import_benefit_finder(raw, language="en", life_event="x")
    with pytest.raises(Malformed):
        import_results(raw, rules=NEXT_STEPS.read_bytes())
    with pytest.raises(Malformed):
        import_licences(sectors=raw, activities=raw, licences=raw)


def test_words_of_a_source_become_plain_text_and_ids_of_their_own() -> None:
    """Markup goes, paragraphs stay lines; equal names get different ids."""
    assert (
        plain_text("<p>One &amp;&nbsp;<strong>two</strong></p><ul><li>three</li></ul>") == "One & two\nthree"
    )
    ids = Ids()
    assert [ids.of("Sí, señor"), ids.of("Si senor"), ids.of("…")] == ["si-senor", "si-senor-2", "x"]
