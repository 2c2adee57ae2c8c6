"""HTTP as functions see it: API Gateway's event in, its result out, errors to statuses by one table.

Powertools' resolver and its data classes are not used here: they import more than a function of citizens'
may, for four fields of an event.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic_ns
from typing import Any, Final

from consent_ledger.errors import Malformed, Refused, Untrue
from edge_client.wire.problem import Problem
from lambdas.shared.logs import log_event, log_failure

_NO_STORE: Final = {"cache-control": "no-store"}
_KIND: Final = "content-type"


@dataclass(frozen=True, slots=True)
class Request:
    """What of a request a service may see: no header but the content type, no address, no query."""

    content_type: str
    body: bytes
    path_parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """A status, a body and its type; `headers` are sent beside `cache-control: no-store`."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


class Answered(Exception):
    """Stop here and answer with this reply."""

    def __init__(self, reply: Reply) -> None:
        """Carry the reply."""
        super().__init__(f"request: answered {reply.status}")
        self.reply = reply


def respond(
    name: str,
    event: dict[str, Any],
    *,
    answer: Callable[[Request], Reply],
) -> dict[str, Any]:
    """Answer one API Gateway event; log its name, status and duration, and nothing of what it held."""
    started_ns = monotonic_ns()
    try:
        reply = answer(read_request(event))
    except Answered as stop:
        reply = stop.reply
    except Malformed as error:
        reply = problem(422, "malformed", str(error))
    except Untrue as error:
        reply = problem(422, "untrue", str(error))
    except Refused as error:
        reply = problem(409, "refused", str(error))
    except Exception as error:
        # The text of an unforeseen error may quote what it choked on: say only that there was one.
        log_failure(error)
        reply = problem(500, "failed", "the request could not be carried out")
    log_event(name, status=reply.status, duration_us=(monotonic_ns() - started_ns) // 1000)
    return {
        "statusCode": reply.status,
        "headers": {"content-type": reply.content_type, **_NO_STORE, **reply.headers},
        "body": reply.body.decode("utf-8"),
        "isBase64Encoded": False,
    }


def read_request(event: Mapping[str, Any]) -> Request:
    """Read an API Gateway v2 event. Raises `Malformed` when its body is not what the event claims."""
    text = event.get("body") or ""
    try:
        body = base64.b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode("utf-8")
    except ValueError as error:
        raise Malformed("request: the body is not text or base64") from error
    kind = next((value for name, value in (event.get("headers") or {}).items() if name.lower() == _KIND), "")
    return Request(
        content_type=kind.partition(";")[0].strip().lower(),
        body=body,
        path_parameters=dict(event.get("pathParameters") or {}),
    )


def require(request: Request, *, content_type: str, max_bytes: int) -> bytes:
    """Return the body, or stop with 415 or 413 before anything parses it."""
    if request.content_type != content_type:
        raise Answered(problem(415, "refused", f"request: content type is not {content_type}"))
    if len(request.body) > max_bytes:
        raise Answered(problem(413, "refused", "request: the body is too large"))
    return request.body


def problem(status: int, kind: str, detail: str, *, headers: Mapping[str, str] | None = None) -> Reply:
    """Build an error reply."""
    return Reply(status, Problem(kind, detail).to_bytes(), headers=headers or {})
