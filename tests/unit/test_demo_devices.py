"""Scripted devices meet broken connections as browsers do: they send again, and an answer is final."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest

from demo.devices import TRIES_AGAIN, ScriptedHost, patient_client
from edge_client.ports import Unreachable

BROKEN = (httpx.ReadError, httpx.ConnectError, httpx.RemoteProtocolError)


class Line(httpx.AsyncBaseTransport):
    """A line that breaks some times before it carries anything; it writes down what was sent on it."""

    def __init__(self, answer: httpx.Response, *, breaks: int, kind: type[httpx.TransportError]) -> None:
        self.answer = answer
        self.breaks = breaks
        self.kind = kind
        self.seen: list[tuple[str, str, bytes]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append((request.method, request.url.path, await request.aread()))
        if len(self.seen) <= self.breaks:
            raise self.kind("gone")
        return self.answer


def ask(line: Line, act: Callable[[ScriptedHost], object]) -> object:
    """What a device gets over a line."""

    async def story() -> object:
        async with patient_client("http://device.test", transport=line) as client:
            return await act(ScriptedHost(client, 0))  # type: ignore[misc]  # each act is a coroutine

    return asyncio.run(story())


@pytest.mark.parametrize("kind", BROKEN)
def test_a_connection_that_breaks_is_tried_again(kind: type[httpx.TransportError]) -> None:
    """A file and a report, byte for byte the same the second time."""
    line = Line(httpx.Response(200, content=b"file"), breaks=1, kind=kind)
    assert ask(line, lambda host: host.fetch_public("/nearside/city/bundle.json")) == b"file"
    assert line.seen == [("GET", "/nearside/city/bundle.json", b"")] * 2
    line = Line(httpx.Response(202, content=b"taken"), breaks=1, kind=kind)
    assert ask(line, lambda host: host.post("/contributions", b"{}")) == (202, b"taken")
    assert line.seen == [("POST", "/contributions", b"{}")] * 2


@pytest.mark.parametrize("status", [409, 429, 500, 503])
def test_an_answer_is_final(status: int) -> None:
    """The device's own rules say what comes of it; nothing is sent twice because a server said no."""
    line = Line(httpx.Response(status, headers={"retry-after": "1"}), breaks=0, kind=httpx.ReadError)
    assert ask(line, lambda host: host.post("/contributions", b"{}")) == (status, b"")
    assert len(line.seen) == 1


@pytest.mark.parametrize(("kind", "times"), [(httpx.ReadError, TRIES_AGAIN + 1), (httpx.ReadTimeout, 1)])
def test_a_server_that_is_gone_is_said_to_be(kind: type[httpx.TransportError], times: int) -> None:
    """After some tries, or at once where it takes too long: the device goes on without it."""
    line = Line(httpx.Response(200), breaks=100, kind=kind)
    with pytest.raises(Unreachable):
        ask(line, lambda host: host.fetch_public("/nearside/city/bundle.json"))
    assert len(line.seen) == times
