"""Plays API Gateway's throttling of HTTP APIs: a token bucket a route, 429 for what is beyond it.

API Gateway's developer guide, "Throttling requests to your HTTP API": a request takes a token, tokens come
back at the rate, and there are never more than the burst. What an API says by default counts for each of
its routes by itself; where it says nothing, the account's own limits count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

from consent_ledger.errors import Malformed
from nearside.local.intrinsics import Resolver
from nearside.local.messages import Answer, HttpRequest, HttpResponse
from nearside.local.routes import Route, find
from nearside.local.template import Resource, Scope, walk

_TOO_MANY: Final = HttpResponse(429, {"content-type": "application/json"}, b'{"message":"Too Many Requests"}')
_WITHOUT_MEANING: Final = frozenset({"DetailedMetricsEnabled"})


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `burst` requests at once, and `rate` a second over time."""

    burst: int
    rate: float


OF_THE_ACCOUNT: Final = Limit(burst=5000, rate=10_000)
"""API Gateway's quota of an account and region, where nobody asked for more."""


@dataclass(slots=True)
class Bucket:
    """The tokens of one route; `now` tells seconds that never go back."""

    limit: Limit
    now: Callable[[], float]
    _tokens: float = field(init=False)
    _at: float = field(init=False)
    _lock: Lock = field(init=False, default_factory=Lock)

    def __post_init__(self) -> None:
        self._tokens, self._at = float(self.limit.burst), self.now()

    def take(self) -> bool:
        """Take a token, if there is one."""
        with self._lock:
            at = self.now()
            self._tokens = min(self.limit.burst, self._tokens + (at - self._at) * self.limit.rate)
            self._at = at
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True


@dataclass(frozen=True, slots=True)
class Throttled:
    """An API of which each route answers only as often as it may; `buckets` are by function and route key.

    `told` hears which function was not called.
    """

    answer: Answer
    routes: tuple[Route, ...]
    buckets: Mapping[tuple[str, str], Bucket]
    told: Callable[[str], None]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a request, or say that there are too many."""
        found = find(self.routes, request.method, request.path)
        if found is not None and not self.buckets[_place(found[0])].take():
            self.told(found[0].function.path)
            return _TOO_MANY
        return self.answer(request)


def throttled(
    answer: Answer,
    routes: tuple[Route, ...],
    *,
    root: Scope,
    resolver: Resolver,
    now: Callable[[], float],
    told: Callable[[str], None],
) -> Throttled:
    """Put the limits of the templates before an API.

    Raises `Malformed` for a setting that nobody plays, and for one of a route that no function answers.
    """
    limits = _limits(root, resolver, routes)
    return Throttled(answer, routes, {place: Bucket(limit, now) for place, limit in limits.items()}, told)


def _limits(root: Scope, resolver: Resolver, routes: tuple[Route, ...]) -> dict[tuple[str, str], Limit]:
    asked = {route.api.path for route in routes if route.api is not None}
    settings = {
        each.path: _Settings.read(each, resolver)
        for each in walk(root)
        if each.type == "AWS::Serverless::HttpApi" and each.path in asked and resolver.exists(each)
    }
    limits, used = {}, set()
    for route in routes:
        api = route.api.path if route.api else ""
        limits[_place(route)] = settings.get(api, _Settings(api)).of(route.key)
        used.add((api, route.key))
    for path, each in settings.items():
        for key in each.routes:
            if (path, key) not in used:
                raise Malformed(f"template: {path} limits a route that no function answers")
    return limits


@dataclass(frozen=True, slots=True)
class _Settings:
    """What one API says of its routes."""

    path: str
    default: Limit = OF_THE_ACCOUNT
    routes: Mapping[str, Limit] = field(default_factory=dict)

    @classmethod
    def read(cls, api: Resource, resolver: Resolver) -> _Settings:
        written = {
            name: api.properties[name]
            for name in ("DefaultRouteSettings", "RouteSettings")
            if name in api.properties
        }
        asked = resolver.resolve(written, api.scope)
        default = _limit(api, asked.get("DefaultRouteSettings", {}), OF_THE_ACCOUNT)
        routes = {key: _limit(api, each, default) for key, each in asked.get("RouteSettings", {}).items()}
        return cls(api.path, default, routes)

    def of(self, key: str) -> Limit:
        return self.routes.get(key, self.default)


def _limit(api: Resource, asked: Mapping[str, Any], otherwise: Limit) -> Limit:
    unknown = set(asked) - {"ThrottlingBurstLimit", "ThrottlingRateLimit"} - _WITHOUT_MEANING
    if unknown:
        raise Malformed(f"template: {api.path} sets {min(unknown)} of a route, which nobody plays here")
    try:
        return Limit(
            int(asked.get("ThrottlingBurstLimit", otherwise.burst)),
            float(asked.get("ThrottlingRateLimit", otherwise.rate)),
        )
    except (TypeError, ValueError) as error:
        raise Malformed(f"template: {api.path} limits a route by what is no number") from error


def _place(route: Route) -> tuple[str, str]:
    return route.function.path, route.key
