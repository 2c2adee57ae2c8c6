"""Tokens as an issuer signs them, and as attackers would; and a gateway that asks for one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from nearside.local.authorizer import JwtAuthorizer
from nearside.local.functions import LocalFunction
from nearside.local.gateway import Gateway
from nearside.local.issuer_keys import SigningKey
from nearside.local.messages import HttpRequest, HttpResponse
from nearside.local.routes import Guard, Route
from nearside.local.template import Resource, Scope

ISSUER: Final = "https://login.example.org/staff"
AUDIENCE: Final = "agency-api"
NOW: Final = 1_795_300_821
FUNCTION: Final = Resource(
    Scope((), Path("t"), None, {}, {}, {}, {}), "Function", "AWS::Serverless::Function", None, {}
)


@cache
def rsa(name: str) -> RSAPrivateKey:
    """A key; the same one for the same name. The one that is called short is too short."""
    return generate_private_key(public_exponent=65537, key_size=1024 if name == "short" else 2048)


def jwk(name: str, **members: str) -> dict[str, str]:
    """The public half of a key as a key set has it, under its name."""
    return {**SigningKey(1, rsa(name)).jwk(), "kid": name, **members}


def claims(**changed: Any) -> dict[str, Any]:
    """Claims that are valid at `NOW`, but for what is changed; None leaves one out."""
    valid = {
        "sub": "5f0c2c8e-0a47-4a3c-9f2b-2f4f8f7d6c11",
        "iss": ISSUER,
        "aud": AUDIENCE,
        "groups": ["riverton:author"],
        "scope": "agency/edit agency/read",
        "iat": NOW - 10,
        "exp": NOW + 3600,
    }
    return {name: value for name, value in {**valid, **changed}.items() if value is not None}


def part(value: object) -> str:
    """A part of a token: JSON, or bytes as they are, in base64url."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def signed(payload: object, *, key: str = "now", header: Mapping[str, Any] | bytes | None = None) -> str:
    """A token signed by RS256 with that key, under whatever header."""
    head = header if isinstance(header, bytes) else {"alg": "RS256", "kid": key, **(header or {})}
    said = f"{part(head)}.{part(payload)}"
    return f"{said}.{part(rsa(key).sign(said.encode(), PKCS1v15(), hashes.SHA256()))}"


def with_the_public_key_for_a_secret(payload: object) -> str:
    """HS256 whose secret is the issuer's public key, which everybody has."""
    pem = rsa("now").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    said = f"{part({'alg': 'HS256', 'kid': 'now'})}.{part(payload)}"
    return f"{said}.{part(hmac.digest(pem, said.encode(), hashlib.sha256))}"


@dataclass(slots=True)
class Kept:
    """The keys of an issuer, and which were asked for."""

    keys: Mapping[str, Mapping[str, Any]]
    asked: list[str] = field(default_factory=list)

    def find(self, kid: str) -> Mapping[str, Any] | None:
        """See `Keys.find`."""
        self.asked.append(kid)
        return self.keys.get(kid)


@dataclass(slots=True)
class Guarded:
    """A gateway with one guarded route, `GET /agency/{rest+}`, and the events that its function was given."""

    keys: Kept
    scopes: tuple[str, ...]
    pool: ThreadPoolExecutor
    events: list[dict[str, Any]] = field(default_factory=list)

    def ask(self, token: str | None, **request: Any) -> HttpResponse:
        """Send a request with a token in its place."""
        given = {} if token is None else {"authorization": f"Bearer {token}"}
        headers = {**given, **request.pop("headers", {})}
        path = request.pop("path", "/agency/sites")
        return self._gateway()(HttpRequest("GET", path, headers=headers, **request))

    def lets_in(self, token: str | None, **request: Any) -> bool:
        """Say whether the function was called; who is not let in is told the same by every way."""
        before = len(self.events)
        answer = self.ask(token, **request)
        called = len(self.events) > before
        assert (answer.status == 200) is called
        if answer.status == 401:
            assert answer.body == b'{"message":"Unauthorized"}'
        elif answer.status == 403:
            assert answer.body == b'{"message":"Forbidden"}'
        return called

    def _gateway(self) -> Gateway:
        def handle(event: dict[str, Any], context: object) -> Any:
            self.events.append(event)
            return {"statusCode": 200}

        guard = Guard("Agency", ISSUER, [AUDIENCE], self.scopes)
        now = datetime.fromtimestamp(NOW, UTC)
        return Gateway(
            (Route("GET", "/agency/{rest+}", FUNCTION, None, guard),),
            {"Function": LocalFunction("f", "f", handle, {}, 5, 128, self.pool)},
            now=lambda: now,
            new_id=lambda: "1",
            authorizers={"Agency": JwtAuthorizer(ISSUER, (AUDIENCE,), self.keys, lambda: now)},
        )
