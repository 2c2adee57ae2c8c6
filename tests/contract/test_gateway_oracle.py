"""Our gateway and SAM CLI read the same routes and build the same events from the same templates.

SAM CLI lets everybody in where a route has an authoriser of JWTs: what it is no oracle for is asked of SAM's
transformation (`test_guard_oracle.py`) and of forged tokens (`tests/redteam/test_forged_tokens.py`).
"""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.parser.models import APIGatewayProxyEventV2Model

from nearside.local.events import http_event
from nearside.local.messages import HttpRequest
from nearside.local.routes import find, read_routes
from nearside.local.template import load

ROOT = Path(__file__).resolve().parent.parent.parent
PYTHON = ROOT / ".venv-sam" / "bin" / "python"
JSON = {"content-type": "application/json"}
REQUESTS: list[dict[str, Any]] = [
    {"method": "GET", "path": "/health", "query": "", "headers": {}, "body": ""},
    {"method": "GET", "path": "/health", "query": "a=1&b=2&a=3&c=&d=%20x", "headers": {}, "body": ""},
    {"method": "POST", "path": "/health", "query": "", "headers": {}, "body": ""},
    {"method": "POST", "path": "/consent/events", "query": "", "headers": JSON, "body": '{"ü":1}'},
    {"method": "PUT", "path": "/consent/events", "query": "", "headers": JSON, "body": "{}"},
    {"method": "GET", "path": "/consent/receipts/abc", "query": "", "headers": {}, "body": ""},
    {"method": "GET", "path": "/consent/receipts/a%20b", "query": "", "headers": {}, "body": ""},
    {"method": "GET", "path": "/consent/receipts/a/b", "query": "", "headers": {}, "body": ""},
    {"method": "GET", "path": "/consent/receipts/", "query": "", "headers": {}, "body": ""},
    {"method": "POST", "path": "/contributions", "query": "", "headers": JSON, "body": "{}"},
    {"method": "DELETE", "path": "/contributions", "query": "", "headers": {}, "body": ""},
    {"method": "GET", "path": "/", "query": "", "headers": {}, "body": ""},
    {"method": "GET", "path": "/agency/sites", "query": "", "headers": {}, "body": ""},
    {"method": "POST", "path": "/agency/sites", "query": "", "headers": JSON, "body": "{}"},
    {
        "method": "PUT",
        "path": "/agency/sites/riverton/drafts/rules/a%20b",
        "query": "",
        "headers": {**JSON, "authorization": "Bearer x", "if-match": '"1"'},
        "body": "{}",
    },
]


@pytest.fixture(scope="module")
def oracle() -> dict[str, Any]:
    """What SAM CLI makes of the templates and of every request."""
    if not PYTHON.exists():
        pytest.skip("the SAM CLI is not installed: run make suites, which installs it")
    done = subprocess.run(
        [PYTHON, ROOT / "tests" / "support" / "sam_routes.py", ROOT / "template.yaml"],
        input=json.dumps(REQUESTS),
        capture_output=True,
        text=True,
        check=True,
        env={"SAM_CLI_TELEMETRY": "0", "PATH": "/usr/bin:/bin"},
    )
    answers: dict[str, Any] = json.loads(done.stdout)
    return answers


def ours(request: dict[str, Any]) -> dict[str, Any] | None:
    found = find(read_routes(load(ROOT / "template.yaml")), request["method"], request["path"])
    if found is None:
        return None
    route, parameters = found
    event = http_event(
        HttpRequest(
            request["method"],
            request["path"],
            request["query"],
            {"host": "localhost", **request["headers"]},
            request["body"].encode(),
        ),
        route_key=route.key,
        path_parameters=parameters,
        request_id="1",
        at=datetime(2026, 11, 21, tzinfo=UTC),
    )
    return {"function": route.function.logical_id, **event}


def test_the_route_tables_are_the_same(oracle: dict[str, Any]) -> None:
    """Every method, path and function that SAM CLI finds, and no other."""
    routes = read_routes(load(ROOT / "template.yaml"))
    assert (
        sorted([route.method, route.path, route.function.logical_id] for route in routes) == oracle["routes"]
    )


@pytest.mark.parametrize("number", range(len(REQUESTS)), ids=lambda number: str(REQUESTS[number]["path"]))
def test_the_same_request_is_the_same_event(oracle: dict[str, Any], number: int) -> None:
    """Function, body, parameters, query and context agree; what no route matches, matches none in either."""
    mine, theirs = ours(REQUESTS[number]), oracle["answers"][number]
    assert (mine is None) == (theirs is None)
    if mine is None:
        return
    # SAM CLI writes out empty fields, which API Gateway leaves out.
    for name, empty in (("body", ""), ("pathParameters", {}), ("queryStringParameters", {}), ("cookies", [])):
        assert mine.get(name, empty) == theirs.get(name, empty), name
    for name in ("function", "version", "routeKey", "rawPath", "rawQueryString", "isBase64Encoded"):
        assert mine[name] == theirs[name], name
    for name in ("method", "path", "protocol", "sourceIp"):
        assert mine["requestContext"]["http"][name] == theirs["requestContext"]["http"][name], name
    assert mine["requestContext"]["stage"] == theirs["requestContext"]["stage"] == "$default"
    assert set(mine["requestContext"]) == set(theirs["requestContext"])


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: str(request["path"]))
def test_every_event_is_one_that_powertools_knows(request_: dict[str, Any]) -> None:
    """The model of API Gateway's own documentation parses each of our events."""
    event = ours(request_)
    if event is not None:
        parsed = APIGatewayProxyEventV2Model.model_validate(event)
        assert parsed.rawPath == event["rawPath"]
