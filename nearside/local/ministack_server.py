"""MiniStack with a snapshot soon after every change, and with the one condition key that our roles use;
run as a file by the Python that has MiniStack.

By itself MiniStack saves its state when it is told to stop, and a machine that loses power tells nobody.
Here a thread saves it about a second after a change, each file replaced as a whole, so that such an end
costs the last moments and not the ledger with its keys. Another thread watches the pipe from the process
that started it: when that is gone, in whatever way, this one saves and ends too, and lets go of the lock
on the state that it was handed.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

_Message: TypeAlias = MutableMapping[str, Any]
_Application: TypeAlias = Callable[
    [_Message, Callable[[], Awaitable[_Message]], Callable[[_Message], Awaitable[None]]], Awaitable[None]
]

STOP_S: Final = 20.0
_READS: Final = (
    "BatchGet", "Change", "Decrypt", "Describe", "Encrypt", "Generate", "Get", "List", "Query", "Receive",
    "Scan", "Sign", "TransactGet", "Verify",
)  # fmt: skip


@dataclass(slots=True)
class Snapshots:
    """Saves the state when it has changed, and rests ten times as long as that took, at least `rest_s`."""

    save: Callable[[], None]
    rest_s: float = 1.0
    changed: threading.Event = field(default_factory=threading.Event)

    def watch(self, application: _Application) -> _Application:
        """Wrap the application so that a request that may have changed something is noticed."""

        async def watched(
            scope: _Message,
            receive: Callable[[], Awaitable[_Message]],
            send: Callable[[_Message], Awaitable[None]],
        ) -> None:
            await application(scope, receive, send)
            if scope["type"] == "http" and _may_change(scope):
                self.changed.set()

        return watched

    def run(self) -> None:
        """Save for ever."""
        while True:
            self.changed.wait()
            time.sleep(self.rest_s)
            self.changed.clear()
            started = time.monotonic()
            self.save()
            time.sleep(10 * (time.monotonic() - started))


def _may_change(scope: _Message) -> bool:
    if scope["method"] in {"GET", "HEAD"}:
        return False
    headers = dict(scope["headers"])
    action = headers.get(b"x-amz-target", b"").decode("latin-1").rpartition(".")[2]
    return not action.startswith(_READS)


def end_with_parent(pipe: int) -> None:
    """Wait until nobody holds the pipe's other end, then stop as if told to, and soon in any case."""
    # Not through `sys.stdin`, whose lock could not be had back at the end of the interpreter.
    while os.read(pipe, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_S)
    os._exit(1)


def main() -> None:
    """Start MiniStack's own main with its application watched, bound to the process that started it."""
    threading.Thread(target=end_with_parent, args=(0,), daemon=True).start()
    from ministack import app as server  # type: ignore[import-not-found]  # lives in an environment of its own
    from ministack.core.persistence import save_all  # type: ignore[import-not-found]

    _tell_leading_keys()
    saving = threading.Lock()

    def save(services: dict[str, Callable[[], Any]]) -> None:
        # MiniStack saves at its end too, over the same temporary files: never both at once.
        with saving:
            save_all(services)

    server.save_all = save
    snapshots = Snapshots(lambda: save(server._build_persistence_save_dict()))
    server.app = snapshots.watch(server.app)
    threading.Thread(target=snapshots.run, daemon=True).start()
    server.main()


def _tell_leading_keys() -> None:
    """Give MiniStack's policies `dynamodb:LeadingKeys`."""
    # Isolated as it is, this interpreter does not see our own package otherwise.
    sys.path.append(str(Path(__file__).resolve().parents[2]))
    from ministack.core import iam_actions  # type: ignore[import-not-found]
    from ministack.services import dynamodb  # type: ignore[import-not-found]

    from nearside.local.leading_keys import leading_keys

    plain = iam_actions.dynamodb_service_context

    def partition_key(table: str) -> str | None:
        found = dynamodb._tables.get(table)
        return found["pk_name"] if found else None

    def context(body: bytes) -> dict[str, Any]:
        keys = leading_keys(body, partition_key)
        return {**plain(body), **({"dynamodb:LeadingKeys": keys} if keys else {})}

    iam_actions.dynamodb_service_context = context


if __name__ == "__main__":
    main()
