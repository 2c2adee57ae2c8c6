"""From an event to the route that it is for, and from the route's answer to API Gateway's.

Powertools' resolver prints the OpenAPI document of the same routes (`nearside/agency_openapi.py`) and is not
used here: it imports a hundred modules more, where this reads the same parameters by the same validator, and
keeps the current request in an attribute of a class, which functions that share a process would read of one
another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from consent_ledger import canonical
from lambdas.shared.agency.failures import Absent
from lambdas.shared.agency.route import Route, wanted_by

Body = TypeVar("Body")
Function = TypeVar("Function", bound=Callable[..., "Response[Any]"])


@dataclass(frozen=True, slots=True)
class Response(Generic[Body]):
    """What a route answers; a body that is a text goes out as it is, any other as canonical JSON."""

    status_code: int
    content_type: str | None = None
    body: Body | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class AgencyResolver:
    """Routes of the agency API. Nothing of a request is kept: any number of threads may call at once."""

    def __init__(self) -> None:
        """Begin without routes."""
        self.routes: list[Route] = []

    def get(self, path: str, **told: Any) -> Callable[[Function], Function]:
        """Make a function the route of a path, such as `/agency/sites/<site>`."""
        return self._route("GET", path, told)

    def post(self, path: str, **told: Any) -> Callable[[Function], Function]:
        """As `get`, for POST."""
        return self._route("POST", path, told)

    def put(self, path: str, **told: Any) -> Callable[[Function], Function]:
        """As `get`, for PUT."""
        return self._route("PUT", path, told)

    def delete(self, path: str, **told: Any) -> Callable[[Function], Function]:
        """As `get`, for DELETE."""
        return self._route("DELETE", path, told)

    def made_ready(self) -> AgencyResolver:
        """Look at every route's parameters, so that one that cannot be read is found at the start.

        Paths that are one alone come before those with parts.
        """
        self.routes.sort(key=lambda route: not route.is_static)
        for route in self.routes:
            wanted_by(route.function)
        return self

    def resolve(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """Answer one event. Raises `Absent` for one that is no route's, `Invalid` for what a route cannot be
        called with, and what its function raises."""
        method, path = event["requestContext"]["http"]["method"].upper(), _path(event)
        for route in self.routes:
            parts = route.parts_of(path) if route.method == method else None
            if parts is not None:
                return _result(route.function(**route.read(event, parts)))
        raise Absent

    def _route(self, method: str, path: str, told: Mapping[str, Any]) -> Callable[[Function], Function]:
        def add(function: Function) -> Function:
            self.routes.append(Route(method, path, function, told))
            return function

        return add


def json_reply(body: Body, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response[Body]:
    """An answer in JSON."""
    return Response(status, "application/json", body, headers or {})


def _path(event: Mapping[str, Any]) -> str:
    stage = event["requestContext"].get("stage", "$default")
    path: str = event["rawPath"]
    return path if stage == "$default" else path.removeprefix(f"/{stage}")


def _result(answer: Response[Any]) -> dict[str, Any]:
    kind = {} if answer.content_type is None else {"content-type": answer.content_type}
    return {
        "statusCode": answer.status_code,
        "headers": {**kind, **answer.headers},
        "body": _printed(answer.body),
    }


def _printed(body: Any) -> str | None:
    if body is None or isinstance(body, str):
        return body
    value = body.model_dump(mode="json") if isinstance(body, BaseModel) else body
    return canonical.encode(value).decode()
