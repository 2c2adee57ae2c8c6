"""The border of the agency API: requests side by side, what is logged, what OpenAPI says, and failures."""

from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from lambdas.agency_drafts.routes import make_resolver
from lambdas.shared.agency.http import respond
from lambdas.shared.agency.roles import Caller, Role
from lambdas.shared.logs import logging_to
from nearside.agency_openapi import openapi
from tests.support.agency_api import Api, event_of
from tests.support.drafting import ALICE, SITE, Town, person
from tests.support.templates import resources


class Waiting:
    """Drafts that answer with who asked, when all callers are in the middle of their requests."""

    def __init__(self, together: int) -> None:
        self._barrier = Barrier(together, timeout=30)

    def sites(self, caller: Caller) -> tuple[str, ...]:
        self._barrier.wait()
        return (caller.sub, caller.agency)

    def page(self, caller: Caller, site: str, collection: object, *, cursor: object, limit: int) -> Any:
        self._barrier.wait()
        raise ValueError(f"{caller.sub} {site} {cursor}")


def test_requests_side_by_side_never_see_one_another() -> None:
    """Sixteen people of sixteen agencies are all in the middle of a request, through one resolver: each is
    told their own name, and nothing of a request is left where the next could find it."""
    waiting = Waiting(16)
    resolver = make_resolver(lambda: waiting)  # type: ignore[arg-type, return-value]  # two of its methods

    def ask(number: int) -> tuple[int, list[str]]:
        who = person(f"p{number}", Role.AUTHOR, agency=f"agency-{number}")
        event = event_of(who, "GET", "/agency/sites", "", {"x-number": str(number)})
        result = respond("test", event, answer=lambda read: resolver.resolve(read, None))
        return number, json.loads(result["body"])["sites"]

    with ThreadPoolExecutor(16) as pool:
        for number, sites in pool.map(ask, range(64)):
            assert sites == [f"p{number}", f"agency-{number}"]
    assert set(vars(resolver)) == {"routes"}


def test_a_failure_quotes_nothing(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """500 for what nobody foresaw; neither the answer nor any log has its words, nor who asked for what."""
    resolver = make_resolver(lambda: Waiting(1))  # type: ignore[arg-type, return-value]  # as above
    event = event_of(ALICE, "GET", f"/agency/sites/{SITE}/drafts/rules?cursor=hush", "", {})
    stream = StringIO()
    with caplog.at_level(logging.INFO), logging_to(stream):
        result = respond("agency-drafts", event, answer=lambda read: resolver.resolve(read, None))
    assert result["statusCode"] == 500
    said = result["body"] + caplog.text + stream.getvalue() + "".join(capsys.readouterr())
    failed, answered = (json.loads(line) for line in stream.getvalue().splitlines())
    assert failed["message"].startswith("failed-")
    assert (answered["message"], answered["status"]) == ("agency-drafts", 500)
    for secret in ("alice", "hush", "riverton", "192.0.2.1"):
        assert secret not in said


def test_one_line_is_logged_for_a_request() -> None:
    """Its name, its status and how long it took."""
    stream = StringIO()
    with logging_to(stream):
        Api(Town())(ALICE, "GET", f"/agency/sites/{SITE}/drafts/goals")
    (line,) = stream.getvalue().splitlines()
    logged = json.loads(line)
    assert set(logged) == {"level", "message", "timestamp", "service", "status", "duration_us"}


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_the_document_is_the_one_that_is_kept() -> None:
    """docs/openapi.json is what the routes print today; `make docs` writes it."""
    assert json.loads(Path("docs/openapi.json").read_text()) == json.loads(openapi())


def test_the_document_and_the_templates_name_the_same_routes_and_scopes() -> None:
    """Each operation is one route of API Gateway, and asks for the scopes that the gateway asks for."""
    routes = {}
    for function in resources("AWS::Serverless::Function"):
        for event in function.properties.get("Events", {}).values():
            route = event["Properties"]
            if route.get("ApiId") == {"Ref": "AgencyApi"}:
                routes[route["Method"], route["Path"]] = sorted(route["Auth"]["AuthorizationScopes"])
    told = {
        address: sorted(scope for each in operation["security"] for scope in each["agency"])
        for address, operation in operations(json.loads(openapi())).items()
    }
    assert told == routes


def test_every_problem_that_is_told_is_a_problem_document() -> None:
    """Version 3.1; each operation says of each status what comes, and powertools' own 422 is nowhere."""
    document = json.loads(openapi())
    assert document["openapi"].startswith("3.1")
    assert "ValidationError" not in json.dumps(document)
    for address, operation in operations(document).items():
        for status, answer in operation["responses"].items():
            # 429 is the gateway's alone, and of some others it has words of its own beside ours.
            if int(status) >= 400 and status != "429":
                assert "application/problem+json" in answer["content"], (address, status)
                schema = answer["content"]["application/problem+json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/ProblemJson"}


def test_answers_are_what_the_document_says() -> None:
    """A page, an entry and a problem have the fields of their schemas, required ones all and no other."""
    api = Api(Town())
    schemas = json.loads(openapi())["components"]["schemas"]
    goal = {"name": "renew", "title": "Renew", "kind": "page-reached", "pages": ["/"]}
    address = f"/agency/sites/{SITE}/drafts/goals"
    seen = {
        "Entry": api(ALICE, "PUT", f"{address}/renew", goal, headers={"if-none-match": "*"}).json,
        "EntriesAnswer": api(ALICE, "GET", address).json,
        "ProblemJson": api(ALICE, "GET", f"{address}/none").json,
        "TrailAnswer": api(ALICE, "GET", "/agency/audit").json,
        "TrailEntry": api(ALICE, "GET", "/agency/audit").json["items"][0],
    }
    for name, answer in seen.items():
        assert set(schemas[name]["required"]) <= set(answer) <= set(schemas[name]["properties"]), name
