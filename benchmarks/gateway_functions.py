"""What `benchmarks.gateway` asks for: a function that does nothing, and one that powertools routes to."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

_app = APIGatewayHttpResolver()


@_app.get("/routed/<name>")
def _greet(name: str) -> dict[str, str]:
    return {"name": name}


def null(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer nothing."""
    return {"statusCode": 200, "body": ""}


def routed(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer as an agency's function of several routes does."""
    return _app.resolve(event, context)
