"""Every HTTP API of a deployment, by the id that its distribution knows it by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from time import monotonic
from uuid import uuid4

from nearside.local.authorizer_keys import IssuerKeys, over_http
from nearside.local.authorizers import read_authorizers
from nearside.local.functions import LocalFunction
from nearside.local.gateway import Gateway
from nearside.local.intrinsics import Resolver
from nearside.local.messages import Answer
from nearside.local.names import physical_name
from nearside.local.routes import Route, read_routes
from nearside.local.template import Scope

OF_NO_NAME = "serverlesshttpapi"
"""The API that SAM makes for functions that name none."""


def read_apis(
    root: Scope,
    resolver: Resolver,
    functions: Mapping[str, LocalFunction],
    *,
    before: Callable[[Answer, tuple[Route, ...]], Answer],
) -> dict[str, Answer]:
    """Make the APIs of a stack's templates; `before` puts what stands before one, such as its limits.

    Raises `Refused` and `Malformed` for what nobody plays.
    """
    of_api: dict[str, list[Route]] = {}
    for route in read_routes(root):
        of_api.setdefault(physical_name(route.api) if route.api else OF_NO_NAME, []).append(route)
    kept: dict[str, IssuerKeys] = {}

    def keys_of(issuer: str) -> IssuerKeys:
        return kept.setdefault(issuer, IssuerKeys(issuer, over_http, monotonic))

    return {
        name: before(_gateway(tuple(routes), resolver, functions, keys_of), tuple(routes))
        for name, routes in of_api.items()
    }


def _gateway(
    routes: tuple[Route, ...],
    resolver: Resolver,
    functions: Mapping[str, LocalFunction],
    keys_of: Callable[[str], IssuerKeys],
) -> Gateway:
    authorizers = read_authorizers(routes, resolver, keys_of=keys_of, now=_now)
    return Gateway(routes, functions, now=_now, new_id=lambda: str(uuid4()), authorizers=authorizers)


def _now() -> datetime:
    return datetime.now(UTC)
