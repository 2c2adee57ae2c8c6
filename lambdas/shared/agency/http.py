"""The border of the agency API: who calls, what they sent, and one line in the log.

A body is read once, strictly: JSON in UTF-8, no key twice, whole numbers alone, not too long. What comes
behind it has canonical JSON to parse.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from time import monotonic_ns
from typing import Any, Final, NoReturn

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed, Refused
from lambdas.shared.agency.collection import MOST_BYTES
from lambdas.shared.agency.failures import NotAllowed
from lambdas.shared.agency.problem_json import CONTENT_TYPE, TooLarge, Unsupported, answer_to
from lambdas.shared.agency.roles import Caller, caller_of
from lambdas.shared.logs import log_event

MOST_SENT: Final = 2 * MOST_BYTES
"""As it was sent a document may have spaces and escapes that it is kept without."""

_HEADERS: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_CALLER: Final[ContextVar[Caller]] = ContextVar("caller")
_WITH_BODY: Final = ("POST", "PUT")


def caller() -> Caller:
    """Return who sent the request that is being answered."""
    return _CALLER.get()


def respond(
    name: str,
    event: Mapping[str, Any],
    *,
    answer: Callable[[Mapping[str, Any]], dict[str, Any]],
    most_bytes: int = MOST_SENT,
) -> dict[str, Any]:
    """Answer one API Gateway event; log its name, status and duration, and nothing of what it held.

    A body has at most `most_bytes`.
    """
    started_ns = monotonic_ns()
    try:
        result = _answered(event, answer, most_bytes)
    except Exception as error:
        problem = answer_to(error)
        result = {
            "statusCode": problem.status,
            "headers": {"content-type": CONTENT_TYPE, **problem.headers},
            "body": problem.to_bytes().decode(),
        }
    headers = {key.lower(): value for key, value in result.get("headers", {}).items()}
    log_event(name, status=result["statusCode"], duration_us=(monotonic_ns() - started_ns) // 1000)
    return {**result, "headers": {**headers, **_HEADERS}, "isBase64Encoded": False}


def _answered(
    event: Mapping[str, Any], answer: Callable[[Mapping[str, Any]], dict[str, Any]], most_bytes: int
) -> dict[str, Any]:
    try:
        known = caller_of(event)
    except Refused as error:
        raise NotAllowed(str(error)) from error
    method = event["requestContext"]["http"]["method"]
    body = canonical.encode(_sent(event, most_bytes)).decode() if method in _WITH_BODY else None
    token = _CALLER.set(known)
    try:
        return answer({**event, "body": body, "isBase64Encoded": False})
    finally:
        _CALLER.reset(token)


def _sent(event: Mapping[str, Any], most_bytes: int) -> Json:
    headers = {str(name).lower(): str(value) for name, value in (event.get("headers") or {}).items()}
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Unsupported
    text = event.get("body") or ""
    if len(text) > most_bytes * 2:
        raise TooLarge
    try:
        raw = base64.b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode()
    except (binascii.Error, ValueError) as error:
        raise Malformed("request: the body is neither text nor base64") from error
    if len(raw) > most_bytes:
        raise TooLarge
    try:
        value: Json = json.loads(
            raw.decode(), object_pairs_hook=_unique, parse_float=_no_fraction, parse_constant=_no_fraction
        )
    except Malformed:
        raise
    except (ValueError, RecursionError) as error:
        raise Malformed("request: the body is not JSON") from error
    return value


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("request: a key is there twice")
    return found


def _no_fraction(_: str) -> NoReturn:
    raise Malformed("request: a number is not whole")
