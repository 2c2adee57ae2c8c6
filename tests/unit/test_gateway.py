"""The gateway routes as API Gateway does, keeps functions apart, and tells visitors nothing of failures."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lambdas.shared.settings import SettingMissing, variable
from nearside.local.delivery import Behaviour
from nearside.local.events import queue_event, schedule_event
from nearside.local.functions import Handler, LocalFunction
from nearside.local.gateway import MAX_PAYLOAD_BYTES, Gateway, read_result
from nearside.local.messages import HttpRequest, HttpResponse
from nearside.local.policies import CachePolicy
from nearside.local.routes import Route, find
from nearside.local.template import Resource, Scope

SCOPE = Scope((), Path("t"), None, {}, {}, {}, {})
FUNCTION = Resource(SCOPE, "Function", "AWS::Serverless::Function", None, {})


def routes(*keys: str) -> tuple[Route, ...]:
    made = [Route(*key.split(" "), FUNCTION) for key in keys]
    return tuple(sorted(made, key=lambda route: route.specificity))


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as made:
        yield made


def function(
    handler: Handler, pool: ThreadPoolExecutor, *, timeout_s: int = 5, **variables: str
) -> LocalFunction:
    return LocalFunction("f", "f", handler, variables, timeout_s, 128, pool)


def gateway(handler: Handler, pool: ThreadPoolExecutor, **options: Any) -> Gateway:
    functions = {"Function": function(handler, pool, **options)}
    return Gateway(routes("POST /a"), functions, now=lambda: datetime.now(UTC), new_id=lambda: "1")


@pytest.mark.parametrize(
    ("method", "path", "key"),
    [
        ("GET", "/a", "GET /a"),
        ("GET", "/a/b", "GET /a/{x}"),
        ("GET", "/a/b/c", "GET /a/{rest+}"),
        ("POST", "/a", "ANY /a"),
        ("POST", "/a/b", None),
        ("GET", "/", None),
        ("GET", "/ab", None),
        ("GET", "/a/", None),
    ],
)
def test_the_most_specific_route_answers(method: str, path: str, key: str | None) -> None:
    """Whole segments before parameters, one segment before the rest, a method before any."""
    found = find(routes("GET /a/{rest+}", "ANY /a", "GET /a", "GET /a/{x}"), method, path)
    assert (found and found[0].key) == key


def test_path_parameters_are_decoded() -> None:
    """A function sees the parameter, not its spelling."""
    found = find(routes("GET /a/{x}"), "GET", "/a/b%2Fc%20d")
    assert found is not None
    assert found[1] == {"x": "b/c d"}


def test_a_wrong_method_is_not_found(pool: ThreadPoolExecutor) -> None:
    """404, and the function is not called."""
    answer = gateway(lambda event, context: pytest.fail("called"), pool)(HttpRequest("GET", "/a"))
    assert (answer.status, answer.body) == (404, b'{"message":"Not Found"}')


def test_a_failing_function_says_nothing(pool: ThreadPoolExecutor) -> None:
    """What a function raises never reaches the visitor."""

    def handler(event: dict[str, Any], context: object) -> Any:
        raise RuntimeError("canary-7261")

    answer = gateway(handler, pool)(HttpRequest("POST", "/a", body=b"canary-7261"))
    assert (answer.status, answer.body) == (500, b'{"message":"Internal Server Error"}')


def test_a_slow_function_is_given_up(pool: ThreadPoolExecutor) -> None:
    """After its time limit the visitor gets 500."""
    hold = threading.Event()
    answer = gateway(lambda event, context: hold.wait(60), pool, timeout_s=1)(HttpRequest("POST", "/a"))
    hold.set()
    assert answer.status == 500


def test_only_the_first_call_may_start_up(pool: ThreadPoolExecutor) -> None:
    """A cold function has more time, and a warm one its own limit again."""

    hold = threading.Event()

    def slow(event: dict[str, object], context: object) -> str:
        hold.wait(float(str(event["rests_s"])))
        return "done"

    cold = LocalFunction("f", "f", slow, {}, 1, 128, pool, cold_start_s=30)
    assert cold.invoke({"rests_s": 1.5}) == "done"
    with pytest.raises(TimeoutError):
        cold.invoke({"rests_s": 60})
    hold.set()


def test_too_large_an_event_is_refused(pool: ThreadPoolExecutor) -> None:
    """A body within API Gateway's limit can still be too large for a function."""
    called = gateway(lambda event, context: pytest.fail("called"), pool)
    assert called(HttpRequest("POST", "/a", body=b"x" * MAX_PAYLOAD_BYTES)).status == 413


@pytest.mark.parametrize(
    ("result", "response"),
    [
        ({"a": 1}, HttpResponse(200, {"content-type": "application/json"}, b'{"a": 1}')),
        ("text", HttpResponse(200, {"content-type": "application/json"}, b"text")),
        (
            {"statusCode": 201, "headers": {"X-A": "b"}, "body": "eA==", "isBase64Encoded": True},
            HttpResponse(201, {"x-a": "b", "content-type": "text/plain; charset=utf-8"}, b"x"),
        ),
        ({"statusCode": 204}, HttpResponse(204, {"content-type": "text/plain; charset=utf-8"}, b"")),
    ],
)
def test_results_are_read_as_payload_format_2_has_it(result: Any, response: HttpResponse) -> None:
    """With a status it is a response; without, it is the body of one."""
    assert read_result(result) == response


def test_functions_at_once_never_see_one_another(pool: ThreadPoolExecutor) -> None:
    """Each call sees its own variables and its own event, however many run at the same time."""

    def handler(event: dict[str, Any], context: object) -> Any:
        time.sleep(0.01)
        return (variable("NAME"), event["n"])

    functions = [function(handler, pool, NAME=str(number)) for number in range(4)]
    with ThreadPoolExecutor(8) as callers:
        answers = list(callers.map(lambda n: functions[n % 4].invoke({"n": n}), range(64)))
    assert answers == [(str(n % 4), n) for n in range(64)]


def test_a_variable_that_the_template_does_not_name_is_missing(
    pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even one that this process happens to have."""
    monkeypatch.setenv("SECRET_OF_THE_SHELL", "x")
    reads = function(lambda event, context: variable("SECRET_OF_THE_SHELL"), pool)
    with pytest.raises(SettingMissing, match="SECRET_OF_THE_SHELL is not set"):
        reads.invoke({})


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/nearside/*/files/*", "/nearside/riverton/files/abc", True),
        ("/nearside/*/files/*", "/nearside/bundle.json", False),
        ("/a?c", "/abc", True),
        ("/a?c", "/ac", False),
        ("*", "/anything/at.all", True),
        ("/contributions", "/contributions", True),
        ("/contributions", "/contributions/x", False),
        ("/CONSENT/*", "/consent/x", False),
    ],
)
def test_path_patterns_match_as_cloudfront_has_it(pattern: str, path: str, *, matches: bool) -> None:
    """`*` is anything, `?` one character, and case counts."""
    nothing = CachePolicy(keeps=False, compresses=False)
    behaviour = Behaviour(pattern, "site", frozenset(), False, False, nothing, {}, {})
    assert behaviour.matches(path) is matches


def test_queue_and_schedule_events_have_their_documented_shape() -> None:
    """Powertools' models of SQS and EventBridge events parse ours."""
    from aws_lambda_powertools.utilities.parser.models import EventBridgeModel, SqsModel

    message = {
        "MessageId": "7d5f4bb0-9d6c-4a5e-8c3a-1c1d9f3a2b11",
        "ReceiptHandle": "h",
        "Body": "pending",
        "MD5OfBody": "7c6483ddcd99eb112c060ecbe0543e86",
        "Attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1795300821000",
            "SenderId": "AIDA",
            "ApproximateFirstReceiveTimestamp": "1795300821001",
        },
    }
    batch = SqsModel.model_validate(queue_event([message], queue_arn="arn:aws:sqs:us-east-1:000000000000:q"))
    assert batch.Records[0].body == "pending"
    at = datetime(2026, 11, 21, 12, tzinfo=UTC)
    event = EventBridgeModel.model_validate(schedule_event("rule", event_id="1", at=at))
    assert (event.detail_type, event.time) == ("Scheduled Event", at)
    assert json.dumps(schedule_event("rule", event_id="1", at=at))
