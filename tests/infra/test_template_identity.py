"""Who is let in where, by whose word, and what the user pool is: whoever edits the templates."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from consent_ledger.errors import Malformed
from lambdas.shared.agency import roles
from lambdas.shared.agency.roles import SCOPES, Role, group
from nearside.local.delivery import Delivery, read_delivery
from nearside.local.intrinsics import Resolver
from nearside.local.messages import HttpRequest, HttpResponse
from nearside.local.names import LocalValues
from nearside.local.routes import Route, read_routes
from nearside.local.template import Resource, Scope, load, walk
from tests.support.templates import ROOT

OPEN = {
    # Citizens' devices, of whom nobody may know who they are.
    "Api GET /consent/receipts/{entry}",
    "Api GET /health",
    "Api POST /consent/erasures",
    "Api POST /consent/events",
    "Api POST /contributions",
    # Logs, which a witness knows by the signature on what they send.
    "WitnessApi GET /checkpoint/{log}",
    "WitnessApi GET /key",
    "WitnessApi POST /add-checkpoint",
}
SITE = "/agency/sites/{site}"
GUARDED = {
    "GET /agency/audit": "agency/read",
    "GET /agency/sites": "agency/read",
    f"GET {SITE}/drafts": "agency/read",
    f"GET {SITE}/models": "agency/read",
    f"GET {SITE}/models/{{model}}": "agency/read",
    f"GET {SITE}/releases": "agency/read",
    f"GET {SITE}/releases/{{task}}/{{period}}": "agency/read",
    f"GET {SITE}/purposes": "agency/read",
    "GET /agency/team": "agency/read",
    "POST /agency/team": "agency/people",
    "GET /agency/team/changes": "agency/read",
    "POST /agency/team/changes/{change}/confirmation": "agency/team",
    "POST /agency/team/changes/{change}/withdrawal": "agency/team",
    "DELETE /agency/team/people/{person}": "agency/people",
    "PUT /agency/team/people/{person}/roles": "agency/people",
    f"GET {SITE}/drafts/{{collection}}": "agency/read",
    f"GET {SITE}/drafts/{{collection}}/{{name}}": "agency/read",
    f"PUT {SITE}/drafts/{{collection}}/{{name}}": "agency/edit",
    f"DELETE {SITE}/drafts/{{collection}}/{{name}}": "agency/edit",
    f"POST {SITE}/imports": "agency/edit",
    f"GET {SITE}/lint": "agency/read",
    f"GET {SITE}/proposals": "agency/read",
    f"POST {SITE}/proposals": "agency/edit",
    f"GET {SITE}/proposals/{{proposal}}": "agency/read",
    f"GET {SITE}/proposals/{{proposal}}/files": "agency/read",
    f"GET {SITE}/proposals/{{proposal}}/files/{{name}}": "agency/read",
    f"GET {SITE}/proposals/{{proposal}}/changes": "agency/read",
    f"GET {SITE}/preview": "agency/read",
    f"GET {SITE}/preview/files/{{name}}": "agency/read",
    f"GET {SITE}/stops": "agency/read",
    f"POST {SITE}/proposals/{{proposal}}/approvals": "agency/approve",
    f"POST {SITE}/proposals/{{proposal}}/veto": "agency/veto",
    f"POST {SITE}/proposals/{{proposal}}/pause": "agency/veto",
    f"POST {SITE}/proposals/{{proposal}}/resume": "agency/veto",
    f"POST {SITE}/proposals/{{proposal}}/lift": "agency/veto",
    f"GET {SITE}/bundles": "agency/read",
    f"POST {SITE}/bundles": "agency/publish",
    f"POST {SITE}/bundles/canary": "agency/publish",
    f"POST {SITE}/bundles/kill": "agency/publish agency/veto",
    f"POST {SITE}/bundles/revive": "agency/publish",
    f"POST {SITE}/bundles/rollback": "agency/publish",
    f"GET {SITE}/jobs": "agency/read",
    f"GET {SITE}/jobs/{{job}}": "agency/read",
}


@cache
def deployment() -> Scope:
    """The templates, read once: nothing here changes them."""
    return load(ROOT / "template.yaml")


@cache
def every_route() -> tuple[Route, ...]:
    """Of the deployment, and of a witness."""
    return read_routes(deployment()) + read_routes(load(ROOT / "infra" / "witness.yaml", stack="witness"))


def resources(kind: str) -> list[Resource]:
    """What the deployment has of a type."""
    return [each for each in walk(deployment()) if each.type == kind]


def named(kind: str, name: str) -> Resource:
    (found,) = [each for each in resources(kind) if each.logical_id == name]
    return found


def resolved(name: str, root: Scope) -> Any:
    """An output of the whole deployment, on one machine."""
    return Resolver(LocalValues("", "", {}, issuer="http://127.0.0.1:4000")).output(root, name)


def test_the_open_routes_are_these_and_no_other() -> None:
    """Whoever adds a route that nobody has to log in for writes it down here, with the reason."""
    opened = [
        f"{route.api.logical_id if route.api else None} {route.key}"
        for route in every_route()
        if not route.guard
    ]
    assert sorted(opened) == sorted(OPEN)


def test_every_other_route_asks_for_these_scopes() -> None:
    """All of them below /agency/, and all by the one authoriser."""
    guarded = [(route, route.guard) for route in every_route() if route.guard]
    assert {route.key: " ".join(sorted(guard.scopes)) for route, guard in guarded} == GUARDED
    assert {guard.name for _, guard in guarded} == {"Agency"}
    assert {route.path.split("/")[1] for route, _ in guarded} == {"agency"}
    assert {route.api.logical_id for route, _ in guarded if route.api} == {"AgencyApi"}


def test_no_route_is_open_to_whoever_merely_has_a_token() -> None:
    """Without a scope an identity token would do, or one for something else; no scope is one of nobody's."""
    for route in every_route():
        if route.guard:
            assert route.guard.scopes
            assert set(route.guard.scopes) <= set(roles.Scope)
            assert (route.method == "GET") is (roles.Scope.READ in route.guard.scopes), route.key


@pytest.mark.parametrize(
    ("role", "never"),
    [
        (Role.AUTHOR, ("/approvals", "/veto", "/pause", "/resume", "/lift", "/bundles")),
        (Role.ANALYST, ("PUT ", "POST ", "DELETE ")),
        (
            Role.APPROVER,
            ("PUT ", "DELETE ", "POST /agency/sites/{site}/proposals", "/veto", "/pause", "/resume", "/lift"),
        ),
        (Role.PRIVACY_OFFICER, ("PUT ", "DELETE ", "/approvals", "/canary", "/rollback", "/revive")),
        (Role.DEVELOPER, ("PUT ", "DELETE ", "/approvals", "/veto", "/pause", "/resume", "/lift")),
        (
            Role.ADMINISTRATOR,
            (
                "/agency/sites/{site}/imports",
                "PUT /agency/sites",
                "DELETE /agency/sites",
                "/proposals/{proposal}/",
                "/bundles",
            ),
        ),
    ],
)
def test_no_role_reaches_what_is_another_s(role: Role, never: tuple[str, ...]) -> None:
    """Who writes does not approve, who approves does not write, who stops does neither; all may read."""
    reached = [
        route.key
        for route in every_route()
        if route.guard and SCOPES[role] & set(map(roles.Scope, route.guard.scopes))
    ]
    assert reached
    for key in reached:
        assert not [
            part
            for part in never
            if not key.startswith("GET ") and (key == part or (part in key and not part.startswith("POST /")))
        ], key


def test_the_authoriser_takes_the_issuer_of_the_deployment_alone() -> None:
    """Whatever that is: no other address, no other audience stands in any template."""
    root = load(
        ROOT / "template.yaml", {"OidcIssuer": "https://sso.example.org/staff", "OidcAudience": "agency-api"}
    )
    resolver = Resolver(LocalValues("", "", {}))
    for route in read_routes(root):
        if route.guard:
            scope = route.function.scope
            assert resolver.resolve(route.guard.issuer, scope) == "https://sso.example.org/staff"
            assert resolver.resolve(route.guard.audience, scope) == ["agency-api"]


@pytest.mark.parametrize(
    "issuer",
    [
        "http://127.0.0.1:4000",
        "https://127.0.0.1:4000",
        "http://localhost:4000",
        "https://localhost",
        "https://localhost:4000/x",
        "https://[::1]/",
        "https://2130706433/",
        "http://sso.example.org",
        "https://sso.example.org?x=1",
        "https://sso.example.org#x",
        "https://jo@sso.example.org",
        "https://sso.example.org /",
        "file:///issuer",
        "",
    ],
)
def test_the_issuer_of_one_machine_cannot_be_named(issuer: str) -> None:
    """On AWS there is no way to have the agency API believe it: no value of the parameter is its address."""
    asked = replace(deployment(), arguments={"OidcIssuer": issuer, "OidcAudience": "agency-api"})
    with pytest.raises(Malformed, match="OidcIssuer does not match"):
        Resolver(LocalValues("", "", {})).resolve({"Ref": "OidcIssuer"}, asked)


def test_another_issuer_takes_the_place_of_the_pool() -> None:
    """Then nothing of a pool is made; without one the pool is there, and its issuer is AWS's to tell."""
    pool = [each for each in walk(deployment()) if each.type.startswith("AWS::Cognito::")]
    others = {"OidcIssuer": "https://sso.example.org/staff", "OidcAudience": "agency-api"}
    root = load(ROOT / "template.yaml", others)
    made = [each for each in walk(root) if each.type.startswith("AWS::Cognito::")]
    resolver = Resolver(LocalValues("", "", {}))
    assert len(pool) == len(made) == 10
    assert not [each.path for each in made if resolver.exists(each)]
    assert all(resolver.exists(each) for each in pool)
    assert (resolved("OidcIssuer", root), resolved("OidcAudience", root)) == tuple(others.values())
    # On one machine what AWS would tell is the address of what plays the pool.
    assert resolved("OidcIssuer", deployment()) == "http://127.0.0.1:4000"
    assert named("AWS::Cognito::UserPool", "People").scope.outputs["Issuer"]["Value"] == {
        "Fn::If": ["OwnPool", {"Fn::GetAtt": ["People", "ProviderURL"]}, {"Ref": "OidcIssuer"}]
    }


def test_nobody_signs_up_and_everybody_has_a_second_factor() -> None:
    """No address and no number is asked for, nobody gets in by a lost password, the pool is not deleted."""
    pool = named("AWS::Cognito::UserPool", "People").properties
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert (pool["MfaConfiguration"], pool["EnabledMfas"]) == ("ON", ["SOFTWARE_TOKEN_MFA"])
    assert pool["AccountRecoverySetting"] == {"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]}
    assert pool["DeletionProtection"] == "ACTIVE"
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] >= 14
    assert not {
        "Schema",
        "AutoVerifiedAttributes",
        "UsernameAttributes",
        "AliasAttributes",
        "LambdaConfig",
    } & set(pool)


def test_the_client_has_no_secret_and_takes_no_password() -> None:
    """A code for whoever can prove to have asked for it; tokens for an hour; nothing of a person to write."""
    client = named("AWS::Cognito::UserPoolClient", "Console").properties
    assert client["GenerateSecret"] is False
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"]
    assert (client["AccessTokenValidity"], client["TokenValidityUnits"]["AccessToken"]) == (60, "minutes")
    assert client["WriteAttributes"] == client["ReadAttributes"] == ["locale"]
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert "aws.cognito.signin.user.admin" not in client["AllowedOAuthScopes"]


def test_the_pool_has_the_scopes_and_the_roles_of_the_table() -> None:
    """Not one less, which nobody could use, and not one more."""
    server = named("AWS::Cognito::UserPoolResourceServer", "AgencyScopes").properties
    scopes = {f"{server['Identifier']}/{each['ScopeName']}" for each in server["Scopes"]}
    client = named("AWS::Cognito::UserPoolClient", "Console").properties
    assert scopes == set(roles.Scope) == set(client["AllowedOAuthScopes"]) - {"openid"}
    groups = [each.properties["GroupName"] for each in resources("AWS::Cognito::UserPoolGroup")]
    written = {name["Fn::Sub"].replace("${Controller}", "riverton") for name in groups}
    assert written == {group("riverton", role) for role in Role}


def delivery(asked: list[tuple[str, HttpRequest]]) -> Delivery:
    """The distribution of the templates; each origin keeps what it was asked, and says 403 to a POST."""

    def origin(name: str) -> Any:
        def answer(request: HttpRequest) -> HttpResponse:
            asked.append((name, request))
            return HttpResponse(403 if request.method == "POST" else 200)

        return answer

    apis = {name: origin(name) for name in ("nearside-api-api", "nearside-agency-agencyapi")}
    return read_delivery(deployment(), Resolver(LocalValues("", "", {})), bucket_origin=origin, apis=apis)


SENT = {
    "authorization": "Bearer x",
    "cookie": "a=b",
    "host": "example.org",
    "if-match": '"1"',
    "idempotency-key": "k",
    "x-forwarded-for": "192.0.2.1",
    "user-agent": "Firefox",
    "referer": "https://example.org/",
    "origin": "https://example.org",
}


def test_a_token_goes_to_the_agencies_api_and_nowhere_else() -> None:
    """With the query and what an answer hangs on; no cookie goes anywhere, nor who asks by which program."""
    asked: list[tuple[str, HttpRequest]] = []
    front = delivery(asked)
    for path in ("/agency/sites", "/consent/receipts/x", "/health", "/agency", "/nearside/bundle.json"):
        front(HttpRequest("GET", path, "limit=1", SENT))
    api, *others = asked
    assert (api[0], api[1].query) == ("nearside-agency-agencyapi", "limit=1")
    assert set(api[1].headers) == {"authorization", "host", "if-match", "idempotency-key", "user-agent"}
    assert api[1].headers["user-agent"] == "Amazon CloudFront"
    assert len(others) == 4
    for name, request in others:
        assert name != "nearside-agency-agencyapi"
        assert (request.query, set(request.headers)) == ("", {"host", "user-agent"})


def test_a_wrong_scope_is_seen_as_what_it_is_through_the_front_door() -> None:
    """What an API says is changed by nobody on the way: no page stands in the place of an error."""
    asked: list[tuple[str, HttpRequest]] = []
    answer = delivery(asked)(HttpRequest("POST", "/agency/sites/riverton/bundles", headers=SENT))
    assert answer.status == 403
    assert answer.headers["cache-control"] == "no-store"


def test_nothing_of_agencies_is_kept_on_the_way() -> None:
    """One second where an answer asked for it, which none does, and by the token; errors too."""
    policy = named("AWS::CloudFront::CachePolicy", "OfOne").properties["CachePolicyConfig"]
    assert (policy["MinTTL"], policy["DefaultTTL"], policy["MaxTTL"]) == (0, 0, 1)
    assert policy["ParametersInCacheKeyAndForwardedToOrigin"]["HeadersConfig"]["Headers"] == ["Authorization"]
    (distribution,) = resources("AWS::CloudFront::Distribution")
    for each in distribution.properties["DistributionConfig"]["CacheBehaviors"]:
        if each["TargetOriginId"] == "agency":
            assert each["CachePolicyId"] == {"Ref": "OfOne"}
            assert each["ViewerProtocolPolicy"] == "https-only"
            assert each.get("Compress", False) is False
