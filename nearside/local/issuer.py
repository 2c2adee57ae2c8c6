"""Plays the pool of an agency's people: an OpenID issuer on this machine, its keys and people in one folder.

What it serves is public: its discovery document and its keys; and, to functions whose role allows it, who is
there (`issuer_pool.py`). It has nothing that gives out a token; those are signed by a command of whoever may
read the folder (`nearside team token`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from uuid import uuid4

import jwt

from consent_ledger import canonical
from consent_ledger.errors import Refused
from consent_ledger.fields import Fields
from consent_ledger.storage.whole_file import PRIVATE, read_at_most, replace_file
from lambdas.shared.agency.roles import SCOPES, Scope
from nearside.local.asgi import application
from nearside.local.claims import HOST, listening
from nearside.local.intrinsics import Resolver
from nearside.local.issuer_keys import LONGEST_TOKEN_S, KeyFolder
from nearside.local.issuer_people import People, Person
from nearside.local.issuer_pool import Pool
from nearside.local.messages import HttpRequest, HttpResponse
from nearside.local.names import LocalValues, physical_name
from nearside.local.server import serving
from nearside.local.template import Scope as Stack
from nearside.local.template import walk

CLIENT: Final = "AWS::Cognito::UserPoolClient"
POOL: Final = "AWS::Cognito::UserPool"
_DISCOVERY: Final = "/.well-known/openid-configuration"
_KEYS: Final = "/.well-known/jwks.json"
_JSON: Final = {"content-type": "application/json", "cache-control": "no-store"}
_MAX_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class Issuer:
    """The issuer whose address is `url`, for the one client that is called `audience`.

    `pool` is what functions ask about people; None where it is not served.
    """

    folder: Path
    url: str
    audience: str
    pool: Pool | None = None

    @classmethod
    def of(cls, state: Path) -> Issuer:
        """Return a deployment's issuer. Raises `Refused` where none was ever started, and `Malformed`."""
        file = _settings(state)
        if not file.exists():
            raise Refused(
                "issuer: none of this machine was set up there; start nearside up without another one"
            )
        fields = Fields(canonical.decode(read_at_most(file, _MAX_BYTES, noun="issuer")), "issuer")
        port, audience = fields.whole("port", low=1, high=65535), fields.text("audience")
        fields.done()
        return cls(_folder(state), f"http://{HOST}:{port}", audience)

    @property
    def people(self) -> People:
        """Those who may have a token."""
        return People(self.folder / "people.json")

    @property
    def keys(self) -> KeyFolder:
        """What it signs with."""
        return KeyFolder(self.folder / "keys")

    def token(self, person: Person, *, now: int, seconds: int, scopes: frozenset[Scope] | None = None) -> str:
        """Sign an access token as Cognito's are, from `now`, in seconds since 1970, good for `scopes`.

        None are all those of the person's roles. Raises `Refused` for scopes that the roles do not give, and
        for more than an hour.
        """
        given = frozenset[Scope]().union(*(SCOPES[role] for role in person.roles))
        asked = given if scopes is None else scopes
        if not asked <= given:
            raise Refused("team: a scope that the roles do not give")
        if not 0 < seconds <= LONGEST_TOKEN_S:
            raise Refused("team: a token is good for an hour at most")
        key = self.keys.newest()
        claims = {
            "sub": person.sub,
            "iss": self.url,
            "client_id": self.audience,
            "token_use": "access",
            "scope": " ".join(sorted(asked)),
            "cognito:groups": list(person.groups),
            "iat": now,
            "auth_time": now,
            "exp": now + seconds,
            "jti": str(uuid4()),
        }
        return jwt.encode(claims, key.private, algorithm="RS256", headers={"kid": key.kid})

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer what anybody may ask, the discovery document and the keys, and what a function asks."""
        if self.pool is not None and request.method == "POST" and request.path == "/":
            return self.pool(request)
        if request.method not in {"GET", "HEAD"} or request.path not in {_DISCOVERY, _KEYS}:
            return HttpResponse(404, _JSON, b"{}")
        return HttpResponse(200, _JSON, json.dumps(self._document(request.path)).encode())

    def _document(self, path: str) -> Mapping[str, object]:
        if path == _KEYS:
            return {"keys": [key.jwk() for key in self.keys.all()]}
        # Endpoints that would log somebody in are left out: there are none.
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}{_KEYS}",
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["token"],
            "scopes_supported": sorted(Scope),
            "subject_types_supported": ["public"],
        }


def address_of(state: Path) -> str:
    """Return where the issuer of a deployment is, or nothing where it has none. Raises `Malformed`."""
    return Issuer.of(state).url if _settings(state).exists() else ""


@contextmanager
def local_issuer(state: Path, root: Stack) -> Iterator[Issuer | None]:
    """Serve the issuer of a deployment until the body ends; None where its people are another issuer's.

    It listens on the port that it had before, where that is free: tokens that are out name it.
    Raises `Malformed` for a damaged key, and `Refused` for one that others may read.
    """
    audience = _audience(root)
    if audience is None:
        # A token that a command signed now would be believed by nobody.
        _settings(state).unlink(missing_ok=True)
        yield None
        return
    with ExitStack() as cleanup:
        front = None
        if _settings(state).exists():
            try:
                front = cleanup.enter_context(listening(int(Issuer.of(state).url.rpartition(":")[2])))
            except Refused:
                front = None
        front = front or cleanup.enter_context(listening(0))
        port: int = front.getsockname()[1]
        replace_file(_settings(state), canonical.encode({"audience": audience, "port": port}), mode=PRIVATE)
        issuer = Issuer.of(state)
        issuer = replace(issuer, pool=Pool(_pool(root), issuer.people))
        issuer.keys.keep_current(int(time.time()))
        # A damaged one is said now, and not as everybody's tokens being refused.
        issuer.keys.all()
        cleanup.enter_context(serving(application(issuer), front))
        yield issuer


def _audience(root: Stack) -> str | None:
    # Whether there is a pool hangs on parameters alone.
    resolver = Resolver(LocalValues("", "", {}))
    clients = (each for each in walk(root) if each.type == CLIENT)
    found = [physical_name(each) for each in clients if resolver.exists(each)]
    if len(found) > 1:
        raise Refused("template: several clients of a pool, which nobody plays here")
    return found[0] if found else None


def _pool(root: Stack) -> str:
    """What the pool is called, "" where the templates have none of their own."""
    return next((physical_name(each) for each in walk(root) if each.type == POOL), "")


def _folder(state: Path) -> Path:
    return state / "issuer"


def _settings(state: Path) -> Path:
    return _folder(state) / "issuer.json"
