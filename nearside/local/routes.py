"""Which function answers a request, as an API Gateway HTTP API decides it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from consent_ledger.errors import Malformed, Refused
from nearside.local.template import Resource, Scope, walk

_PARAMETER: Final = re.compile(r"\{([A-Za-z0-9._-]+)(\+?)\}")
_METHODS: Final = frozenset({"ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})


@dataclass(frozen=True, slots=True)
class Route:
    """A method, a path whose segments may be `{name}` or, last, `{name+}`, and the function's resource."""

    method: str
    path: str
    function: Resource

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
    """Read the routes of all functions, most specific first.

    Raises `Refused` for an authoriser: nobody here would ask it, and everybody would pass. Raises
    `Malformed` for a route that is written in a way not known here, and for two that are the same.
    """
    routes = sorted(_routes(root), key=lambda route: route.specificity)
    keys = [route.key for route in routes]
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
        if resource.type == "AWS::Serverless::HttpApi" and "Auth" in resource.properties:
            raise Refused(f"template: {resource.path} has an authoriser, which nobody plays here")
        if resource.type == "AWS::Serverless::Api":
            raise Refused(f"template: {resource.path} is a REST API, which nobody plays here")
        if resource.type != "AWS::Serverless::Function":
            continue
        for event in resource.properties.get("Events", {}).values():
            if event["Type"] == "HttpApi":
                yield _route(resource, event.get("Properties", {}))
            elif event["Type"] not in {"SQS", "Schedule"}:
                raise Refused(f"template: {resource.path} waits for {event['Type']}, which nobody plays here")


def _route(function: Resource, properties: Mapping[str, Any]) -> Route:
    if "Auth" in properties:
        raise Refused(f"template: {function.path} has an authoriser, which nobody plays here")
    method, path = str(properties.get("Method", "ANY")).upper(), properties.get("Path")
    if method == "X-AMAZON-APIGATEWAY-ANY-METHOD":
        method = "ANY"
    if method not in _METHODS or not isinstance(path, str) or not path.startswith("/"):
        raise Malformed(f"template: {function.path} has a route that is not a method and a path")
    if properties.get("PayloadFormatVersion", "2.0") != "2.0":
        raise Malformed(f"template: {function.path} asks for another payload format than 2.0")
    return Route(method, path, function)


def _pattern(path: str) -> str:
    pieces = []
    at = 0
    for found in _PARAMETER.finditer(path):
        pieces += [re.escape(path[at : found.start()]), "(.+)" if found[2] else "([^/]+)"]
        at = found.end()
    return "".join((*pieces, re.escape(path[at:])))
