"""What the city's rules make of what somebody told: help after a death, and what comes with a pension."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from demo.site import build_site
from edge_client.profile import DAY_MS, Visit
from edge_client.rules.facts import Facts, leaf_truths
from edge_client.rules.truths import leaves_of, settle
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.flow_reading import read_flow
from edge_client.wire.paths import ItemId
from edge_client.wire.rule import Does
from edge_client.wire.rules import Rules, sensitive_pages
from lambdas.shared.publishing.flow_telling import telling_findings

AGENCY = Path(__file__).resolve().parent.parent.parent / "demo/agency"
NOW_MS = 100 * DAY_MS
DEATH = (
    "/registration/what-to-do-after-death",
    "/registration/register-death",
    "/benefits/funeral-costs",
)
WORK = (("/jobs/find-work", 1), ("/benefits/check", 2))


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """The city's pages."""
    return build_site(tmp_path_factory.mktemp("site"), None)


@pytest.fixture(scope="module")
def rules() -> Rules:
    """The city's rules."""
    return Rules.parse((AGENCY / "rules.json").read_bytes())


def offered(
    rules: Rules, catalogue: Catalogue, answers: Mapping[str, str], *visits: tuple[str, int]
) -> set[str]:
    """The rules that hold for somebody who gave these answers, and looked at pages in these sessions."""
    seen = tuple(Visit(ItemId(item), NOW_MS - DAY_MS, session) for item, session in visits)
    facts = Facts(at_ms=NOW_MS, session=3, first=False, lang="en", visits=seen, answers=answers)
    truths = settle(rules.definitions, leaf_truths(rules.definitions, facts, catalogue=catalogue))
    return {each.name for each in rules.rules if each.when and truths.conditions[each.when] is True}


def test_help_after_a_death_is_for_who_said_so_and_not_for_who_looked(
    rules: Rules, catalogue: Catalogue
) -> None:
    """Many looks in three sessions at what the city writes about a death are silent; one answer is not."""
    looks = [(page, session) for page in DEATH for session in (1, 2, 3) for _ in range(3)]
    assert "help-after-a-death" not in offered(rules, catalogue, {}, *looks)
    assert "help-after-a-death" in offered(rules, catalogue, {"loss": "close"})
    assert "help-after-a-death" not in offered(rules, catalogue, {"loss": "none"}, *looks)
    assert sensitive_pages(catalogue, rules).issuperset(DEATH)


def test_what_a_pension_brings_is_suggested_by_age_and_pages_together(
    rules: Rules, catalogue: Catalogue
) -> None:
    """A few years before it, to somebody who came back to pages on work or benefits; not by either alone, and
    not after one visit, which may have been for someone else."""
    near, name = {"age": "from-60-to-65"}, "pension-ahead"
    assert name in offered(rules, catalogue, near, *WORK)
    assert name not in offered(rules, catalogue, near)
    assert name not in offered(rules, catalogue, near, ("/jobs/find-work", 2), ("/benefits/check", 2))
    for answers in ({}, {"age": "under-60"}, {"age": "over-65"}):
        assert name not in offered(rules, catalogue, answers, *WORK)


def test_nothing_is_hidden_from_anybody_for_their_age_or_their_loss(rules: Rules) -> None:
    """What rests on either is offered, and no rule that withholds something knows of them."""
    for each in rules.rules:
        needed = set(leaves_of(each.when, rules.definitions)) if each.when else set()
        assert each.does is Does.OFFER or needed.isdisjoint({"nears-pension", "is-bereaved"})


def test_the_city_s_flows_fit_its_rules(rules: Rules, catalogue: Catalogue) -> None:
    """What they tell is asked for, and the quiet one is left in peace."""
    flows = [
        read_flow(each, "flow") for each in json.loads((AGENCY / "flows.json").read_text("utf-8"))["flows"]
    ]
    assert [flow.name for flow in flows if flow.tone.value == "quiet"] == ["after-a-death"]
    assert [
        str(found) for flow in flows for found in telling_findings(flow, rules=rules, catalogue=catalogue)
    ] == []
