"""The powertools resolver, made fit for functions that share a process.

`ApiGatewayResolver.resolve` keeps the current request in an attribute of a class, which on Lambda only one
request at a time ever sees. On one machine functions are called side by side, and each would read the
other's request. So every request here has a resolver of its own: a shallow copy, with the routes shared and
whatever belongs to the request apart; the attribute of the class is never written.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from consent_ledger import canonical
from lambdas.shared.agency.problem_json import answer_to


class AgencyResolver(APIGatewayHttpResolver):
    """Routes of the agency API: validated, and with every error as a problem (RFC 9457)."""

    def __init__(self) -> None:
        """Begin without routes."""
        super().__init__(
            enable_validation=True,
            response_validation_error_http_code=500,
            serializer=_print,
            debug=False,
        )
        # Whatever is raised is answered here: powertools itself would log its text, which may quote a body.
        for kind in (Exception, RequestValidationError):
            self.exception_handler(kind)(_answer)

    def made_ready(self) -> AgencyResolver:
        """Build what powertools builds at a route's first request: two at once would build it twice over."""
        for route in (*self._static_routes, *self._dynamic_routes):
            route._build_middleware_stack(router_middlewares=self._router_middlewares, app=self)
            _ = route.dependant, route.body_field
        return self

    def resolve(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """Answer one event; any number of threads may call at once."""
        own = copy.copy(self)
        own.context = {}
        own.processed_stack_frames = []
        own.lambda_context = context
        own.current_event = APIGatewayProxyEventV2(dict(event))
        return own._build_response(own._resolve())


def json_reply(body: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response[Any]:
    """An answer in JSON."""
    return Response(
        status_code=status,
        content_type="application/json",
        body=body,
        headers={name: [value] for name, value in (headers or {}).items()},
    )


def _answer(error: Exception) -> Response[Any]:
    problem = answer_to(error)
    return Response(
        status_code=problem.status,
        content_type="application/problem+json",
        body=problem.to_bytes().decode(),
        headers=dict(problem.headers),
    )


def _print(value: Any) -> str:
    return canonical.encode(value).decode()
