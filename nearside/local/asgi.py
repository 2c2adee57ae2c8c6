"""ASGI around an answer: reads the request, calls the answer in a thread, sends what it returned."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, TypeAlias

from nearside.local.messages import Answer, HttpRequest, HttpResponse

MAX_BODY_BYTES: Final = 10 * 1024 * 1024
"""API Gateway's limit for a request; a function's own is smaller."""

_TOO_LONG: Final = b'{"message":"Request Too Long"}'

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]


def application(answer: Answer) -> Application:
    """Make the ASGI application of an answer; there are no WebSockets and no lifespan."""

    async def serve(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError("asgi: only http is served")
        body = await _body(receive)
        if body is None:
            response = HttpResponse(413, {"content-type": "application/json"}, _TOO_LONG)
        else:
            response = await asyncio.to_thread(answer, _request(scope, body))
        await _send(response, scope["method"], send)

    return serve


async def _body(receive: Receive) -> bytes | None:
    """Read the whole body; None when it is too large, after reading it to its end."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= MAX_BODY_BYTES:
            chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks) if size <= MAX_BODY_BYTES else None


def _request(scope: Message, body: bytes) -> HttpRequest:
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        separator = "; " if name == "cookie" else ","
        headers[name] = f"{headers[name]}{separator}{value}" if name in headers else value
    client = scope.get("client") or ("127.0.0.1", 0)
    raw_path = scope.get("raw_path") or scope["path"].encode()
    return HttpRequest(
        method=scope["method"],
        path=raw_path.decode("latin-1").partition("?")[0],
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=body,
        source_ip=client[0],
    )


async def _send(response: HttpResponse, method: str, send: Send) -> None:
    headers = dict(response.headers)
    if response.status != 304:
        headers["content-length"] = str(len(response.body))
    await send(
        {
            "type": "http.response.start",
            "status": response.status,
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()],
        }
    )
    bodiless = method == "HEAD" or response.status == 304
    await send({"type": "http.response.body", "body": b"" if bodiless else response.body})
