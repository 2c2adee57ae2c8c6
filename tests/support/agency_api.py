"""The agency API called as API Gateway calls it, over an agency's office in memory."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any

from lambdas.agency_acts.routes import make_resolver as make_acts
from lambdas.agency_drafts.routes import make_resolver as make_drafts
from lambdas.agency_imports.handler import MOST_BYTES
from lambdas.agency_imports.routes import make_resolver as make_imports
from lambdas.agency_team.routes import make_resolver as make_team
from lambdas.agency_views.routes import make_resolver as make_views
from lambdas.shared.agency.http import respond
from lambdas.shared.agency.resolver import AgencyResolver
from lambdas.shared.agency.roles import Caller, group
from tests.support.drafting import Town

_NUMBERS = count(1)
_TOWN: ContextVar[Town] = ContextVar("town")


@dataclass(frozen=True)
class Answer:
    """What came back; `json` is its body."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Api:
    """Its functions, found by path as the gateway finds them."""

    def __init__(self, town: Town) -> None:
        self.town = town

    def __call__(
        self,
        who: Caller | None,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        key: str | None = None,
        raw: str | None = None,
    ) -> Answer:
        """Send a request; a POST has a key of its own unless one is given, "" for none."""
        sent = {"content-type": "application/json", **(headers or {})}
        if method == "POST" and key != "":
            sent["idempotency-key"] = key or f"key-{next(_NUMBERS)}"
        event = event_of(who, method, path, raw if raw is not None else json.dumps(body), sent)
        answered = self._function(path).resolve
        most = {"most_bytes": MOST_BYTES} if path.endswith("/imports") else {}
        token = _TOWN.set(self.town)
        try:
            result = respond("test", event, answer=lambda read: answered(read, None), **most)
        finally:
            _TOWN.reset(token)
        return Answer(result["statusCode"], result["headers"], result.get("body") or "")

    def _function(self, path: str) -> AgencyResolver:
        drafts, imports, acts, team, views = resolvers()
        if path.endswith("/imports"):
            return imports
        if path.startswith("/agency/team"):
            return team
        if re.search("/(models|releases|purposes)(/|$|[?])", path):
            return views
        is_draft = re.search("/drafts(/|$|[?])", path) or path.endswith("/lint") or path == "/agency/sites"
        return drafts if is_draft else acts


@cache
def resolvers() -> tuple[AgencyResolver, ...]:
    """The routes of drafts, imports, acts, people and views, made once as a process makes them; they lead to
    the town of a call."""
    return (
        make_drafts(lambda: _TOWN.get().drafts),
        make_imports(lambda: _TOWN.get().imports),
        make_acts(lambda: _TOWN.get().acts),
        make_team(lambda: _TOWN.get().team),
        make_views(lambda: _TOWN.get().views),
    )


def event_of(
    who: Caller | None, method: str, path: str, body: str, headers: Mapping[str, str]
) -> dict[str, Any]:
    """An event of API Gateway's payload format 2.0, with the claims of a token that it has checked."""
    address, _, query = path.partition("?")
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": address,
        "rawQueryString": query,
        "headers": {name.lower(): value for name, value in headers.items()},
        "queryStringParameters": {name: value for name, _, value in pairs},
        "requestContext": {
            "http": {"method": method, "path": address, "sourceIp": "192.0.2.1"},
            "stage": "$default",
            "requestId": "r",
        },
        "isBase64Encoded": False,
    }
    if method in ("POST", "PUT"):
        event["body"] = body
    if who is not None:
        groups = " ".join(group(who.agency, role) for role in sorted(who.roles))
        claims = {"sub": who.sub, "groups": f"[{groups}]", "scope": " ".join(sorted(who.scopes))}
        event["requestContext"]["authorizer"] = {"jwt": {"claims": claims, "scopes": None}}
    return event
