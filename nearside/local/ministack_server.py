"""MiniStack that keeps what it answered, and knows the one condition key that our roles use; run as a file
by the Python that has MiniStack, with the folder of its state as its argument.

By itself MiniStack saves its state when it is told to stop, and who is killed is told nothing. Here every
item of a table is in a journal, and every table, bucket and key in a snapshot, before the call that made it
is answered (`ministack_state`); objects are in their files. So are messages of queues that are marked for it.
What else there is, messages that wake somebody above all, is saved about a second after a change
(`ministack_watch`): whoever waits for such a message must also look by the clock.
A thread watches the pipe from the process that started it: when that is gone, in whatever way, this one
saves and ends too, and lets go of the lock on the state that it was handed.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

if TYPE_CHECKING:
    from nearside.local.ministack_watch import Application

STOP_S: Final = 20.0


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


class Unread(logging.Handler):
    """Hears that MiniStack does not understand a state, which it would go on without and write over."""

    def emit(self, record: logging.LogRecord) -> None:
        """End when it says so."""
        from nearside.local.ministack_state import CANNOT_READ

        said = str(record.msg)
        if "failed to load" in said or "refusing to load" in said or said.startswith("Failed to restore"):
            print("state: cannot be read by this version", file=sys.stderr, flush=True)  # noqa: T201
            os._exit(CANNOT_READ)


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


def _keep_state(server: Any, state: Path) -> Application:
    """Give MiniStack a journal and snapshots of our own; return its application with both."""
    from ministack.core import persistence  # type: ignore[import-not-found]
    from ministack.services import dynamodb, kms, s3, sqs

    from nearside.local.journal import Journal, recover
    from nearside.local.ministack_calls import changes, changes_buckets, sends_kept
    from nearside.local.ministack_state import (
        JournalledItems,
        Snapshots,
        hand_out_again,
        read_first_segment,
        saved_at_once,
    )
    from nearside.local.ministack_watch import Watch

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
    saved_at_once(sqs, lambda: keep("sqs"), changes=sends_kept(lambda url: sqs._get_q(url).get("tags", {})))
    for logger in (server.logger, persistence.logger):
        logger.addHandler(Unread(logging.ERROR))
    load = server._load_persisted_state

    def load_and_replay() -> None:
        load()
        items.replay(recovered)
        hand_out_again((queue for _, queue in sqs._queues.all_items()), now=time.time())

    server._load_persisted_state = load_and_replay
    server.save_all = lambda _: None  # `Watch` has saved when MiniStack would
    replayed = recovered.next_segment > first
    return Watch(server.app, snapshots, changes, replayed=replayed, unwritable=_say_why)


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
