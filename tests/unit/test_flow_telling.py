"""What a flow may tell the rules beside it, and how a quiet one is left in peace."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Refused
from edge_client.wire.flow import print_flow, print_flows
from edge_client.wire.flow_reading import parse_flows, read_flow
from edge_client.wire.rules import Rules
from lambdas.shared.publishing.flow_lint import lint_json
from lambdas.shared.publishing.flow_telling import telling_findings
from lambdas.shared.publishing.publication import publish
from tests.support.city import City, catalogue
from tests.support.flow_example import flow, text
from tests.support.ruled import parsed, rule, value

GRIEF, REPAIRS = "/grief/first-days", "/housing/repairs"
ASKS = text("Shall it be remembered?")
MOURN = rule("mourn", when="grieves", items=[GRIEF])


def telling(question: str = "loss", means: str = "yes", asks: Any = ASKS, **more: Any) -> dict[str, Any]:
    """A flow whose first question is one of the rules."""
    made = flow()
    row = {"option": "yes", "means": means, "asks": asks}
    made["questions"][0]["told"] = {"question": question, "options": [row]}
    return {**made, **more}


def found(written: dict[str, Any], rules: Rules | None = None) -> list[str]:
    """What is said of a flow beside these rules."""
    rules = rules or parsed(rules=[MOURN, rule("trade", when="is-business")])
    return [
        str(each) for each in telling_findings(read_flow(written, "flow"), rules=rules, catalogue=catalogue())
    ]


def test_what_is_told_prints_back_and_what_is_not_changes_no_flow() -> None:
    """Byte for byte; an answer that was kept is of the same question as before, for flows without it."""
    for written in (telling(), telling(asks=None), telling(tone="quiet", pages=[GRIEF])):
        assert print_flow(read_flow(written, "flow")) == written
        raw = print_flows((read_flow(written, "flow"),))
        assert print_flows(parse_flows(raw)) == raw
    plain = read_flow(flow(), "flow")
    assert "told" not in str(print_flow(plain))
    assert "tone" not in print_flow(plain)
    assert plain.question("work").digest != read_flow(telling(), "flow").question("work").digest


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"question": "loss", "options": []}, "options names none"),
        ({"question": "loss", "options": [{"option": "maybe", "means": "yes", "asks": None}]}, "lacks"),
        ({"question": "loss", "options": [{"option": "yes", "means": "yes", "asks": None}] * 2}, "twice"),
        ({"question": "Loss", "options": [{"option": "yes", "means": "yes", "asks": None}]}, "question"),
        ({"question": "loss", "options": [{"option": "yes", "means": "yes"}]}, "asks"),
        ({"question": "loss", "options": [{"option": "yes", "means": "yes", "asks": {"en": "Yes?"}}]}, "cy"),
        (None, "told"),
    ],
)
def test_what_a_flow_cannot_tell_is_not_read(told: Any, said: str) -> None:
    """No option, one that the question lacks or names twice, no name of a question, a language left out."""
    written = telling()
    written["questions"][0]["told"] = told
    with pytest.raises(Malformed, match=said):
        read_flow(written, "flow")


def test_only_a_question_with_one_answer_is_one_of_the_rules() -> None:
    """Rules know one answer to each question."""
    written = telling()
    written["questions"][1]["told"] = {
        "question": "loss",
        "options": [{"option": "rent", "means": "yes", "asks": None}],
    }
    with pytest.raises(Malformed, match="only a question of one answer"):
        read_flow(written, "flow")


def test_a_text_that_is_missing_in_what_is_asked_is_named() -> None:
    """As any other text of a flow."""
    (said, *_) = lint_json(telling(asks={"en": "Shall it?"}), today=date(2026, 11, 22))
    assert "asks: there is no text in cy" in str(said)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (telling(), []),
        (telling("role", "business", None), []),
        (
            telling("grief"),
            ["error: question work: told: the rules have no question grief; name one of rules.json"],
        ),
        (
            telling(means="perhaps"),
            ["error: question work: told: option yes: perhaps is no answer to loss; name one of yes, no"],
        ),
        (
            telling(asks=None),
            [
                "error: question work: told: option yes: asks: loss is sensitive, and nobody is asked in so "
                "many words; write what is asked before it is remembered, in every language of the flow"
            ],
        ),
        (
            telling("age", "younger"),
            [
                "warning: question work: told: no rule rests on it, so it is never kept; "
                "write one, or take it out"
            ],
        ),
    ],
    ids=["sensitive", "declared", "no-question", "no-option", "unasked", "unused"],
)
def test_what_does_not_fit_the_rules_is_said_with_its_place(written: dict[str, Any], said: list[str]) -> None:
    """A question or an option that the rules lack, something sensitive without its own question, and what
    nobody uses."""
    assert found(written) == said


def test_a_question_named_after_something_special_is_asked_in_so_many_words_too() -> None:
    """However it is labelled."""
    questions = [{"name": "health", "options": ["ill", "well"], "label": "declared", "about": []}]
    definitions = [{"name": "is-ill", "when": {"answered": {"question": "health", "options": ["ill"]}}}]
    rules = parsed(questions=questions, definitions=definitions, rules=[rule("rest", when="is-ill")])
    assert "health is sensitive" in str(found(telling("health", "ill", None), rules))
    assert found(telling("health", "ill"), rules) == []


def test_a_quiet_flow_lies_on_pages_where_nothing_is_suggested_and_leads_to_nothing_that_is_tried_out() -> (
    None
):
    """Its pages and what rules offer for its answers are sensitive, or the flow is refused: so no device
    plans for them, explores with them, or counts what became of them."""
    quiet = telling(tone="quiet", pages=[GRIEF])
    assert found(quiet) == []
    assert "says nowhere which pages ask it" in str(found({**quiet, "pages": []}))
    assert f"suggestions may stand on {REPAIRS}" in str(found({**quiet, "pages": [GRIEF, REPAIRS]}))
    offers = parsed(rules=[rule("mourn", when="grieves", items=[REPAIRS])])
    assert f"rule mourn offers {REPAIRS} for an answer to it" in str(found(quiet, offers))
    assert found(telling(), offers) == []


def test_such_a_flow_is_not_published(tmp_path: Path) -> None:
    """Neither one that tells what the rules do not ask, nor one that is not left in peace."""
    city = City(tmp_path, rules=canonical.encode(value(rules=[MOURN])))
    for written, said in (
        (telling("grief"), "question work: told: the rules have no question grief"),
        (telling(tone="quiet", pages=[REPAIRS]), "suggestions may stand on"),
    ):
        flows = print_flows((read_flow(written, "flow"),))
        files = city.files()
        files = replace(files, by_name={**files.by_name, "flows.json": flows})
        with pytest.raises(Refused, match=f"flow example: .*{said}"):
            publish(
                files,
                shelf=city.shelf,
                signer=city.agency,
                log=city.log,
                keys=city.keys,
                now=int(time.time()),
            )
