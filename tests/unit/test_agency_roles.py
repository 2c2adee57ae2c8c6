"""Who a caller is comes from the claims of a checked token alone, and what a role may do from one table."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from consent_ledger.errors import Refused
from lambdas.shared.agency.roles import ALONE, SCOPES, Caller, Role, Scope, caller_of, group

EVERYTHING = " ".join(Scope)
SUBJECT = "5f0c2c8e-0a47-4a3c-9f2b-2f4f8f7d6c11"


def event(**claims: Any) -> dict[str, Any]:
    """An event as API Gateway passes it on; every claim is a text there."""
    return {"requestContext": {"authorizer": {"jwt": {"claims": claims, "scopes": None}}}}


def caller(*groups: str, scope: str = EVERYTHING, **claims: Any) -> Caller:
    """Who is of these groups."""
    return caller_of(event(sub=SUBJECT, groups=f"[{' '.join(groups)}]", scope=scope, **claims))


def test_the_table_of_roles_is_the_one_that_was_decided() -> None:
    """Who edits never approves or publishes; who vetoes neither edits nor publishes; each may read."""
    assert {role: " ".join(sorted(scopes)) for role, scopes in SCOPES.items()} == {
        Role.AUTHOR: "agency/edit agency/read",
        Role.ANALYST: "agency/measure agency/read",
        Role.APPROVER: "agency/approve agency/publish agency/read",
        Role.PRIVACY_OFFICER: "agency/measure agency/read agency/team agency/veto",
        Role.DEVELOPER: "agency/publish agency/read",
        Role.ADMINISTRATOR: "agency/people agency/read agency/team",
    }
    assert {scope for scopes in SCOPES.values() for scope in scopes} == set(Scope)


def test_the_page_for_deployers_shows_the_table() -> None:
    """docs/identity.md names each role with its scopes, and no other."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "identity.md").read_text("utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| (`agency/.*) \|$", page, re.MULTILINE)
    assert {role: set(re.findall(r"`(agency/\w+)`", scopes)) for role, scopes in rows} == SCOPES


@pytest.mark.parametrize("role", Role)
def test_a_role_gives_its_scopes_and_no_other(role: Role) -> None:
    """However much the token asks for."""
    found = caller(f"riverton:{role}")
    assert (found.sub, found.agency, found.roles) == (SUBJECT, "riverton", frozenset({role}))
    assert {scope for scope in Scope if found.may(scope)} == SCOPES[role]


def test_a_token_may_be_good_for_less_than_the_person() -> None:
    """Only what both the token and the role give."""
    assert caller("riverton:approver", scope="openid agency/read").scopes == {Scope.READ}
    assert caller("riverton:author", scope="agency/approve").scopes == frozenset()
    assert caller_of(event(sub="a", groups="[a:author]")).scopes == frozenset()


def test_scopes_are_read_from_either_claim_and_in_either_print() -> None:
    """A list in the token arrives in brackets."""
    for name in ("scope", "scp"):
        for text in ("agency/read agency/edit", "[agency/read agency/edit]"):
            found = caller_of(event(sub="a", groups="a:author", **{name: text}))
            assert found.scopes == {Scope.READ, Scope.EDIT}


def test_several_roles_in_one_agency_add_up() -> None:
    """Two groups, one person; what they wrote themselves is for the gate to notice."""
    found = caller("riverton:author", "riverton:analyst")
    assert found.scopes == SCOPES[Role.AUTHOR] | SCOPES[Role.ANALYST]


@pytest.mark.parametrize("alone", ALONE)
@pytest.mark.parametrize("other", Role)
def test_who_watches_or_decides_on_roles_is_nothing_else(alone: Role, other: Role) -> None:
    """Whoever may stop the others is none of them, nor is who has a say in what they may do."""
    if alone is not other:
        with pytest.raises(Refused, match="with another role"):
            caller(f"riverton:{alone}", f"riverton:{other}")


@pytest.mark.parametrize(
    "groups",
    [
        "",
        "[]",
        "everybody",
        "[riverton:author lakeside:author]",
        "[riverton:author lakeside:approver]",
        "riverton:",
        "riverton:admin",
        "riverton:AUTHOR",
        "[riverton:author riverton:admin]",
        ":author",
        "Riverton:author",
        "river/ton:author",
        "river#ton:author",
        "-riverton:author",
        "riverton:author:approver",
        f"{'a' * 101}:author",
    ],
)
def test_groups_that_name_not_one_agency_and_known_roles_are_refused(groups: str) -> None:
    """None, several agencies, unknown roles, or a name that could mean something in a key."""
    with pytest.raises(Refused, match="caller"):
        caller_of(event(sub=SUBJECT, groups=groups, scope=EVERYTHING))


def test_groups_of_other_systems_are_nothing_to_us() -> None:
    """An issuer's own groups have no colon, and give nothing and take nothing away."""
    assert caller("eu-west-1_Ab3_Okta", "riverton:analyst", "staff").roles == {Role.ANALYST}


@pytest.mark.parametrize(
    "sub",
    ["", "jo@example.org", "a b", "a#b", "a" * 256, "ü", "a\n", None, 7],
    ids=lambda sub: repr(sub)[:12],
)
def test_a_subject_that_could_be_an_address_is_refused(sub: Any) -> None:
    """It is written into an audit that nobody can take anything out of."""
    with pytest.raises(Refused, match="subject"):
        caller_of(event(sub=sub, groups="riverton:author", scope=EVERYTHING))


def test_an_identity_token_is_no_access_token() -> None:
    """Cognito gives out both, and its identity tokens hold the same groups."""
    with pytest.raises(Refused, match="access token"):
        caller("riverton:author", token_use="id")
    assert caller("riverton:author", token_use="access").agency == "riverton"


def test_two_claims_of_groups_are_refused() -> None:
    """Nobody could say which of them the issuer vouches for."""
    with pytest.raises(Refused, match="groups"):
        caller("riverton:author", **{"cognito:groups": "[riverton:approver]"})
    cognito = event(sub="a", scope="agency/read", **{"cognito:groups": "[riverton:author]"})
    assert caller_of(cognito).roles == {Role.AUTHOR}


@pytest.mark.parametrize(
    "event_",
    [
        {},
        {"requestContext": {}},
        {"requestContext": {"authorizer": {}}},
        {"requestContext": {"authorizer": {"lambda": {"claims": {"sub": "a", "groups": "a:author"}}}}},
        {"requestContext": {"authorizer": {"jwt": {"claims": None}}}},
        {"requestContext": {"authorizer": {"jwt": {"claims": {"sub": "a", "groups": ["a:author"]}}}}},
        event(sub="a", groups="a:author", scope=1),
    ],
)
def test_an_event_without_checked_claims_is_nobody(event_: dict[str, Any]) -> None:
    """A route that somebody left open has no caller, whatever else is in the request."""
    with pytest.raises(Refused, match="caller"):
        caller_of(event_)


def test_nothing_but_claims_says_who_somebody_is() -> None:
    """Headers, path, query and body name another agency and another role; none of it is read."""
    said = {
        "headers": {
            "x-agency": "lakeside",
            "x-role": "approver",
            "authorization": "Bearer lakeside",
        },
        "pathParameters": {"agency": "lakeside"},
        "queryStringParameters": {"agency": "lakeside", "groups": "lakeside:approver"},
        "body": '{"agency":"lakeside","groups":["lakeside:approver"]}',
    }
    plain = event(sub=SUBJECT, groups="[riverton:author]", scope=EVERYTHING)
    assert caller_of({**said, **plain}) == caller_of(plain)
    with pytest.raises(Refused, match="nobody was authorised"):
        caller_of({**said, "requestContext": {}})


def test_a_group_is_named_as_it_is_read() -> None:
    """And never for what is no agency's name."""
    assert group("riverton", Role.PRIVACY_OFFICER) == "riverton:privacy-officer"
    for name in ("", "a:b", "A", "a b"):
        with pytest.raises(Refused):
            group(name, Role.AUTHOR)
