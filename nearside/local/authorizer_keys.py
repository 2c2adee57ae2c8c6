"""What an OpenID issuer signs with: found by its discovery document, kept, and seldom asked for again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

import httpx

from consent_ledger.errors import Malformed, Refused

KEEP_S: Final = 300.0
"""After how long keys are asked for again; API Gateway may keep them for two hours."""

LAST_S: Final = 7200.0
"""For how long keys are used at most while the issuer cannot be asked: as long as API Gateway keeps them."""

REFETCH_S: Final = 10.0
"""How long an issuer is left alone after it was asked, however many unknown keys tokens name."""

_TIMEOUT_S: Final = 5.0
_MAX_BYTES: Final = 256 * 1024
_ISSUER: Final = re.compile(r"https://[^\s?#@]+|http://127\.0\.0\.1:[0-9]+(/[^\s?#@]*)?")

Fetch = Callable[[str], bytes]


@dataclass(slots=True)
class IssuerKeys:
    """The keys of one issuer; `clock` is in seconds and never goes back. Threads may share one."""

    issuer: str
    fetch: Fetch
    clock: Callable[[], float]
    _keys: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    _kept_at: float | None = None
    _asked_at: float | None = None
    _lock: Lock = field(default_factory=Lock)

    def find(self, kid: str) -> Mapping[str, Any] | None:
        """Return the key of that id, after asking the issuer where it may be asked."""
        known = kid in self._keys and self._age() < LAST_S
        # Whoever names a key that is known never waits for others, who may name keys that are none.
        if not (known and self._age() < KEEP_S) and self._lock.acquire(blocking=not known):
            try:
                self._ask(kid)
            finally:
                self._lock.release()
        return self._keys.get(kid) if self._age() < LAST_S else None

    def _age(self) -> float:
        return LAST_S if self._kept_at is None else self.clock() - self._kept_at

    def _ask(self, kid: str) -> None:
        if kid in self._keys and self._age() < KEEP_S:
            return
        now = self.clock()
        if self._asked_at is not None and now - self._asked_at < REFETCH_S:
            return
        self._asked_at = now
        try:
            self._keys = read_keys(self.fetch(_jwks_uri(self.issuer, self.fetch)))
        except (Malformed, Refused):
            return
        self._kept_at = now


def check_issuer(issuer: str) -> None:
    """Raise `Refused` for an issuer that others could speak for: it is https, or this machine."""
    if _ISSUER.fullmatch(issuer) is None:
        raise Refused("issuer: neither an https address nor one on this machine")


def read_keys(data: bytes) -> Mapping[str, Mapping[str, Any]]:
    """Read a JSON Web Key Set (RFC 7517): its keys by their ids. Raises `Malformed`.

    Keys without an id can be named by no token; of two with one id nobody can say which is meant.
    """
    listed = _object(data).get("keys")
    if not isinstance(listed, list):
        raise Malformed("issuer: no list of keys")
    named = [key for key in listed if isinstance(key, dict) and isinstance(key.get("kid"), str)]
    ids = [key["kid"] for key in named]
    return {key["kid"]: key for key in named if ids.count(key["kid"]) == 1}


def over_http(url: str) -> bytes:
    """Fetch a document of an issuer: no redirects, no proxy, little of it. Raises `Refused`."""
    try:
        with (
            httpx.Client(timeout=_TIMEOUT_S, follow_redirects=False, trust_env=False) as client,
            client.stream("GET", url, headers={"accept": "application/json"}) as answer,
        ):
            if answer.status_code != 200:
                raise Refused("issuer: no such document")
            data = b""
            for chunk in answer.iter_bytes():
                data += chunk
                if len(data) > _MAX_BYTES:
                    raise Refused("issuer: too long an answer")
            return data
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Refused("issuer: no answer") from error


def _jwks_uri(issuer: str, fetch: Fetch) -> str:
    """Where the keys are, by OpenID Connect Discovery 1.0, section 4."""
    document = _object(fetch(f"{issuer.removesuffix('/')}/.well-known/openid-configuration"))
    if document.get("issuer") != issuer:
        raise Malformed("issuer: its discovery document is somebody else's")
    uri = document.get("jwks_uri")
    if not isinstance(uri, str) or not (uri.startswith("https://") or _beside(uri, issuer)):
        raise Malformed("issuer: no address of keys that can be trusted")
    return uri


def _beside(uri: str, issuer: str) -> bool:
    return issuer.startswith("http://") and uri.startswith(f"{issuer.removesuffix('/')}/")


def _object(data: bytes) -> Mapping[str, Any]:
    try:
        read = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Malformed("issuer: not JSON") from error
    if not isinstance(read, dict):
        raise Malformed("issuer: not an object")
    return read
