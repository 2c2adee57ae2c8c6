"""Which function answers a request, and whom an authoriser must have let in, as an HTTP API decides it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from consent_ledger.errors import Malformed, Refused
from nearside.local.template import Expression, Resource, Scope, walk

_PARAMETER: Final = re.compile(r"\{([A-Za-z0-9._-]+)(\+?)\}")
_METHODS: Final = frozenset({"ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_OPEN: Final = "NONE"
_HEADER: Final = "$request.header.Authorization"
# What changes who is let in, or what is answered, is played or refused: nothing of an API is passed over.
_API: Final = frozenset(
    {"AccessLogSettings", "Auth", "DefaultRouteSettings", "Description", "FailOnWarnings", "Name"}
) | {"RouteSettings", "Tags"}
_AUTHORIZER: Final = frozenset({"AuthorizationScopes", "IdentitySource", "JwtConfiguration"})


@dataclass(frozen=True, slots=True)
class Guard:
    """Who must be let in: by the authoriser of that name, with one of the scopes where there are any.

    `issuer` and `audience` are expressions in the scope of the route's function.
    """

    name: str
    issuer: Expression
    audience: Expression
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """A method, a path whose segments may be `{name}` or, last, `{name+}`, and the function's resource.

    `api` is the HTTP API that it is a route of, None for the one that SAM makes where none is named. A
    route without a `guard` is open to everybody.
    """

    method: str
    path: str
    function: Resource
    api: Resource | None = None
    guard: Guard | None = None

    @property
    def key(self) -> str:
        """The route key that functions see, such as `GET /consent/receipts/{entry}`."""
        return f"{self.method} {self.path}"

    def match(self, method: str, path: str) -> Mapping[str, str] | None:
        """Return the path's parameters, decoded, or None when the route does not match."""
        if self.method not in {method, "ANY"}:
            return None
        found = re.fullmatch(_pattern(self.path), path)
        if found is None:
            return None
        names = [name for name, _ in _PARAMETER.findall(self.path)]
        return {name: unquote(value) for name, value in zip(names, found.groups(), strict=True)}

    @property
    def specificity(self) -> tuple[int, int, int]:
        """Sort key: whole segments before parameters, one segment before the rest, a method before any."""
        parameters = _PARAMETER.findall(self.path)
        greedy = sum(1 for _, plus in parameters if plus)
        return greedy, len(parameters), int(self.method == "ANY")


def read_routes(root: Scope) -> tuple[Route, ...]:
    """Read the routes of all functions of all HTTP APIs, most specific first.

    Raises `Refused` for an authoriser that is none of JWTs in the header `Authorization`, or is not there:
    nobody here would ask it, and everybody would pass. Raises `Malformed` for a route that is written in a
    way not known here, and for two of one API that are the same.
    """
    routes = sorted(_routes(root), key=lambda route: route.specificity)
    keys = [(route.api.path if route.api else "", route.key) for route in routes]
    if len(keys) != len(set(keys)):
        raise Malformed("template: two functions answer the same route")
    return tuple(routes)


def find(routes: Iterable[Route], method: str, path: str) -> tuple[Route, Mapping[str, str]] | None:
    """Return the first route that matches and its parameters; a wrong method matches none."""
    for route in routes:
        parameters = route.match(method, path)
        if parameters is not None:
            return route, parameters
    return None


def _routes(root: Scope) -> Iterable[Route]:
    for resource in walk(root):
        if resource.type == "AWS::Serverless::Api":
            raise Refused(f"template: {resource.path} is a REST API, which nobody plays here")
        if resource.type == "AWS::Serverless::HttpApi":
            _check_api(resource)
        if resource.type != "AWS::Serverless::Function":
            continue
        for event in resource.properties.get("Events", {}).values():
            if event["Type"] == "HttpApi":
                yield _route(resource, event.get("Properties", {}))
            elif event["Type"] not in {"SQS", "Schedule"}:
                raise Refused(f"template: {resource.path} waits for {event['Type']}, which nobody plays here")


def _route(function: Resource, properties: Mapping[str, Any]) -> Route:
    method, path = str(properties.get("Method", "ANY")).upper(), properties.get("Path")
    if method == "X-AMAZON-APIGATEWAY-ANY-METHOD":
        method = "ANY"
    if method not in _METHODS or not isinstance(path, str) or not path.startswith("/"):
        raise Malformed(f"template: {function.path} has a route that is not a method and a path")
    if properties.get("PayloadFormatVersion", "2.0") != "2.0":
        raise Malformed(f"template: {function.path} asks for another payload format than 2.0")
    api = _api(function, properties.get("ApiId"))
    return Route(method, path, function, api, _guard(function, api, properties.get("Auth", {})))


def _api(function: Resource, named: Expression) -> Resource | None:
    match named:
        case None:
            return None
        case {"Ref": str(name)} if name in function.scope.resources:
            api = function.scope.resources[name]
            if api.type == "AWS::Serverless::HttpApi":
                return api
    raise Malformed(f"template: {function.path} has a route of no API of its own template")


def _guard(function: Resource, api: Resource | None, asked: Mapping[str, Any]) -> Guard | None:
    """Join what a route asks for with what its API has, as SAM does."""
    auth = api.properties.get("Auth", {}) if api else {}
    name = asked.get("Authorizer", auth.get("DefaultAuthorizer", _OPEN))
    scopes = asked.get("AuthorizationScopes", [])
    if set(asked) - {"Authorizer", "AuthorizationScopes"}:
        raise _unplayed(function)
    if name == _OPEN:
        if scopes:
            raise Refused(f"template: {function.path} has scopes and no authoriser, which nobody plays here")
        return None
    authorizer = auth.get("Authorizers", {}).get(name)
    if authorizer is None:
        raise _unplayed(function)
    configuration = {key.lower(): value for key, value in authorizer["JwtConfiguration"].items()}
    scopes = scopes or authorizer.get("AuthorizationScopes", [])
    if not (isinstance(scopes, list) and all(isinstance(scope, str) for scope in scopes)):
        raise _unplayed(function)
    return Guard(name, configuration["issuer"], configuration["audience"], tuple(scopes))


def _check_api(api: Resource) -> None:
    auth = api.properties.get("Auth", {})
    if set(api.properties) - _API or set(auth) - {"Authorizers", "DefaultAuthorizer"}:
        raise _unplayed(api)
    if auth.get("DefaultAuthorizer", _OPEN) not in {_OPEN, *auth.get("Authorizers", {})}:
        raise _unplayed(api)
    for authorizer in auth.get("Authorizers", {}).values():
        if set(authorizer) - _AUTHORIZER or authorizer.get("IdentitySource") != _HEADER:
            raise _unplayed(api)
        if {key.lower() for key in authorizer.get("JwtConfiguration", {})} != {"issuer", "audience"}:
            raise _unplayed(api)


def _unplayed(resource: Resource) -> Refused:
    return Refused(f"template: {resource.path} has an authoriser, or more, which nobody plays here")


def _pattern(path: str) -> str:
    pieces = []
    at = 0
    for found in _PARAMETER.finditer(path):
        pieces += [re.escape(path[at : found.start()]), "(.+)" if found[2] else "([^/]+)"]
        at = found.end()
    return "".join((*pieces, re.escape(path[at:])))
