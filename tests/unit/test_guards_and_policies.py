"""A policy of CloudFront's that tells visitors apart, or sends on more than it lists, stops the start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from consent_ledger.errors import Malformed, Refused
from nearside.local.intrinsics import Resolver
from nearside.local.names import LocalValues
from nearside.local.policies import CachePolicy, read_cache_policy, read_request_policy
from nearside.local.routes import read_routes
from nearside.local.template import Resource, Scope, load

RESOLVER = Resolver(LocalValues("", "", {}))


def resource(**properties: Any) -> Resource:
    return Resource(Scope((), Path("t"), None, {}, {}, {}, {}), "Policy", "x", None, properties)


def cache(*, ttl: int = 0, longest: int = 1, **key: Any) -> Resource:
    """A cache policy whose key holds what is given and nothing else."""
    parameters = {
        "EnableAcceptEncodingBrotli": False,
        "CookiesConfig": {"CookieBehavior": "none"},
        "HeadersConfig": {"HeaderBehavior": "none"},
        "QueryStringsConfig": {"QueryStringBehavior": "none"},
        **key,
    }
    times = {"MinTTL": 0, "DefaultTTL": ttl, "MaxTTL": longest}
    return resource(CachePolicyConfig={**times, "ParametersInCacheKeyAndForwardedToOrigin": parameters})


def sent_on(**config: Any) -> Resource:
    """An origin request policy that sends on what is given and nothing else."""
    nothing = {
        "CookiesConfig": {"CookieBehavior": "none"},
        "HeadersConfig": {"HeaderBehavior": "none"},
        "QueryStringsConfig": {"QueryStringBehavior": "none"},
    }
    return resource(OriginRequestPolicyConfig={**nothing, **config})


AUTHORIZATION = {"HeaderBehavior": "whitelist", "Headers": ["Authorization"]}
EVERY_QUERY = {"QueryStringBehavior": "all"}


def test_those_who_log_in_are_told_apart_where_nothing_is_kept() -> None:
    """By their token and the query; what is kept for all has neither."""
    found = read_cache_policy(cache(HeadersConfig=AUTHORIZATION, QueryStringsConfig=EVERY_QUERY), RESOLVER)
    assert found == CachePolicy(False, False, frozenset({"authorization"}), queries=True)
    assert read_cache_policy(cache(ttl=30, longest=30), RESOLVER) == CachePolicy(True, False)


@pytest.mark.parametrize(
    "policy",
    [
        cache(CookiesConfig={"CookieBehavior": "all"}),
        cache(CookiesConfig={"CookieBehavior": "whitelist", "Cookies": ["a"]}),
        cache(HeadersConfig={"HeaderBehavior": "whitelist", "Headers": ["Authorization", "User-Agent"]}),
        cache(HeadersConfig={"HeaderBehavior": "whitelist", "Headers": ["Accept-Language"]}),
        cache(QueryStringsConfig={"QueryStringBehavior": "whitelist", "QueryStrings": ["id"]}),
        cache(ttl=1, HeadersConfig=AUTHORIZATION),
        cache(longest=60, HeadersConfig=AUTHORIZATION),
        cache(ttl=30, longest=30, QueryStringsConfig=EVERY_QUERY),
    ],
)
def test_a_key_that_tells_visitors_apart_is_malformed(policy: Resource) -> None:
    """A cookie never; a token or a query only where nothing is kept; no other header."""
    with pytest.raises(Malformed, match="tells visitors apart"):
        read_cache_policy(policy, RESOLVER)


def test_what_an_answer_hangs_on_is_sent_on() -> None:
    """By the names that are listed, in lower case."""
    headers = {"HeaderBehavior": "whitelist", "Headers": ["If-Match", "Accept"]}
    assert read_request_policy(sent_on(HeadersConfig=headers), RESOLVER) == {"if-match", "accept"}
    assert read_request_policy(sent_on(), RESOLVER) == frozenset()


@pytest.mark.parametrize(
    "config",
    [
        {"CookiesConfig": {"CookieBehavior": "all"}},
        {"QueryStringsConfig": EVERY_QUERY},
        {"HeadersConfig": {"HeaderBehavior": "allViewer"}},
        {"HeadersConfig": {"HeaderBehavior": "allExcept", "Headers": ["Host"]}},
        {"HeadersConfig": AUTHORIZATION},
        *(
            {"HeadersConfig": {"HeaderBehavior": "whitelist", "Headers": [name]}}
            for name in ("Cookie", "User-Agent", "Referer", "CloudFront-Viewer-Address", "Origin")
        ),
    ],
)
def test_whatever_would_send_on_who_asks_is_malformed(config: dict[str, Any]) -> None:
    """Cookies, addresses, programs, pages; and a token, which CloudFront sends on from a key alone."""
    with pytest.raises(Malformed):
        read_request_policy(sent_on(**config), RESOLVER)


HEADER = "IdentitySource: $request.header.Authorization"
TOKEN = "JwtConfiguration: {issuer: a, audience: [b]}"
ONE = f"Authorizers: {{A: {{{HEADER}, {TOKEN}}}}}"
FOR_ALL = f"Auth: {{{ONE}, DefaultAuthorizer: A}}"


@pytest.mark.parametrize(
    ("api", "event"),
    [
        ("Auth: {DefaultAuthorizer: AWS_IAM, EnableIamAuthorizer: true}", ""),
        ("Auth: {EnableIamAuthorizer: true}", ""),
        ("Auth: {Authorizers: {A: {FunctionArn: x, AuthorizerPayloadFormatVersion: '2.0'}}}", ""),
        (f"Auth: {{{ONE}, DefaultAuthorizer: B}}", ""),
        (f"Auth: {{{ONE}}}", "Auth: {Authorizer: B}"),
        (f"Auth: {{{ONE}}}", "Auth: {Authorizer: AWS_IAM}"),
        (f"Auth: {{{ONE}}}", "Auth: {AuthorizationScopes: [x]}"),
        (FOR_ALL, "Auth: {Authorizer: NONE, AuthorizationScopes: [x]}"),
        (FOR_ALL, "Auth: {AuthorizationScopes: !Ref X}"),
        (FOR_ALL, "Auth: {InvokeRole: x}"),
        (f"Auth: {{Authorizers: {{A: {{{TOKEN}}}}}}}", ""),
        (f"Auth: {{Authorizers: {{A: {{IdentitySource: $request.querystring.t, {TOKEN}}}}}}}", ""),
        (f"Auth: {{Authorizers: {{A: {{{HEADER}, JwtConfiguration: {{issuer: a}}}}}}}}", ""),
        (f"Auth: {{Authorizers: {{A: {{{HEADER}, {TOKEN}, FunctionArn: x}}}}}}", ""),
        ("DefinitionBody: {openapi: 3.0.1}", ""),
        ("DefinitionUri: api.yaml", ""),
        ("CorsConfiguration: true", ""),
        ("StageName: v1", ""),
    ],
)
def test_every_other_way_to_guard_an_api_stops_the_start(tmp_path: Path, api: str, event: str) -> None:
    """Nobody here would ask it, and everybody would pass."""
    (tmp_path / "t.yaml").write_text(
        f"""
Resources:
  Api: {{Type: AWS::Serverless::HttpApi, Properties: {{{api}}}}}
  Function:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Request: {{Type: HttpApi, Properties: {{ApiId: !Ref Api, Method: GET, Path: /a, {event}}}}}
"""
    )
    with pytest.raises(Refused, match="nobody plays here"):
        read_routes(load(tmp_path / "t.yaml"))


def test_what_is_said_of_all_apis_at_once_stops_the_start(tmp_path: Path) -> None:
    """An authoriser could stand there, and no route would show it."""
    said = "Globals: {HttpApi: {Auth: {DefaultAuthorizer: A}}}"
    (tmp_path / "t.yaml").write_text(f"{said}\nResources: {{Api: {{Type: AWS::Serverless::HttpApi}}}}")
    with pytest.raises(Malformed, match="globals of HttpApi"):
        load(tmp_path / "t.yaml")


def test_a_route_of_an_api_of_another_template_stops_the_start(tmp_path: Path) -> None:
    """SAM joins the two within one template alone; what guards that API could not be seen."""
    (tmp_path / "t.yaml").write_text(
        """
Parameters: {ApiId: {Type: String}}
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Request: {Type: HttpApi, Properties: {ApiId: !Ref ApiId, Method: GET, Path: /a}}
"""
    )
    with pytest.raises(Malformed, match="no API of its own template"):
        read_routes(load(tmp_path / "t.yaml"))
