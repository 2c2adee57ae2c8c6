"""What is saved late: all that no answer waits for, soon after it may have changed; and how that goes.

Messages that merely wake somebody, and items of which a journal holds what was erased. No answer rests on
either, so that a save that fails ends nothing: it is made again until it succeeds, said in the output of
MiniStack, and told to whoever asks at `UNSAVED`. Standard library only, as all that runs with MiniStack.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final, NoReturn, Protocol, TypeAlias

UNSAVED: Final = "/_nearside/unsaved"
"""Where it is told which services are not saved, by which kind of error, and for how long already."""
REST_S: Final = 1.0
LONGEST_REST_S: Final = 60.0

_Message: TypeAlias = MutableMapping[str, Any]
_Receive: TypeAlias = Callable[[], Awaitable[_Message]]
_Send: TypeAlias = Callable[[_Message], Awaitable[None]]
Application: TypeAlias = Callable[[_Message, _Receive, _Send], Awaitable[None]]


class Saves(Protocol):
    """What is wanted of snapshots; services that could not be saved are told by the kind of error."""

    async def save_the_rest(self) -> Mapping[str, str]:
        """Save what is not on disk by its answer."""
        ...

    async def save_all(self) -> Mapping[str, str]:
        """Save everything."""
        ...

    async def save(self, services: list[str]) -> None:
        """Save these; raises `OSError`."""
        ...


class Watch:
    """Wraps the application: saves soon after it may have changed, and wholly before it stops.

    When a journal was `replayed` its effects are saved before anything is answered: a torn end of it is
    never followed by another record. `unwritable` hears when that fails.
    """

    def __init__(
        self,
        application: Application,
        saves: Saves,
        may_change: Callable[[str, str, Mapping[str, str]], bool],
        *,
        replayed: bool,
        unwritable: Callable[[OSError], NoReturn],
        clock: Callable[[], float] = time.monotonic,
        rest: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._application = application
        self._saves = saves
        self._may_change = may_change
        self._replayed = replayed
        self._unwritable = unwritable
        self._clock = clock
        self._rest = rest
        self._changed = asyncio.Event()
        self._unsaved: Mapping[str, str] = {}
        self._unsaved_since = 0.0

    async def __call__(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        """Answer as the application does."""
        if scope["type"] == "lifespan":
            saving = asyncio.ensure_future(self.save_what_changes())
            try:
                await self._application(scope, self._saved_at_shutdown(receive), self._saved_at_start(send))
            finally:
                saving.cancel()
            return
        if scope["type"] == "http" and scope["path"] == UNSAVED:
            await self._tell(send)
            return
        await self._application(scope, receive, send)
        if scope["type"] == "http" and self._may_change(scope["method"], scope["path"], _headers(scope)):
            self._changed.set()

    async def save_what_changes(self) -> None:
        """Save soon after every change, until cancelled."""
        tries = 0
        while True:
            await self._changed.wait()
            await self._rest(min(REST_S * 2**tries, LONGEST_REST_S))
            self._changed.clear()
            started = self._clock()
            self._heard(await _said(self._saves.save_the_rest))
            tries = min(tries + 1, 10) if self._unsaved else 0
            if self._unsaved:
                self._changed.set()
            await self._rest(min(10 * (self._clock() - started), LONGEST_REST_S))

    def _heard(self, failed: Mapping[str, str]) -> None:
        if failed and not self._unsaved:
            self._unsaved_since = self._clock()
        for name, why in failed.items():
            print(f"state: {name} is not saved: {why}", file=sys.stderr, flush=True)  # noqa: T201
        self._unsaved = failed

    async def _tell(self, send: _Send) -> None:
        for_s = int(self._clock() - self._unsaved_since) if self._unsaved else 0
        body = json.dumps({"services": dict(self._unsaved), "for_s": for_s}).encode("utf-8")
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _saved_at_start(self, send: _Send) -> _Send:
        async def sent(message: _Message) -> None:
            if self._replayed and message["type"] == "lifespan.startup.complete":
                try:
                    await self._saves.save(["dynamodb"])
                except OSError as error:
                    self._unwritable(error)
            await send(message)

        return sent

    def _saved_at_shutdown(self, receive: _Receive) -> _Receive:
        async def received() -> _Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                self._heard(await _said(self._saves.save_all))
            return message

        return received


async def _said(save: Callable[[], Awaitable[Mapping[str, str]]]) -> Mapping[str, str]:
    # Of what went wrong before any service was looked at, none can be said to be saved.
    try:
        return await save()
    except Exception as error:
        return {"all": type(error).__name__}


def _headers(scope: _Message) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
