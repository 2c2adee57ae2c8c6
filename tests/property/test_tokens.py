"""Whatever stands in a token, its header or its signature: it is taken or refused, and no more happens."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent_ledger.errors import Refused
from lambdas.shared.agency.roles import ALONE, Role, caller_of, group
from nearside.local.authorizer import Authorised, Forbidden, JwtAuthorizer, Unauthorised
from tests.support.tokens import AUDIENCE, ISSUER, NOW, Kept, claims, jwk, part, signed

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
JSON = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.text(max_size=4), SCALARS, max_size=3)
NAMES = st.sampled_from(
    ("iss", "aud", "client_id", "exp", "nbf", "iat", "sub", "scope", "scp", "groups", "x")
)
HEADER = st.dictionaries(st.sampled_from(("alg", "kid", "typ", "crit", "b64", "jwk", "x")), JSON, max_size=3)
CLAIMS = st.sampled_from(("sub", "groups", "cognito:groups", "scope", "scp", "token_use"))


def authorizer() -> JwtAuthorizer:
    now = datetime.fromtimestamp(NOW, UTC)
    return JwtAuthorizer(ISSUER, (AUDIENCE,), Kept({"now": jwk("now")}), lambda: now)


def event(said: dict[str, Any]) -> dict[str, Any]:
    return {"requestContext": {"authorizer": {"jwt": {"claims": said}}}}


@settings(max_examples=80)
@given(st.text(max_size=60) | st.builds(".".join, st.lists(st.text("aA0-_=.", max_size=8), max_size=5)))
def test_any_header_is_refused(text: str) -> None:
    """No text that nobody signed is a token."""
    with pytest.raises(Unauthorised):
        authorizer().authorise(text, ())


@settings(max_examples=60)
@given(HEADER, st.dictionaries(NAMES, JSON, max_size=4))
def test_a_token_with_anything_in_it_is_taken_or_refused(
    header: dict[str, Any], payload: dict[str, Any]
) -> None:
    """Signed by the issuer's key, so that all of it is read; what else would be raised fails the test."""
    for token in (signed(payload, header=header), signed(claims(**payload))):
        with suppress(Unauthorised, Forbidden):
            assert authorizer().authorise(token, ("agency/read",)).context()


@settings(max_examples=60)
@given(st.binary(max_size=40), st.binary(max_size=40), st.binary(max_size=8))
def test_a_token_of_any_bytes_is_refused(header: bytes, payload: bytes, signature: bytes) -> None:
    """Nobody signed it."""
    with pytest.raises(Unauthorised):
        authorizer().authorise(f"{part(header)}.{part(payload)}.{part(signature)}", ())


@settings(max_examples=80)
@given(JSON)
def test_claims_are_printed_as_texts_or_left_out(value: object) -> None:
    """Whatever an issuer says: functions are promised texts, which go on as JSON."""
    context = Authorised({"x": value}, None).context()
    assert set(context["jwt"]["claims"]) == (set() if value is None else {"x"})
    assert all(isinstance(each, str) for each in context["jwt"]["claims"].values())
    assert json.loads(json.dumps(context)) == context


@settings(max_examples=80)
@given(st.dictionaries(CLAIMS, JSON, max_size=4))
def test_claims_of_any_kind_are_a_caller_or_none(said: dict[str, Any]) -> None:
    """A refusal, or somebody of one agency with a role; nothing else comes out."""
    with suppress(Refused):
        caller = caller_of(event(said))
        assert caller.agency
        assert caller.roles


@settings(max_examples=40)
@given(
    st.lists(st.sampled_from(sorted(Role)), min_size=1, unique=True), st.sampled_from(("a", "a-b", "a.b-9"))
)
def test_what_names_a_group_reads_it_back(roles: list[Role], agency: str) -> None:
    """Unless somebody would have another role who may have none."""
    said = event({"sub": "x", "groups": f"[{' '.join(group(agency, role) for role in roles)}]"})
    if ALONE.keys() & set(roles) and len(roles) > 1:
        with pytest.raises(Refused):
            caller_of(said)
    else:
        assert (caller_of(said).agency, caller_of(said).roles) == (agency, frozenset(roles))
