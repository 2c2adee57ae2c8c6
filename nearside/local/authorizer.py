"""Plays API Gateway's JWT authorisers: is a token the issuer's, for us, for now, and good for a route?

The order and the claims are those of API Gateway's documentation ("Control access to HTTP APIs with JWT
authorizers"). Where that leaves something open, the token is refused: without `exp`, with a name twice, with
extensions that must be understood (`crit`), by a key under 2048 bits.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from jwt import PyJWK, PyJWS
from jwt.exceptions import PyJWTError

from consent_ledger.errors import Refused

ALGORITHMS: Final = frozenset({"RS256", "RS384", "RS512"})
"""API Gateway takes RSA alone; whoever signs by another algorithm finds out here and not on AWS."""

MAX_TOKEN_BYTES: Final = 8192
"""More than API Gateway's limit for all headers of a request together (10,240 bytes) would leave room for."""

_TOKEN: Final = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
_SCOPE_CLAIMS: Final = ("scope", "scp")


class Unauthorised(Refused):
    """No token, or one that is not valid here; the text says which, and nothing of the token."""


class Forbidden(Refused):
    """A valid token that is not good for the route."""


class Keys(Protocol):
    """What an issuer signs with."""

    def find(self, kid: str) -> Mapping[str, Any] | None:
        """Return the public key (RFC 7517) of that id, if the issuer has one."""


@dataclass(frozen=True, slots=True)
class Authorised:
    """The claims of a valid token, and its scopes where the route asked for some."""

    claims: Mapping[str, Any]
    scopes: tuple[str, ...] | None

    def context(self) -> dict[str, Any]:
        """Return what functions see under `requestContext.authorizer`; every claim is a text there."""
        printed = {name: _printed(value) for name, value in self.claims.items() if value is not None}
        return {"jwt": {"claims": printed, "scopes": None if self.scopes is None else list(self.scopes)}}


@dataclass(frozen=True, slots=True)
class JwtAuthorizer:
    """One authoriser of an HTTP API; `audience` are the names that a token may be meant for."""

    issuer: str
    audience: tuple[str, ...]
    keys: Keys
    now: Callable[[], datetime]

    def authorise(self, header: str | None, scopes: tuple[str, ...]) -> Authorised:
        """Check the value of a request's `Authorization`, for a route that asks for one of `scopes`.

        Raises `Unauthorised` and `Forbidden`.
        """
        if not header:
            raise Unauthorised("no token")
        claims = self._claims(header.removeprefix("Bearer "))
        if not scopes:
            return Authorised(claims, None)
        held = _scopes(claims)
        if not set(held) & set(scopes):
            raise Forbidden("the token is not good for this route")
        return Authorised(claims, held)

    def _claims(self, token: str) -> Mapping[str, Any]:
        found = _TOKEN.fullmatch(token) if len(token) <= MAX_TOKEN_BYTES else None
        if found is None:
            raise Unauthorised("the token is not three parts in base64url")
        claims = _read(self._verified(token, _read(_decoded(found[1]))))
        if claims.get("iss") != self.issuer:
            raise Unauthorised("the token is not of the issuer")
        # Only where it names no audience is it asked which client it was given to, as Cognito's do.
        meant = claims["aud"] if "aud" in claims else claims.get("client_id")
        if not set(_texts(meant)) & set(self.audience):
            raise Unauthorised("the token does not have a valid audience")
        self._check_times(claims)
        return claims

    def _verified(self, token: str, header: Mapping[str, Any]) -> bytes:
        """Return what was signed. The header says which key and algorithm; what they are, the issuer says."""
        algorithm, kid = header.get("alg"), header.get("kid")
        if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
            raise Unauthorised("the token is signed by an algorithm that is not allowed")
        if {"crit", "b64"} & set(header):
            raise Unauthorised("the token has extensions that must be understood")
        key = self.keys.find(kid) if isinstance(kid, str) else None
        if key is None:
            raise Unauthorised("the token names no key of the issuer")
        if (
            key.get("kty") != "RSA"
            or key.get("use", "sig") != "sig"
            or key.get("alg", algorithm) != algorithm
        ):
            raise Unauthorised("the token names a key that is for something else")
        try:
            public = PyJWK({name: key[name] for name in ("kty", "n", "e")}, algorithm=algorithm)
            done = PyJWS().decode_complete(
                token, public, algorithms=[algorithm], options={"enforce_minimum_key_length": True}
            )
        except (PyJWTError, KeyError, ValueError, TypeError) as error:
            raise Unauthorised("the token is not signed by a key of the issuer") from error
        payload: bytes = done["payload"]
        return payload

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        now = self.now().timestamp()
        if "exp" not in claims or _seconds(claims["exp"]) <= now:
            raise Unauthorised("the token has expired")
        if any(_seconds(claims[name]) > now for name in ("nbf", "iat") if name in claims):
            raise Unauthorised("the token is not valid yet")


def _read(data: bytes) -> Mapping[str, Any]:
    try:
        read = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_constant)
    except (ValueError, RecursionError) as error:
        raise Unauthorised("the token is not JSON, or has a name twice") from error
    if not isinstance(read, dict):
        raise Unauthorised("the token is not an object")
    return read


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Whoever reads on could take the other one of two.
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("twice")
    return dict(pairs)


def _constant(text: str) -> Any:
    raise ValueError(text)


def _decoded(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error as error:
        raise Unauthorised("the token is not three parts in base64url") from error


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Unauthorised("the token has a time that is none")
    return value


def _texts(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(item for item in items if isinstance(item, str))


def _scopes(claims: Mapping[str, Any]) -> tuple[str, ...]:
    found = (text for name in _SCOPE_CLAIMS for text in _texts(claims.get(name)))
    return tuple(dict.fromkeys(scope for text in found for scope in text.split(" ") if scope))


def _printed(value: object) -> str:
    match value:
        case str():
            return value
        case list():
            return f"[{' '.join(_printed(item) for item in value)}]"
        case _:
            return json.dumps(value, separators=(",", ":"))
