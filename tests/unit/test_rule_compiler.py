"""What compiles and what does not: egress types, sensitive topics, red lines, the ladder, and tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from consent_ledger.errors import Refused
from edge_client.rules.compile import check_rules, problems_of
from edge_client.rules.lint import overdue
from edge_client.rules.truths import leaves_of
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.paths import ItemId
from edge_client.wire.rule import Egress
from edge_client.wire.rules import Rules
from tests.support.city import catalogue, rules
from tests.support.ruled import DEFINITIONS, condition, only, parsed, rule, slot, task, visited

EVERY_CHANNEL = frozenset(Egress)


def refusal(made: Rules, *, channels: frozenset[Egress] = EVERY_CHANNEL) -> str:
    with pytest.raises(Refused) as caught:
        check_rules(made, catalogue(), channels=channels)
    return str(caught.value)


def with_condition(when: dict[str, Any], **changes: Any) -> Rules:
    """Rules with one condition more, which one rule uses."""
    return only(rule("new", when="new"), definitions=[*DEFINITIONS, condition("new", when)], **changes)


def test_rules_without_fault_compile() -> None:
    """Nothing is found that keeps the city's own rules, of either version, from use."""
    assert [problem for problem in problems_of(parsed(), catalogue()) if problem.is_fatal] == []
    assert problems_of(Rules.parse(rules()), catalogue()) == ()


@pytest.mark.parametrize(
    ("when", "egress", "compiles"),
    [
        ("evening", "trigger", True),
        ("is-business", "trigger", True),
        ("is-business", "count", True),
        ("parks", "count", True),
        ("parks", "trigger", False),
        ("parks-or-began", "trigger", False),
        ("is-back", "trigger", False),
        ("grieves", "count", False),
        ("grieves", "trigger", False),
        ("in-the-north", "count", False),
        ("in-the-north", "nothing", True),
        ("grieves", "nothing", True),
    ],
)
def test_a_rule_that_would_need_data_off_the_device_does_not_compile(
    when: str, egress: str, *, compiles: bool
) -> None:
    """What a rule sends is made of nothing that its egress type may not carry, however deep it is used."""
    north = condition("in-the-north", {"answered": {"question": "quarter", "options": ["north"]}})
    made = only(rule("one", when=when, egress=egress), definitions=[*DEFINITIONS, north])
    found = [str(each) for each in problems_of(made, catalogue(), channels=EVERY_CHANNEL) if each.is_fatal]
    assert (found == []) == compiles
    assert all("may carry off the device" in each for each in found)


def test_a_channel_that_this_device_lacks_is_refused_too() -> None:
    """A rule that is typed soundly is still refused where nothing could send it."""
    made = only(rule("one", when="is-business", egress="count"))
    with pytest.raises(Refused, match="no way to send a count"):
        check_rules(made, catalogue())


@pytest.mark.parametrize(
    "when",
    [
        visited(topics=["bereavement"]),
        visited(topics=[], items=["/grief/first-days"]),
        {"task": {**task()["task"], "done": ["/grief/first-days/done"]}},
    ],
)
def test_nothing_sensitive_is_inferred(when: dict[str, Any]) -> None:
    """Neither from a topic, nor from a page, nor from a step below a page."""
    made = with_condition(when, never_items=["/grief/first-days"])
    assert "condition new: infers something sensitive" in refusal(made)


@pytest.mark.parametrize("when", ["grieves", "is-business", "either", "both", None])
def test_a_sensitive_page_is_offered_only_to_those_who_brought_it_up(when: str | None) -> None:
    """Everybody in the audience has answered the question about it; some of them is not enough."""
    definitions = [
        *DEFINITIONS,
        condition("either", {"any": ["grieves", "is-business"]}),
        condition("both", {"all": ["grieves", "is-business"]}),
    ]
    made = only(rule("mourn", when=when, items=["/grief/first-days"]), definitions=definitions)
    fatal = [str(each) for each in problems_of(made, catalogue()) if each.is_fatal]
    assert (fatal == []) == (when in ("grieves", "both"))
    assert all("has brought bereavement up" in each for each in fatal)


def test_an_entitlement_is_hidden_from_nobody_by_age() -> None:
    """The red line: what people are entitled to is withheld from no audience."""
    made = only(rule("stingy", when="over-sixty", does="withhold", items=["/housing/repairs"]))
    assert refusal(made) == (
        "rules: rule stingy: items: hides /housing/repairs, to which people are entitled, "
        "from those for whom over-sixty holds"
    )
    by_topic = only(
        rule("stingy", when="over-sixty", does="withhold", items=[], topics=["housing"]),
        entitled_items=[],
        entitled_topics=["housing"],
    )
    assert "hides /housing/repairs" in refusal(by_topic)


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (only(rule("one", when="nobody")), "rule one: when: nobody is no condition"),
        (only(rule("one", when="stage")), "rule one: when: stage is no condition"),
        (only(rule("one", slot="none")), "rule one: slot: is none that rules fill"),
        (only(rule("one", items=["/none"])), "rule one: items: /none is not in the catalogue"),
        (only(rule("one", items=["/"])), "rule one: items: / may not be in this slot"),
        (only(rule("one", items=[], topics=["none"])), "rule one: topics: no page is about none"),
        (
            only(rule("one", rung="task", items=[], topics=["bins"])),
            "rule one: topics: a rule of rung task names its items",
        ),
        (
            only(rule("one", rung="safety", cool_down_days=1), slots=[slot("home", [], count=1)]),
            "rule one: cap: nothing of rung safety may fall silent",
        ),
        (
            only(rule("one"), slots=[slot("home", ["/"], level="editorial")]),
            "rule one: slot: is none that rules fill",
        ),
        (only(slots=[slot("home", [], explore_milli=99)]), "slot home: explores too little"),
        (only(slots=[slot("home", [], per_topic=3)]), "slot home: one topic could fill it"),
        (with_condition(visited(sessions=1)), "condition new: one session is no interest"),
        (with_condition(visited(days=0)), "condition new: this session is one session"),
        (with_condition(visited(days=91)), "condition new: looks further back than keep_days"),
        (with_condition(visited(items=["/none"])), "condition new: /none is not in the catalogue"),
        (
            with_condition({"task": {**task()["task"], "begun": ["/none/apply"]}}),
            "condition new: /none/apply is no page of the catalogue and no step below one",
        ),
        (
            with_condition({"task": {**task()["task"], "done": ["/bins/12345678"]}}),
            "condition new: /bins/12345678 is no page of the catalogue",
        ),
        (with_condition({"not": "later"}), "definition new: later is no condition further up"),
        (with_condition({"all": ["first", "stage"]}), "definition new: stage is no condition further up"),
        (
            with_condition({"table": {"name": "first", "gives": ["new"]}}),
            "definition new: first is no table further up",
        ),
        (
            with_condition({"table": {"name": "stage", "gives": ["old"]}}),
            "definition new: the table never gives old",
        ),
        (
            with_condition({"answered": {"question": "role", "options": ["king"]}}),
            "condition new: nobody is asked role with king",
        ),
        (
            with_condition({"archetype": {"names": ["Movers"]}}),
            "condition new: there is no archetype Movers",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(made: Rules, told: str) -> None:
    """The place says where to look, the reason what is wrong there."""
    assert refusal(made).startswith(f"rules: {told}")


@pytest.mark.parametrize("level", ["rules", "scored", "model"])
@pytest.mark.parametrize("rung", ["emergency", "safety", "task"])
def test_what_is_for_everyones_good_fills_its_slot_by_itself(level: str, rung: str) -> None:
    """A slot that is not full keeps the server's content: an emergency that leaves a place empty may never be
    seen, and a task may wait."""
    slots = [slot("home", ["/"], level=level, count=2, per_topic=1)]
    two = only(rule("flood", rung=rung, items=["/bins/missed", "/bins/new"]), slots=slots)
    check_rules(two, catalogue())
    one = only(rule("flood", rung=rung, items=["/bins/missed"]), slots=slots)
    if rung == "task":
        check_rules(one, catalogue())
    else:
        assert refusal(one) == (
            "rules: rule flood: items: 1 in en for 2 places, and a slot that is not full stays as it was: "
            f"nothing of rung {rung} may go unsaid"
        )


def test_an_emergency_fills_its_slot_in_each_of_its_languages() -> None:
    """Two pages in one language and one of them in another: there it would go unsaid; none at all is the
    editors' decision."""
    made = only(
        rule("flood", rung="emergency", items=["/bins/missed", "/bins/new"]),
        slots=[slot("home", ["/"], count=2, per_topic=1)],
    )

    def spoken(*items: str) -> Catalogue:
        plain = catalogue()
        there = {f"/ar{item}" for item in items}
        own = [
            replace(each, translations={"ar": ItemId(f"/ar{each.id}")} if f"/ar{each.id}" in there else {})
            for each in plain.items
        ]
        others = [
            replace(each, id=ItemId(f"/ar{each.id}"), lang="ar") for each in plain.items if each.id in items
        ]
        return Catalogue(plain.site, tuple(sorted([*own, *others], key=lambda each: each.id)))

    check_rules(made, spoken())
    check_rules(made, spoken("/bins/missed", "/bins/new"))
    with pytest.raises(Refused, match="1 in ar for 2 places"):
        check_rules(made, spoken("/bins/missed"))


def table(*rows: tuple[str, str]) -> dict[str, Any]:
    """A table over three conditions; a row is three letters (y, n, or - for any) and what it gives."""
    words = {"y": "yes", "n": "no", "-": "any"}
    return {
        "name": "level",
        "columns": ["first", "parks", "phone"],
        "rows": [{"cells": [words[cell] for cell in cells], "gives": gives} for cells, gives in rows],
        "otherwise": "none",
    }


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([("y--", "a"), ("yn-", "b")], ["row 2: no case reaches it: row 1 match all of its cases"]),
        (
            [("y--", "a"), ("n--", "b"), ("--y", "c")],
            [
                "row 3: no case reaches it: row 1 and row 2 match all of its cases",
                "otherwise: the rows leave no case to it",
            ],
        ),
        ([("yy-", "a"), ("y--", "b")], ["row 2: overlaps with row 1, which wins and gives a"]),
        ([("yy-", "a"), ("y--", "a")], []),
        ([("yy-", "a"), ("yn-", "b"), ("n-n", "c")], []),
    ],
)
def test_a_table_is_looked_through_for_dead_and_overlapping_rows(
    rows: list[tuple[str, str]], told: list[str]
) -> None:
    """Every combination of the columns is tried; each finding names its row and a fix."""
    found = [
        problem
        for problem in problems_of(parsed(definitions=[*DEFINITIONS, table(*rows)]), catalogue())
        if problem.place.startswith("table level")
    ]
    assert [str(problem).removeprefix("rules: table level: ") for problem in found] == told
    assert all(problem.fix for problem in found)
    assert [problem.is_fatal for problem in found] == ["no case reaches" in each for each in told]


def test_what_nobody_uses_and_what_nobody_reviewed_is_told_and_not_refused() -> None:
    """Advice to whoever edits: it keeps nothing from use."""
    found = [str(each) for each in problems_of(only(rule("one", when="parks")), catalogue())]
    assert "rules: definition parks: no rule uses it" not in found
    assert "rules: definition grieves: no rule uses it" in found
    made = only(rule("one", review="2026-11-20"), rule("two", review="2026-11-22"))
    assert [str(each) for each in overdue(made, "2026-11-22")] == [
        "rules: rule one: review: was due on 2026-11-20"
    ]


def test_a_condition_of_too_many_parts_is_refused() -> None:
    """Nobody could be told why they see what depends on so much."""
    many = [condition(f"h{number}", {"hours": {"start": number, "end": number + 1}}) for number in range(13)]
    all_of = condition("all-of", {"all": [each["name"] for each in many]})
    made = only(rule("one", when="all-of"), definitions=[*many, all_of])
    assert "depends on more than 12 simple conditions" in refusal(made)


def test_conditions_that_share_their_parts_are_walked_once() -> None:
    """A chain of sixty, each made of the two before it, has more paths than anybody could walk."""
    chain = [condition("c0", {"first_visit": True}), condition("c1", {"device": {"classes": ["phone"]}})]
    chain += [condition(f"c{n}", {"all": [f"c{n - 1}", f"c{n - 2}"]}) for n in range(2, 60)]
    made = only(rule("tip", when="c59"), definitions=chain, questions=[])
    assert leaves_of("c59", made.definitions) == ("c0", "c1")
    assert not [problem for problem in problems_of(made, catalogue()) if problem.is_fatal]
