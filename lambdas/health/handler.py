"""GET /health: an answer from a function that needs nothing; what it can reach is watched by alarms."""

from __future__ import annotations

from typing import Any

from lambdas.shared.http import Reply, respond


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one API Gateway event."""
    return respond("health", event, answer=lambda request: Reply(200, b'{"v":1}'))
