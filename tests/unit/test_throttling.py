"""Routes answer as often as the templates let them, and say 429 beyond that."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from consent_ledger.errors import Malformed
from nearside.local.intrinsics import Resolver
from nearside.local.messages import HttpRequest, HttpResponse
from nearside.local.names import LocalValues
from nearside.local.routes import read_routes
from nearside.local.template import load
from nearside.local.throttling import OF_THE_ACCOUNT, Bucket, Limit, Throttled, throttled

TEMPLATE = """
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties: {{{settings}}}
  Function:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        One: {{Type: HttpApi, Properties: {{ApiId: !Ref Api, Method: GET, Path: /one}}}}
        Two: {{Type: HttpApi, Properties: {{ApiId: !Ref Api, Method: GET, Path: /two}}}}
"""
DEFAULT = "DefaultRouteSettings: {ThrottlingBurstLimit: 3, ThrottlingRateLimit: 2}"


@dataclass
class World:
    """A clock that stands still, and what reached the API."""

    at: float = 0.0
    answered: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def answer(self, request: HttpRequest) -> HttpResponse:
        self.answered.append(request.path)
        return HttpResponse(200)


def api(tmp_path: Path, world: World, settings: str) -> Throttled:
    (tmp_path / "template.yaml").write_text(TEMPLATE.format(settings=settings))
    root = load(tmp_path / "template.yaml")
    return throttled(
        world.answer,
        read_routes(root),
        root=root,
        resolver=Resolver(LocalValues("", "", {})),
        now=lambda: world.at,
        told=world.refused.append,
    )


def ask(answers: Throttled, path: str, times: int) -> list[int]:
    return [answers(HttpRequest("GET", path)).status for _ in range(times)]


def test_a_burst_passes_and_what_is_beyond_it_is_told_so(tmp_path: Path) -> None:
    """Three at once, then 429 in API Gateway's words; the function is not called, and that is counted."""
    world = World()
    answers = api(tmp_path, world, DEFAULT)
    assert ask(answers, "/one", 5) == [200, 200, 200, 429, 429]
    refused = answers(HttpRequest("GET", "/one"))
    assert (refused.body, refused.headers["content-type"]) == (
        b'{"message":"Too Many Requests"}',
        "application/json",
    )
    assert (world.answered, world.refused) == (["/one"] * 3, ["Function"] * 3)


def test_tokens_come_back_at_the_rate_and_never_beyond_the_burst(tmp_path: Path) -> None:
    """Half a second is a request at two a second; an hour of quiet is no more than one burst."""
    world = World()
    answers = api(tmp_path, world, DEFAULT)
    ask(answers, "/one", 3)
    world.at = 0.49
    assert ask(answers, "/one", 1) == [429]
    world.at = 0.51
    assert ask(answers, "/one", 2) == [200, 429]
    world.at = 3600
    assert ask(answers, "/one", 4) == [200, 200, 200, 429]


def test_one_route_takes_nothing_from_another(tmp_path: Path) -> None:
    """The default counts for each route by itself, and what no route matches costs nobody anything."""
    world = World()
    answers = api(tmp_path, world, DEFAULT)
    assert ask(answers, "/one", 4)[-1] == 429
    assert ask(answers, "/two", 3) == [200, 200, 200]
    assert ask(answers, "/none", 9) == [200] * 9


def test_a_route_may_have_limits_of_its_own(tmp_path: Path) -> None:
    """What it does not say is the default's."""
    world = World()
    answers = api(tmp_path, world, DEFAULT + ', RouteSettings: {"GET /two": {ThrottlingBurstLimit: 1}}')
    assert answers.buckets["Function", "GET /two"].limit == Limit(1, 2)
    assert ask(answers, "/two", 2) == [200, 429]
    assert ask(answers, "/one", 3) == [200, 200, 200]


def test_an_api_that_says_nothing_has_the_limits_of_the_account(tmp_path: Path) -> None:
    """10,000 a second, 5,000 at once."""
    answers = api(tmp_path, World(), "Description: none")
    assert answers.buckets["Function", "GET /one"].limit == OF_THE_ACCOUNT


def test_nothing_at_all_passes_where_nothing_may(tmp_path: Path) -> None:
    """A burst of none closes a route, as on AWS."""
    settings = "DefaultRouteSettings: {ThrottlingBurstLimit: 0, ThrottlingRateLimit: 0}"
    assert ask(api(tmp_path, World(), settings), "/one", 2) == [429, 429]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("DefaultRouteSettings: {ThrottlingBurst: 3}", "Api sets ThrottlingBurst of a route"),
        ("DefaultRouteSettings: {ThrottlingRateLimit: many}", "Api limits a route by what is no number"),
        ('RouteSettings: {"GET /three": {}}', "Api limits a route that no function answers"),
    ],
)
def test_a_limit_that_nobody_would_keep_is_refused(tmp_path: Path, settings: str, said: str) -> None:
    """A mistyped limit would be no limit."""
    with pytest.raises(Malformed, match=said):
        api(tmp_path, World(), settings)


def test_clocks_that_stand_still_give_nothing() -> None:
    """No request makes tokens."""
    bucket = Bucket(Limit(2, 1000), lambda: 5.0)
    assert [bucket.take() for _ in range(4)] == [True, True, False, False]
