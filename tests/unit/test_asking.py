"""What no page may ask of anybody, and what a site declares to be for children: the bundle settles both."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Refused
from edge_client.rules.collect import Collection, collection_of
from edge_client.rules.compile import check_rules, problems_of
from edge_client.wire.question import KEPT_DAYS, parse_question, print_question
from edge_client.wire.rules import Rules
from tests.support.bundles import bundle_of
from tests.support.city import City, catalogue
from tests.support.pair import Pair
from tests.support.ruled import QUESTIONS, condition, parsed, rule, value

ROLE = {"name": "role", "options": ["business", "citizen"], "label": "declared", "about": []}


def asking(**changes: Any) -> Rules:
    """Rules that ask one question on any page, and use its answer."""
    return parsed(
        questions=[{**ROLE, "on_page": True, **changes}, *QUESTIONS[1:]],
        rules=[rule("trade", when="is-business")],
    )


def test_a_question_about_a_role_may_be_asked_on_any_page() -> None:
    """Nothing is fatal about it."""
    check_rules(asking(), catalogue())
    assert not any(problem.is_fatal for problem in problems_of(asking(), catalogue()))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"label": "sensitive", "about": ["bereavement"]}, ""),
        ({"options": ["business", "citizen", "union-member"]}, ": union"),
        ({"options": ["business", "religion"]}, ": religion"),
    ],
)
def test_nothing_sensitive_is_asked_of_whoever_opens_a_page(changes: dict[str, Any], named: str) -> None:
    """Neither by its label nor by the name of a special category, however it is labelled."""
    with pytest.raises(Refused, match=f"question role: asks anybody .* something sensitive{named}$"):
        check_rules(asking(**changes), catalogue())


def test_the_same_question_may_be_part_of_a_flow() -> None:
    """What people begin themselves may ask it: only the element may not."""
    sensitive = [{**ROLE, "label": "sensitive", "about": ["bereavement"]}, *QUESTIONS[1:]]
    made = parsed(questions=sensitive, rules=[rule("trade", when="is-business")])
    assert not any("asks anybody" in problem.reason for problem in problems_of(made, catalogue()))


@pytest.mark.parametrize("label", ["declared", "place"])
def test_a_question_about_something_sensitive_is_labelled_so(label: str) -> None:
    """Also where no page asks it: devices go by the label, and would believe an element of any page."""
    odd = {**ROLE, "options": ["business", "disability"], "label": label}
    made = parsed(questions=[odd, *QUESTIONS[1:]], rules=[rule("trade", when="is-business")])
    with pytest.raises(Refused, match=r"question role: is about something sensitive .*: disability$"):
        check_rules(made, catalogue())
    rightly = parsed(
        questions=[{**odd, "label": "sensitive"}, *QUESTIONS[1:]], rules=[rule("trade", when="is-business")]
    )
    check_rules(rightly, catalogue())


def test_children_are_asked_nothing_and_a_topic_for_them_is_one_of_the_site() -> None:
    """A question that would be asked of them does not compile, nor does a topic that no page is about."""
    made = Rules.parse(
        canonical.encode(
            value(
                questions=[{**ROLE, "on_page": True}, *QUESTIONS[1:]],
                rules=[rule("trade", when="is-business")],
                definitions=[
                    condition("is-business", {"answered": {"question": "role", "options": ["business"]}})
                ],
                child_topics=["*"],
            )
        )
    )
    reasons = [str(problem) for problem in problems_of(made, catalogue()) if problem.is_fatal]
    assert "rules: question role: would be asked of children" in reasons
    with pytest.raises(Refused, match="child_topics: no page is about fish"):
        check_rules(parsed(child_topics=["fish"]), catalogue())


def test_what_is_as_usual_is_left_out_of_a_question() -> None:
    """So that each question has one spelling."""
    assert print_question(parse_question({**ROLE, "keep_days": 30, "on_page": True})) == {
        **ROLE,
        "keep_days": 30,
        "on_page": True,
    }
    assert parse_question(ROLE).keep_days == KEPT_DAYS
    for odd in ({"keep_days": KEPT_DAYS}, {"on_page": False}):
        with pytest.raises(Malformed, match="by leaving it out"):
            parse_question({**ROLE, **odd})


def test_a_site_for_children_collects_nothing_and_suggests_nothing(tmp_path: Path) -> None:
    """With every yes there is: no page is kept, no slot filled; rules about its pages do not compile."""
    rules = canonical.encode(value(child_topics=["*"], definitions=[], questions=[], rules=[]))
    city = City(tmp_path, rules=rules)
    city.publish()

    async def play() -> Pair:
        pair = Pair(city)
        await pair.open()
        await pair.choose("suggest", "learn")
        for path in ("/parking/permit", "/bins/new", "/parking/rules"):
            await pair.view(path)
        return pair

    pair = asyncio.run(play())
    bundle = pair.device.session.bundle
    assert bundle is not None
    assert collection_of(bundle, suggests=True, learns=True) == Collection(bundle.catalogue)
    assert pair.device.session.profile.visits == ()
    assert pair.plans() == []
    assert not any(bundle.eligible(slot, "en").count(1) for slot in bundle.rules.slots)


def test_a_topic_for_children_is_as_good_as_sensitive() -> None:
    """Its pages are neither kept nor suggested; the others are."""
    bundle = bundle_of(rules_=parsed(child_topics=["bins"]))
    kept = {item.topic for item in bundle.catalogue.items if not bundle.is_sensitive(item.id)}
    usual = bundle_of(rules_=parsed())
    assert kept == {item.topic for item in usual.catalogue.items if not usual.is_sensitive(item.id)} - {
        "bins"
    }
