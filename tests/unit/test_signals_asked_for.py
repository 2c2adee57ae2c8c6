"""How rules ask what pages notice: what is no test, no interest, or sensitive does not compile."""

from __future__ import annotations

from typing import Any

import pytest

from consent_ledger.errors import Malformed
from edge_client.rules.compile import problems_of
from edge_client.wire.audience import Condition, parse_test, print_test
from edge_client.wire.noticed import Noticed, SignalKind
from tests.support.bundles import bundle_of
from tests.support.city import catalogue
from tests.support.noticing import DEFINITIONS, RULES, SLOTS
from tests.support.ruled import condition, noticed_test, parsed, rule


@pytest.mark.parametrize("kind", SignalKind)
def test_a_test_prints_back_as_it_was_read(kind: SignalKind) -> None:
    """Each kind of signal in the rule language."""
    value_ = noticed_test(kind.value)
    test = parse_test(value_, "rules")
    assert isinstance(test, Noticed)
    assert print_test(test) == value_


@pytest.mark.parametrize(
    "test",
    [
        noticed_test("searched", items=["/parking/permit"]),
        noticed_test("form-begun", topics=["parking"]),
        noticed_test("clicked", topics=[]),
        noticed_test("clicked", bucket=1),
        noticed_test("read", bucket=0),
        noticed_test("read", bucket=4),
        noticed_test("typed"),
        noticed_test("marked", marks=[]),
        noticed_test("marked", marks=["audience:Jane Doe"]),
        noticed_test("marked", marks=["audience:jane@example.org"]),
        noticed_test("marked", marks=["author:jane"]),
        noticed_test("marked", marks=["audience:"]),
        noticed_test("marked", marks=[f"audience:{'a' * 61}"]),
        noticed_test("marked", topics=[]),
        noticed_test("clicked", marks=["audience:tenants"]),
    ],
)
def test_what_no_device_notices_is_no_test(test: dict[str, Any]) -> None:
    """A search by page, a form by topic, a click that lasts, what was typed."""
    with pytest.raises(Malformed):
        parse_test(test, "rules")


@pytest.mark.parametrize("kind", ["clicked", "read", "searched", "marked"])
def test_one_session_is_no_interest(kind: str) -> None:
    """Rules that look further back than this session ask for two; those that do not, or ask, compile."""
    refused = [condition("one", noticed_test(kind, days=14))]
    found = problems_of(
        parsed(rules=[rule("r", when="one")], definitions=refused, questions=[], slots=SLOTS), catalogue()
    )
    assert [problem.reason for problem in found if problem.is_fatal] == [
        "one session is no interest: it may have been for someone else"
    ]
    for fine in (noticed_test(kind), noticed_test(kind, days=14, sessions=2)):
        made = parsed(
            rules=[rule("r", when="one")], definitions=[condition("one", fine)], questions=[], slots=SLOTS
        )
        assert not [problem for problem in problems_of(made, catalogue()) if problem.is_fatal]


@pytest.mark.parametrize(
    "test",
    [
        noticed_test("searched", topics=["bereavement"]),
        noticed_test("clicked", topics=[], items=["/grief/first-days"]),
        noticed_test("form-begun", items=["/grief/first-days/form"]),
        noticed_test("marked", topics=["bereavement"]),
        noticed_test("marked", marks=["life-event:bereavement"]),
        noticed_test("marked", marks=["audience:people-with-a-disability"]),
    ],
)
def test_no_signal_infers_something_sensitive(test: dict[str, Any]) -> None:
    """From a topic, a page or a form below one; nor from what a page says whom it is for."""
    made = parsed(
        rules=[rule("r", when="one")], definitions=[condition("one", test)], questions=[], slots=SLOTS
    )
    reasons = [problem.reason for problem in problems_of(made, catalogue()) if problem.is_fatal]
    assert any(reason.startswith("infers something sensitive") for reason in reasons)


def test_the_conditions_are_found_by_the_bundle() -> None:
    """Every kind in one file of rules: it compiles, and the device knows what it needs."""
    made = parsed(rules=RULES, definitions=DEFINITIONS, questions=[], slots=SLOTS)
    bundle = bundle_of(rules_=made)
    assert {each.name for each in bundle.rules.definitions if isinstance(each, Condition)} == set(SignalKind)
