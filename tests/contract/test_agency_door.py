"""Who is let in to the agency API of a running deployment: by its own issuer, through its front door."""

from __future__ import annotations

import re
import time
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from consent_ledger.errors import Refused
from lambdas.shared.agency.roles import Role
from nearside.local.issuer import Issuer
from nearside.local.issuer_people import Person
from nearside.local.routes import read_routes
from nearside.local.stack import Stack, open_stack
from nearside.local.template import load
from tests.support import patient
from tests.support.agency_people import token_of
from tests.support.templates import ROOT

pytest_plugins = ["tests.support.stack"]
pytestmark = pytest.mark.stack


def token(state: Path, role: Role, *, agency: str = "riverton", now: int | None = None) -> str:
    """A token as `nearside team token` prints it."""
    person = Person(str(uuid4()), agency, frozenset({role}))
    return Issuer.of(state).token(person, now=int(time.time()) if now is None else now, seconds=3600)


def ask(stack: Stack, method: str, path: str, token: str | None = None) -> httpx.Response:
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    return patient.request(method, stack.url + path, headers=headers)


def test_who_works_for_the_agency_is_let_in(stack: Stack, stack_state: Path) -> None:
    """And sees the sites of the agency that the token names; somebody of another one sees none of them."""
    mine = ask(stack, "GET", "/agency/sites", token(stack_state, Role.ANALYST))
    assert (mine.status_code, mine.json()) == (200, {"sites": ["riverton"]})
    assert mine.headers["cache-control"] == "no-store"
    others = ask(stack, "GET", "/agency/sites", token(stack_state, Role.ANALYST, agency="lakeside"))
    assert "riverton" not in others.text


def test_nobody_is_let_in_anywhere_without_a_token(stack: Stack) -> None:
    """No route of the agency API answers, by whatever method it has."""
    guarded = [route for route in read_routes(load(ROOT / "template.yaml")) if route.guard]
    assert len(guarded) >= 20
    with httpx.Client(base_url=stack.url, timeout=patient.WAIT_S) as client:
        for route in guarded:
            answer = client.request(route.method, re.sub(r"\{[a-z]+\}", "riverton", route.path))
            assert (answer.status_code, answer.content) == (401, b'{"message":"Unauthorized"}'), route.key
            assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_token_that_ended_or_of_another_key_is_none(
    stack: Stack, stack_state: Path, tmp_path: Path
) -> None:
    """The issuer that runs is asked for its keys, and says that this one is not its own."""
    old = token(stack_state, Role.AUTHOR, now=int(time.time()) - 3600)
    issuer = Issuer.of(stack_state)
    posing = Issuer(tmp_path, issuer.url, issuer.audience)
    posing.keys.rotate(1000)
    forged = posing.token(
        Person(str(uuid4()), "riverton", frozenset({Role.AUTHOR})), now=int(time.time()), seconds=60
    )
    for refused in (old, forged):
        assert ask(stack, "GET", "/agency/sites", refused).status_code == 401


def test_a_role_is_not_let_in_where_it_has_no_business(stack: Stack, stack_state: Path) -> None:
    """The function is not called, and the gateway's own word reaches whoever asked."""
    author = token(stack_state, Role.AUTHOR)
    before = stack.functions["agency_acts"].calls.so_far().calls
    told = ask(stack, "POST", "/agency/sites/riverton/bundles", author)
    assert (told.status_code, told.headers["cache-control"]) == (403, "no-store")
    assert told.json() == {"message": "Forbidden"}
    assert stack.functions["agency_acts"].calls.so_far().calls == before
    assert ask(stack, "GET", "/agency/audit", author).status_code == 200


def test_people_come_and_go_by_the_word_of_two(stack: Stack, stack_state: Path) -> None:
    """One asks, another confirms; the new one is known to the issuer, whose command signs a token for them
    that is good for their role; taken out, there is nobody to sign one for."""
    who = {role: token_of(stack_state, role) for role in (Role.ADMINISTRATOR, Role.PRIVACY_OFFICER)}

    def send(role: Role, method: str, path: str, body: object = None) -> httpx.Response:
        headers = {"authorization": f"Bearer {who[role]}", "idempotency-key": f"key{path}"}
        url = f"{stack.url}/agency/team{path}"
        return patient.request(method, url, headers=headers, json=body)

    asked = send(Role.ADMINISTRATOR, "POST", "", {"roles": ["author"]})
    assert asked.status_code == 202, asked.text
    confirmation = f"/changes/{asked.json()['id']}/confirmation"
    assert send(Role.ADMINISTRATOR, "POST", confirmation, {}).status_code == 409
    done = send(Role.PRIVACY_OFFICER, "POST", confirmation, {}).json()
    assert (done["state"], done["password"]) == ("done", "")
    issuer = Issuer.of(stack_state)
    signed = issuer.token(issuer.people.find(done["person"]), now=int(time.time()), seconds=60)
    assert ask(stack, "GET", "/agency/sites", signed).status_code == 200
    told = send(Role.PRIVACY_OFFICER, "GET", "").json()["items"]
    assert {"person": done["person"], "roles": ["author"], "state": "active"} in told
    assert send(Role.ADMINISTRATOR, "DELETE", f"/people/{done['person']}").json()["state"] == "done"
    with pytest.raises(Refused):
        issuer.people.find(done["person"])
    assert send(Role.ADMINISTRATOR, "DELETE", f"/people/{done['person']}").status_code == 404
    # Whoever works for an agency that has no site here, asks for nobody.
    stranger = token_of(stack_state, Role.ADMINISTRATOR, agency="lakeside")
    assert ask(stack, "GET", "/agency/team", stranger).status_code == 404


def test_whoever_joins_the_deployment_knows_its_issuer(stack: Stack, stack_state: Path) -> None:
    """Commands beside it, such as those that act for an agency, find it by the same outputs."""
    with open_stack(stack_state) as joined:
        assert joined.outputs["OidcIssuer"] == stack.outputs["OidcIssuer"] == Issuer.of(stack_state).url
        assert joined.outputs["OidcAudience"] == Issuer.of(stack_state).audience
