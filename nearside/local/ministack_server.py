"""MiniStack that keeps what it answered, and knows the one condition key that our roles use; run as a file
by the Python that has MiniStack, with the folder of its state as its argument.

By itself MiniStack saves its state when it is told to stop, and who is killed is told nothing. Here every
item of a table is in a journal, and every table, bucket and key in a snapshot, before the call that made it
is answered (`ministack_state`); objects are in their files. What else there is, messages in queues above
all, is saved about a second after a change: whoever waits for a message must also look by the clock.
A thread watches the pipe from the process that started it: when that is gone, in whatever way, this one
saves and ends too, and lets go of the lock on the state that it was handed.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeAlias

if TYPE_CHECKING:
    from nearside.local.ministack_state import Snapshots

_Message: TypeAlias = MutableMapping[str, Any]
_Receive: TypeAlias = Callable[[], Awaitable[_Message]]
_Send: TypeAlias = Callable[[_Message], Awaitable[None]]
_Application: TypeAlias = Callable[[_Message, _Receive, _Send], Awaitable[None]]

STOP_S: Final = 20.0
REST_S: Final = 1.0


@dataclass(slots=True)
class Watch:
    """Wraps the application: saves soon after it may have changed, and wholly before it stops.

    When a journal was `replayed` its effects are saved before anything is answered: a torn end of it is
    never followed by another record.
    """

    application: _Application
    snapshots: Snapshots
    may_change: Callable[[str, str, Mapping[str, str]], bool]
    replayed: bool
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        """Answer as the application does."""
        if scope["type"] == "lifespan":
            saving = asyncio.ensure_future(self._save_what_changes())
            try:
                await self.application(scope, self._saved_at_shutdown(receive), self._saved_at_start(send))
            finally:
                saving.cancel()
            return
        await self.application(scope, receive, send)
        if scope["type"] == "http" and self.may_change(scope["method"], scope["path"], _headers(scope)):
            self.changed.set()

    def _saved_at_start(self, send: _Send) -> _Send:
        async def sent(message: _Message) -> None:
            if self.replayed and message["type"] == "lifespan.startup.complete":
                try:
                    await self.snapshots.save(["dynamodb"])
                except OSError as error:
                    _say_why(error)
            await send(message)

        return sent

    def _saved_at_shutdown(self, receive: _Receive) -> _Receive:
        async def received() -> _Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self.snapshots.save()
            return message

        return received

    async def _save_what_changes(self) -> None:
        while True:
            await self.changed.wait()
            await asyncio.sleep(REST_S)
            self.changed.clear()
            started = time.monotonic()
            try:
                await self.snapshots.save_the_rest()
            except OSError as error:
                # Nothing that was answered rests on this: it is said in the output, and tried again.
                print(f"state: not saved: {error.strerror}", file=sys.stderr)  # noqa: T201
                self.changed.set()
            await asyncio.sleep(10 * (time.monotonic() - started))


def _headers(scope: _Message) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def end_with_parent(pipe: int) -> None:
    """Wait until nobody holds the pipe's other end, then stop as if told to, and soon in any case."""
    # Not through `sys.stdin`, whose lock could not be had back at the end of the interpreter.
    while os.read(pipe, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_S)
    os._exit(1)


def cannot_keep(why: str) -> NoReturn:
    """End at once: what would be said from here on rests on what is not on disk, and all that was said is."""
    from nearside.local.ministack_state import CANNOT_KEEP

    print(f"state: cannot be written: {why}", file=sys.stderr, flush=True)  # noqa: T201
    os._exit(CANNOT_KEEP)


class Unkept(logging.Handler):
    """Hears that MiniStack could not write an object, which it would answer for all the same."""

    def emit(self, record: logging.LogRecord) -> None:
        """End when it says so."""
        if str(record.msg).startswith("Failed to persist"):
            cannot_keep("an object")


def main(state: Path) -> None:
    """Start MiniStack's own main with what we add to it, bound to the process that started it."""
    threading.Thread(target=end_with_parent, args=(0,), daemon=True).start()
    # Isolated as it is, this interpreter does not see our own package otherwise.
    sys.path.append(str(Path(__file__).resolve().parents[2]))
    try:
        _make_folders(state)
        _keep_objects(state / "objects")
    except OSError as error:
        _say_why(error)
    from ministack import app as server  # type: ignore[import-not-found]  # lives in an environment of its own

    _tell_leading_keys()
    _tell_conditional_writes()
    server.app = _keep_state(server, state)
    server.main()


def _make_folders(state: Path) -> None:
    from consent_ledger.storage.whole_file import sync_folder

    for folder in (state / name for name in ("objects", "services", "journal")):
        folder.mkdir(parents=True, exist_ok=True)
    # Files that last in a folder that does not are lost all the same.
    sync_folder(state)
    sync_folder(state.parent)


def _keep_objects(objects: Path) -> None:
    from nearside.local.ministack_objects import describe_again, durable_writer

    describe_again(objects)
    # Objects are read in as the module is.
    from ministack.services import s3  # type: ignore[import-not-found]

    s3._atomic_write = durable_writer(objects)
    s3.logger.addHandler(Unkept())


def _keep_state(server: Any, state: Path) -> _Application:
    """Give MiniStack a journal and snapshots of our own; return its application with both."""
    from ministack.core import persistence  # type: ignore[import-not-found]
    from ministack.services import dynamodb, kms, s3

    from nearside.local.journal import Journal, recover
    from nearside.local.ministack_state import (
        JournalledItems,
        Snapshots,
        changes,
        changes_buckets,
        read_first_segment,
        saved_at_once,
    )

    services = state / "services"
    first = read_first_segment(services)
    recovered = recover(state / "journal", first)
    journal = Journal(state / "journal", recovered.next_segment, unwritable=_say_why)

    def states() -> Mapping[str, Callable[[], Any]]:
        return {**server._build_persistence_save_dict(), "dynamodb": items.state}

    snapshots = Snapshots(
        services,
        journal,
        states=states,
        envelope=lambda name, payload: {
            "__ministack_format__": persistence._state_format_version(name),
            "payload": payload,
        },
        encode=lambda whole: json.dumps(whole, default=persistence._json_default).encode("utf-8"),
    )

    async def keep(service: str) -> None:
        try:
            await snapshots.save([service])
        except OSError as error:
            _say_why(error)

    items = JournalledItems(dynamodb, journal, lambda: keep("dynamodb"))
    items.install()
    saved_at_once(kms, lambda: keep("kms"), changes=changes)
    saved_at_once(s3, lambda: keep("s3"), changes=changes_buckets)
    load = server._load_persisted_state

    def load_and_replay() -> None:
        load()
        items.replay(recovered)

    server._load_persisted_state = load_and_replay
    server.save_all = lambda _: None  # `Watch` has saved when MiniStack would
    return Watch(server.app, snapshots, changes, replayed=recovered.next_segment > first)


def _say_why(error: OSError) -> NoReturn:
    cannot_keep(error.strerror or type(error).__name__)


def _tell_leading_keys() -> None:
    """Give MiniStack's policies `dynamodb:LeadingKeys`."""
    from ministack.core import iam_actions
    from ministack.services import dynamodb

    from nearside.local.leading_keys import leading_keys

    plain = iam_actions.dynamodb_service_context

    def partition_key(table: str) -> str | None:
        found = dynamodb._tables.get(table)
        return found["pk_name"] if found else None

    def context(body: bytes) -> dict[str, Any]:
        keys = leading_keys(body, partition_key)
        return {**plain(body), **({"dynamodb:LeadingKeys": keys} if keys else {})}

    iam_actions.dynamodb_service_context = context


def _tell_conditional_writes() -> None:
    """Give MiniStack's policies `s3:if-none-match`."""
    from ministack.core import iam_actions

    plain = iam_actions.s3_service_context

    def context(
        action: str, query: dict[str, Any] | None, path: str = "", headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        condition = (headers or {}).get("if-none-match")
        told = {} if condition is None else {"s3:if-none-match": condition}
        return {**plain(action, query, path, headers), **told}

    iam_actions.s3_service_context = context


if __name__ == "__main__":
    # MiniStack reads the arguments too, and has others.
    main(Path(sys.argv.pop()))
