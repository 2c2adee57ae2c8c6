"""What the page of costs says was counted is counted anew, on a whole deployment."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from edge_client.wire.contribution import Contribution
from lambdas.shared import clients
from lambdas.shared.measurement.periods import week_of
from lambdas.shared.settings import AwsSettings, environment
from nearside.costs import CHOICE, IDLE_MINUTE, PAGE, REPORT, page
from nearside.local.stack import Stack
from tests.support.deployed import consent_request, post, publish_task
from tests.support.templates import ROOT

pytest_plugins = ["tests.support.stack"]
TRIES = 3


def counted(stack: Stack, *functions: str) -> Counter[str]:
    """The calls of these functions from now on, by service and operation."""
    calls: Counter[str] = Counter()

    def answered(model: Any, **_: Any) -> None:
        calls[f"{model.service_model.service_name}:{model.name}"] += 1

    for name in functions:
        with environment(stack.functions[name].variables):
            settings = AwsSettings.read()
        for make in (clients.dynamodb, clients.s3, clients.sqs, clients.kms):
            make(settings).meta.events.register("after-call", answered)
    return calls


def least(calls: Counter[str], act: Callable[[], object]) -> dict[str, int]:
    """What an act takes at the least of some tries: a first one reads what later ones know."""

    def tried() -> Iterator[dict[str, int]]:
        for _ in range(TRIES):
            before = calls.copy()
            act()
            yield dict(calls - before)

    return min(tried(), key=lambda each: sum(each.values()))


def test_the_page_is_printed_from_the_code() -> None:
    """`python -m nearside.costs` prints what is there."""
    assert (ROOT / PAGE).read_text("utf-8") == page(ROOT)


@pytest.mark.stack
def test_a_choice_takes_what_is_said(stack: Stack) -> None:
    """Of the function that takes it in."""
    calls = counted(stack, "record_consent")
    assert least(calls, lambda: post(stack, "/consent/events", consent_request().to_bytes())) == CHOICE


@pytest.mark.stack
def test_a_report_takes_what_is_said(stack: Stack) -> None:
    """Of an instance that knows its task."""
    task = publish_task(stack, f"t-{secrets.token_hex(4)}").task_id
    calls = counted(stack, "add_contribution")

    def report() -> int:
        one = Contribution(task, week_of(datetime.now(UTC)), secrets.token_hex(16), 0, 1)
        return post(stack, "/contributions", one.to_bytes()).status_code

    # An instance trusts what it read of the bundle for some seconds.
    deadline = time.monotonic() + 60
    while report() != 202:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert least(calls, report) == REPORT


@pytest.mark.stack
def test_an_idle_minute_takes_what_is_said(stack: Stack) -> None:
    """Of all four clocks, when nothing is pending."""
    names = ("sequence", "publish_checkpoint", "finish_erasures", "resend_orders")
    calls = counted(stack, *names)
    deadline = time.monotonic() + 60
    while (found := least(calls, lambda: [stack.invoke(name, {}) for name in names])) != IDLE_MINUTE:
        # Others of this deployment may still have had something pending.
        assert time.monotonic() < deadline, found
