"""Plays an HTTP API: routes a request, has it authorised, calls the function here, translates its result."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from consent_ledger.errors import Refused
from nearside.local.authorizer import Authorised, Forbidden, JwtAuthorizer, Unauthorised
from nearside.local.events import http_event
from nearside.local.functions import LocalFunction
from nearside.local.messages import HttpRequest, HttpResponse
from nearside.local.routes import Route, find

MAX_PAYLOAD_BYTES: Final = 6 * 1024 * 1024
"""The largest event, and the largest result, of a function that is called synchronously."""

_JSON: Final = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Gateway:
    """An HTTP API; `functions` are by the path of their resource, `new_id` names requests.

    `authorizers` are by the name that routes call them by. Raises `Refused` when a route names another one.
    """

    routes: tuple[Route, ...]
    functions: Mapping[str, LocalFunction]
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    authorizers: Mapping[str, JwtAuthorizer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for route in self.routes:
            if route.guard is not None and route.guard.name not in self.authorizers:
                raise Refused(f"template: {route.function.path} has an authoriser that is not there")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a request; what no route matches, also by its method, is not found."""
        found = find(self.routes, request.method, request.path)
        if found is None:
            return _message(404, "Not Found")
        route, parameters = found
        try:
            authorised = self._authorise(route, request)
        except Unauthorised as error:
            return _unauthorised(error)
        except Forbidden:
            return _message(403, "Forbidden")
        event = http_event(
            request,
            route_key=route.key,
            path_parameters=parameters,
            request_id=self.new_id(),
            at=self.now(),
            authorizer=None if authorised is None else authorised.context(),
        )
        if len(json.dumps(event)) > MAX_PAYLOAD_BYTES:
            return _message(413, "Request Entity Too Large")
        try:
            result = self.functions[route.function.path].invoke(event)
            return read_result(result)
        except Exception:
            # As API Gateway: whatever went wrong in a function is not the caller's to read.
            return _message(500, "Internal Server Error")

    def _authorise(self, route: Route, request: HttpRequest) -> Authorised | None:
        if route.guard is None:
            return None
        authorizer = self.authorizers[route.guard.name]
        return authorizer.authorise(request.headers.get("authorization"), route.guard.scopes)


def read_result(result: Any) -> HttpResponse:
    """Translate a function's result, as payload format 2.0 has it.

    Raises `ValueError` for a result that API Gateway would not understand or that is too large.
    """
    if not isinstance(result, dict) or "statusCode" not in result:
        body = result if isinstance(result, str) else json.dumps(result)
        return HttpResponse(200, _JSON, body.encode())
    text = result.get("body") or ""
    body_bytes = base64.b64decode(text, validate=True) if result.get("isBase64Encoded") else text.encode()
    if len(body_bytes) > MAX_PAYLOAD_BYTES:
        raise ValueError("result: too large")
    headers = {str(name).lower(): str(value) for name, value in (result.get("headers") or {}).items()}
    return HttpResponse(
        int(result["statusCode"]), {"content-type": "text/plain; charset=utf-8", **headers}, body_bytes
    )


def _message(status: int, text: str) -> HttpResponse:
    return HttpResponse(status, _JSON, json.dumps({"message": text}, separators=(",", ":")).encode())


def _unauthorised(error: Unauthorised) -> HttpResponse:
    """Say 401 and why, in the words of RFC 6750, section 3, as API Gateway does."""
    response = _message(401, "Unauthorized")
    told = f'Bearer scope="" error="invalid_token" error_description="{error}"'
    return HttpResponse(response.status, {**response.headers, "www-authenticate": told}, response.body)
