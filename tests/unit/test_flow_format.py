"""The format of flows is strict: what is none is refused with its place."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from edge_client.flows.saving import Saved
from edge_client.wire.flow import print_flows
from edge_client.wire.flow_reading import parse_flows, read_flow
from lambdas.shared.publishing.flow_lint import lint_json
from tests.support.flow_example import NEEDS, QUESTION, flow, option, setting

TODAY = date(2026, 11, 22)


def test_every_kind_of_question_and_condition_prints_as_it_was_read() -> None:
    """A flow that uses all of the format is canonical JSON again after reading."""
    raw = canonical.encode({"v": 1, "flows": [flow()]})
    assert print_flows(parse_flows(raw)) == raw
    assert lint_json(flow(), today=TODAY) == ()


BAD: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "an unknown field": (setting("colour", to="red"), "flow: unknown field"),
    "no languages": (setting("languages", to=[]), "languages is empty"),
    "a language twice": (setting("languages", to=["en", "en"]), "languages holds something twice"),
    "a text in no language of the flow": (setting("title", "ar", to="x"), "flow: title: unknown field"),
    "an empty text": (setting("title", "cy", to=" "), "flow: title: cy is not of the expected form"),
    "an unknown order": (setting("order", to="chance"), "order is not of the expected form"),
    "what tells a decision": (setting("tells", to="entitled"), "tells is not of the expected form"),
    "an unknown kind": (
        setting(*QUESTION, "kind", to="text"),
        "questions 1: kind is not of the expected form",
    ),
    "one option to choose from": (
        setting(*QUESTION, "options", to=[option("yes")]),
        "questions 1: too few options",
    ),
    "an option twice": (
        setting(*QUESTION, "options", to=[option("yes")] * 2),
        "question work: options holds an id twice",
    ),
    "an option of single with a when": (
        setting(*QUESTION, "options", 0, "when", to={"any": []}),
        "questions 1: only options of several may have a when",
    ),
    "a page that is no path": (setting(*QUESTION, "options", 0, "pages", to=["/a?b"]), "not a scrubbed path"),
    "a section that is not there": (
        setting(*QUESTION, "section", to="them"),
        "question work: no such section",
    ),
    "a group that is not there": (
        setting("outcomes", 0, "groups", to=["tax"]),
        "outcome support: no such group",
    ),
    "a condition on a later question": (
        setting(*QUESTION, "when", to={"q": "born", "op": "<", "at": {"on": "2000-01-01"}}),
        "question work: asks about born, which is no earlier question",
    ),
    "a condition on itself": (
        setting("questions", 1, "when", to={"q": "help", "none": True}),
        "no earlier question",
    ),
    "an option that is not there": (
        setting(*NEEDS, 0, "test", to={"q": "work", "in": ["maybe"]}),
        "does not fit the answers to work",
    ),
    "a number compared with a day": (
        setting(*NEEDS, 0, "test", to={"q": "rooms", "op": "<", "at": {"on": "2000-01-01"}}),
        "does not fit the answers to rooms",
    ),
    "none of a single": (
        setting(*NEEDS, 0, "test", to={"q": "work", "none": True}),
        "does not fit the answers to work",
    ),
    "none that is not": (setting(*NEEDS, 0, "test", to={"q": "help", "none": False}), "none is not true"),
    "no option": (
        setting(*NEEDS, 0, "test", to={"q": "work", "in": []}),
        "in is not a list of different options",
    ),
    "an unknown comparison": (
        setting(*NEEDS, 0, "test", to={"q": "rooms", "op": "!=", "to": 4}),
        "op is not of the expected form",
    ),
    "a condition of no kind": (
        setting(*NEEDS, 0, "test", to={"some": []}),
        "not one of the known conditions",
    ),
    "a day that no calendar has": (
        setting(*NEEDS, 0, "test", "at", to={"on": "2023-02-29"}),
        "not a day",
    ),
    "a unit that is none": (
        setting(*NEEDS, 0, "test", "at", "unit", to="weeks"),
        "unit is not of the expected form",
    ),
    "limits the wrong way round": (
        setting("questions", 3, "high", to=1),
        "questions 4: high is out of range",
    ),
    "an address of another scheme": (
        setting("outcomes", 0, "href", "en", to="javascript:x"),
        "href: en is not of the expected form",
    ),
    "an address of another host without a scheme": (
        setting("outcomes", 0, "href", "en", to="//evil.example"),
        "href: en",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_flow_is_refused_with_its_place(name: str) -> None:
    """Each thing that the format does not have is malformed, and the error says where."""
    change, said = BAD[name]
    value = copy.deepcopy(flow())
    change(value)
    with pytest.raises(Malformed) as refused:
        read_flow(value, "flow")
    assert said in str(refused.value)


def test_conditions_are_nested_only_so_deep() -> None:
    """A condition that goes on and on is refused before anything recurses over it."""
    value = flow()
    deep: dict[str, Any] = {"any": []}
    for _ in range(12):
        deep = {"not": deep}
    value["questions"][1]["when"] = deep
    with pytest.raises(Malformed, match="nested too deeply"):
        read_flow(value, "flow")


def test_flows_are_sorted_by_name_without_doubles() -> None:
    """Two spellings of the same file would have two hashes."""
    for names in (["b", "a"], ["a", "a"]):
        raw = canonical.encode({"v": 1, "flows": [{**flow(), "name": name} for name in names]})
        with pytest.raises(Malformed, match="not sorted by name"):
            parse_flows(raw)


GOOD_SAVED: dict[str, Any] = {
    "v": 1,
    "flow": "example",
    "hash": "0" * 64,
    "until": "2026-12-22",
    "answers": [["work", "0" * 16, "yes"]],
    "skipped": [["born", "1" * 16]],
}


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"flow": "a b"},
        {"hash": "0" * 63},
        {"until": "22.12.2026"},
        {"answers": [["work", "0" * 16, True]]},
        {"answers": [["work", "0" * 15, "yes"]]},
        {"answers": [["work", "0" * 16, "yes"], ["born", "0" * 16, "no"]]},
        {"answers": [["work", "0" * 16, "yes"], ["work", "0" * 16, "no"]]},
        {"skipped": [["born"]]},
        {"more": 1},
    ],
)
def test_what_was_not_saved_by_us_is_refused(change: dict[str, Any]) -> None:
    """Storage may hold anything: what `Saved` did not print is no saved answer."""
    assert Saved.from_bytes(canonical.encode(GOOD_SAVED)).flow == "example"
    with pytest.raises(Malformed):
        Saved.from_bytes(canonical.encode({**GOOD_SAVED, **change}))
