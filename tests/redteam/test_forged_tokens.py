"""A stranger makes or changes tokens, or somebody of one agency reaches for another's: none is let in."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from consent_ledger.errors import Refused
from lambdas.shared.agency.roles import caller_of
from nearside.local.issuer_keys import SigningKey
from tests.support.tokens import (
    AUDIENCE,
    ISSUER,
    NOW,
    Guarded,
    Kept,
    claims,
    jwk,
    part,
    rsa,
    signed,
    with_the_public_key_for_a_secret,
)


@pytest.fixture
def door() -> Iterator[Guarded]:
    with ThreadPoolExecutor(1) as pool:
        yield Guarded(Kept({"now": jwk("now"), "next": jwk("next")}), ("agency/edit", "agency/team"), pool)


def test_who_has_a_valid_token_is_let_in(door: Guarded) -> None:
    """Without this nothing below would say anything."""
    assert door.lets_in(signed(claims()))
    assert door.lets_in(signed(claims(), key="next"))
    told = door.events[0]["requestContext"]["authorizer"]
    assert told["jwt"]["scopes"] == ["agency/edit", "agency/read"]
    assert caller_of(door.events[0]).agency == "riverton"


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "", None])
def test_no_algorithm_is_no_signature(door: Guarded, algorithm: str | None) -> None:
    """`alg: none`, in any spelling, with an empty signature, with a true one, and with none at all."""
    head = part({"alg": algorithm, "kid": "now"})
    for signature in ("", ".", ".AA", "." + signed(claims()).rpartition(".")[2]):
        assert not door.lets_in(f"{head}.{part(claims())}{signature}")


def test_the_public_key_is_no_shared_secret(door: Guarded) -> None:
    """HS256 with the public key for its secret is refused by its algorithm, before any key is looked for."""
    assert not door.lets_in(with_the_public_key_for_a_secret(claims()))
    assert door.keys.asked == []


@pytest.mark.parametrize("algorithm", ["HS256", "HS512", "ES256", "PS256", "EdDSA", "RS1", ["RS256"], {}, 7])
def test_other_algorithms_are_refused(door: Guarded, algorithm: object) -> None:
    """API Gateway takes RSA alone; what a header says does not change what a key is for."""
    assert not door.lets_in(signed(claims(), header={"alg": algorithm}))
    assert door.keys.asked == []


def test_a_curve_of_the_issuer_s_is_refused_here_as_there(door: Guarded) -> None:
    """A token by ES256, signed well by a key of the issuer, would not pass on AWS either."""
    key = ec.generate_private_key(ec.SECP256R1())
    head = part({"alg": "ES256", "kid": "curve"})
    said = f"{head}.{part(claims())}"
    assert not door.lets_in(f"{said}.{part(key.sign(said.encode(), ec.ECDSA(hashes.SHA256())))}")


def test_a_token_of_a_stronger_hash_is_not_a_token_of_a_weaker_one(door: Guarded) -> None:
    """A key that the issuer marks for RS256 signs nothing else; the header alone changes nothing."""
    assert not door.lets_in(signed(claims(), header={"alg": "RS512"}))


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://login.example.org/citizens"},
        {"iss": f"{ISSUER}/"},
        {"iss": ISSUER.upper()},
        {"iss": [ISSUER]},
        {"iss": None},
        {"aud": "another-api"},
        {"aud": []},
        {"aud": ["another-api"]},
        {"aud": None},
        {"aud": None, "client_id": "another-client"},
        {"aud": "another-api", "client_id": AUDIENCE},
        {"aud": {"": AUDIENCE}},
        {"aud": [[AUDIENCE]]},
        {"exp": NOW},
        {"exp": NOW - 1},
        {"exp": None},
        {"exp": str(NOW + 60)},
        {"exp": True},
        {"exp": [NOW + 60]},
        {"nbf": NOW + 1},
        {"nbf": "soon"},
        {"nbf": True},
        {"iat": NOW + 1},
        {"iat": {}},
    ],
    ids=lambda changed: json.dumps(changed)[:48],
)
def test_a_token_of_others_or_of_another_time_is_refused(door: Guarded, changed: dict[str, Any]) -> None:
    """Signed by the issuer's own key, and all the same not for us, or not for now."""
    assert not door.lets_in(signed(claims(**changed)))


def test_a_time_that_is_no_number_is_refused(door: Guarded) -> None:
    """Python reads NaN and endless numbers where JSON has none."""
    for spelt in ("NaN", "Infinity", "1e999"):
        payload = json.dumps(claims(exp=0)).replace('"exp": 0', f'"exp": {spelt}')
        assert not door.lets_in(signed(payload.encode()))
    assert not door.lets_in(signed(json.dumps(claims(x=float("nan"))).encode()))


def test_a_token_too_long_for_a_header_is_refused(door: Guarded) -> None:
    """However well it is signed."""
    assert door.lets_in(signed(claims(x="x" * 4000)))
    assert not door.lets_in(signed(claims(x="x" * 8000)))


def test_what_cognito_gives_out_is_let_in(door: Guarded) -> None:
    """Access tokens of a user pool name no audience, and the client that they were given to."""
    assert door.lets_in(signed(claims(aud=None, client_id=AUDIENCE)))
    assert door.lets_in(signed(claims(aud=["x", AUDIENCE], client_id="another-client", nbf=NOW, iat=NOW)))


def test_a_key_of_a_stranger_signs_nothing(door: Guarded) -> None:
    """Under a known id, under none, under one of its own, or carried along in the header."""
    own = {**SigningKey(1, rsa("mine")).jwk(), "kid": "mine"}
    for header in (
        {"kid": "now"},
        {"kid": "mine"},
        {"kid": None},
        {"kid": "mine", "jwk": own},
        {"kid": "now", "jwk": own},
        {"kid": "mine", "jku": "https://attacker.example/jwks.json"},
        {"kid": "now", "x5u": "https://attacker.example/chain.pem"},
        {"kid": "now", "x5c": ["MIIB"]},
    ):
        assert not door.lets_in(signed(claims(), key="mine", header=header))


@pytest.mark.parametrize(
    "kid",
    [
        "",
        "NOW",
        " now",
        "now\0",
        "../now",
        "../../../../dev/null",
        "now' OR '1'='1",
        "https://a.example/k",
        "n" * 4000,
    ],
)
def test_a_key_id_is_a_name_and_nothing_else(door: Guarded, kid: str) -> None:
    """It is no path, no query and no address: what is not the name of a key, names none."""
    assert not door.lets_in(signed(claims(), header={"kid": kid}))
    assert set(door.keys.asked) <= {kid}


@pytest.mark.parametrize("kid", [None, 0, True, ["now"], {"now": "now"}])
def test_a_key_id_that_is_no_text_names_nothing(door: Guarded, kid: object) -> None:
    """And is not even looked for."""
    assert not door.lets_in(signed(claims(), header={"kid": kid}))
    assert door.keys.asked == []


def test_a_key_for_something_else_signs_no_token() -> None:
    """Nor does one that is too short, or that lacks a part."""
    keys = {
        "now": jwk("now"),
        "enc": {**jwk("enc"), "use": "enc"},
        "other": {**jwk("other"), "alg": "RS384"},
        "oct": {"kty": "oct", "k": part(b"x" * 32), "kid": "oct"},
        "half": {name: value for name, value in jwk("half").items() if name != "n"},
        "short": jwk("short"),
    }
    with ThreadPoolExecutor(1) as pool:
        door = Guarded(Kept(keys), (), pool)
        assert door.lets_in(signed(claims()))
        for name in ("enc", "other", "oct", "half", "short"):
            assert not door.lets_in(signed(claims(), key=name)), name


def test_what_was_signed_is_what_is_read(door: Guarded) -> None:
    """One bit of payload or signature, a part more, a part less: refused."""
    token = signed(claims(groups=["riverton:author"]))
    head, payload, signature = token.split(".")
    other = part(claims(groups=["riverton:approver"]))
    for forged in (
        f"{head}.{other}.{signature}",
        f"{head}.{payload}.{signature[:-8]}AAAAAAAA",
        f"{head}.{payload}.",
        f"{head}.{payload}",
        f"{token}.{signature}",
        f"{head}..{signature}",
        f".{payload}.{signature}",
        f"{head}.{payload}.{signature}=",
        f"{token} ",
        f"{token}\n",
        f"{token},{token}",
        "a" * 9000,
        "",
    ):
        assert not door.lets_in(forged)
    assert door.lets_in(token)


@pytest.mark.parametrize(
    "payload",
    [
        b'{"sub":"a","sub":"b"}',
        b'{"scope":"agency/read","scope":"agency/edit"}',
        b'{"a":{"b":1,"b":2}}',
    ],
)
def test_a_name_that_is_twice_in_a_token_is_refused(door: Guarded, payload: bytes) -> None:
    """The gateway could take one of them and a function the other."""
    doubled = json.dumps(claims()).encode()[:-1] + b"," + payload[1:]
    assert not door.lets_in(signed(doubled))
    head = b'{"alg":"none","alg":"RS256","kid":"now"}'
    assert not door.lets_in(signed(claims(), header=head))


@pytest.mark.parametrize("payload", [b"", b"[]", b"null", b'"x"', b"\xff", b"[" * 3000, b'{"a":'])
def test_a_payload_that_is_no_object_is_refused(door: Guarded, payload: bytes) -> None:
    """However well it is signed."""
    assert not door.lets_in(signed(payload))


def test_extensions_that_must_be_understood_are_refused(door: Guarded) -> None:
    """Nobody here understands any (RFC 7515, section 4.1.11)."""
    assert not door.lets_in(signed(claims(), header={"crit": ["exp"], "exp": 1}))
    assert not door.lets_in(signed(claims(), header={"b64": False, "crit": ["b64"]}))
    assert not door.lets_in(signed(claims(), header={"b64": True}))


@pytest.mark.parametrize(
    "scope", [None, "", "agency/read", "agency", "agency/editor", "AGENCY/EDIT", ["agency/read"], {}, 7, True]
)
def test_a_token_that_is_not_good_for_a_route_is_forbidden(door: Guarded, scope: object) -> None:
    """403 and not 401: who somebody is, is known."""
    token = signed(claims(scope=scope))
    assert not door.lets_in(token)
    assert door.ask(token).status == 403


@pytest.mark.parametrize(
    "scopes",
    [
        {"scope": "agency/team"},
        {"scope": ["agency/read", "agency/edit"]},
        {"scope": None, "scp": "agency/edit"},
    ],
)
def test_one_of_the_scopes_is_enough(door: Guarded, scopes: dict[str, Any]) -> None:
    """In either claim, as a text or as a list."""
    assert door.lets_in(signed(claims(**scopes)))


def test_a_token_elsewhere_than_in_its_header_is_none(door: Guarded) -> None:
    """In the query, a cookie, the body, another header, or under another scheme."""
    token = signed(claims())
    assert not door.lets_in(None, query=f"access_token={token}&Authorization=Bearer%20{token}")
    assert not door.lets_in(None, body=f"access_token={token}".encode())
    for name, value in (
        ("cookie", f"Authorization={token}"),
        ("proxy-authorization", f"Bearer {token}"),
        ("x-forwarded-authorization", f"Bearer {token}"),
        ("authorization", ""),
        ("authorization", "Bearer"),
        ("authorization", f"Basic {base64.b64encode(token.encode()).decode()}"),
        ("authorization", f"Token {token}"),
        ("authorization", f"Bearer  {token}"),
        ("authorization", f"Bearer {token},Bearer {token}"),
    ):
        assert not door.lets_in(None, headers={name: value}), name


def test_whoever_is_refused_is_told_nothing_of_the_token(door: Guarded) -> None:
    """Why, in words of ours; nothing that was sent comes back."""
    for forged in (
        "canary-7261",
        signed(claims(iss="canary-7261")),
        signed(claims(), header={"kid": "canary-7261"}),
    ):
        answer = door.ask(forged)
        assert answer.status == 401
        assert answer.headers["www-authenticate"].startswith('Bearer scope="" error="invalid_token"')
        assert "canary" not in repr(answer)


def test_the_agency_comes_from_the_claims_alone(door: Guarded) -> None:
    """Somebody of Riverton who writes Lakeside wherever a request has room stays somebody of Riverton."""
    said = {
        "path": "/agency/sites/lakeside",
        "query": "agency=lakeside&groups=lakeside:approver",
        "headers": {"x-agency": "lakeside", "x-amzn-oidc-identity": "lakeside", "cookie": "agency=lakeside"},
        "body": json.dumps({"agency": "lakeside", "cognito:groups": ["lakeside:approver"]}).encode(),
    }
    assert door.lets_in(signed(claims()), **said)
    found = caller_of(door.events[-1])
    assert (found.agency, sorted(found.roles)) == ("riverton", ["author"])


@pytest.mark.parametrize(
    "groups",
    [
        ["riverton:author", "lakeside:author"],
        ["riverton:author riverton:approver", "lakeside:x"],
        "[riverton:author lakeside:author]",
        ["riverton:superuser"],
        [],
        None,
    ],
)
def test_claims_that_are_not_of_one_agency_are_nobody_s(door: Guarded, groups: object) -> None:
    """The gateway lets the token in, for it is the issuer's; no function takes whoever has it for anybody."""
    assert door.lets_in(signed(claims(groups=groups)))
    with pytest.raises(Refused, match="caller"):
        caller_of(door.events[-1])


def test_claims_arrive_as_api_gateway_prints_them() -> None:
    """Texts all of them: lists in brackets, nothing for null; no scopes where the route asks for none."""
    with ThreadPoolExecutor(1) as pool:
        door = Guarded(Kept({"now": jwk("now")}), (), pool)
        payload = claims(email_verified=True, version=2, address={"a": ["b"]}, empty=[])
        assert door.lets_in(
            signed(json.dumps(payload).replace('"version"', '"gone": null, "version"').encode())
        )
    told = door.events[0]["requestContext"]["authorizer"]["jwt"]
    assert told == {
        "claims": {
            **{name: payload[name] for name in ("sub", "iss", "aud", "scope")},
            "groups": "[riverton:author]",
            "iat": str(NOW - 10),
            "exp": str(NOW + 3600),
            "email_verified": "true",
            "version": "2",
            "address": '{"a":["b"]}',
            "empty": "[]",
        },
        "scopes": None,
    }
