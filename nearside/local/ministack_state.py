"""MiniStack's state on disk before its answers: a journal of DynamoDB's items, and snapshots of the rest.

MiniStack's own modules come in as arguments, typed as what is used of them. Standard library only.

What is kept of items are effects, not calls: the item that a key holds afterwards, or that it holds none.
They can be applied again and again, and no condition is judged twice. All effects of one call are one
record, so that no end of the process leaves half a transaction.
"""

from __future__ import annotations

import asyncio
import copy
import hashlib
import json
import re
import threading
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from consent_ledger.errors import Malformed
from consent_ledger.storage.whole_file import PRIVATE, replace_file
from nearside.local.journal import Journal, Recovered
from nearside.local.ministack_calls import READS

Handler: TypeAlias = Callable[..., Awaitable[tuple[int, Any, Any]]]
Effect: TypeAlias = tuple[str, str, str, str, str, Any]
"""Account, region, table, the two parts of a key, and the item or None."""

JOURNALLED: Final = "dynamodb"
SMALLEST_COMPACTION: Final = 8 * 1024 * 1024
FIRST_SEGMENT: Final = "__nearside_journal__"
_FIRST_SEGMENT: Final = re.compile(
    rb'\{(?:"__nearside_sha256__": "[0-9a-f]{64}", )?"__nearside_journal__": ([0-9]{1,18}),'
)
_SEAL: Final = re.compile(rb'\{"__nearside_sha256__": "([0-9a-f]{64})", ')
CANNOT_READ: Final = 65
"""With this code MiniStack ends when it does not understand what lies in the folder (EX_DATAERR)."""
CANNOT_KEEP: Final = 74
"""With this code MiniStack ends when it cannot write what it would have to keep (EX_IOERR of sysexits.h)."""
_ITEM_WRITES: Final = frozenset(
    {
        "BatchExecuteStatement", "BatchWriteItem", "DeleteItem", "ExecuteStatement", "ExecuteTransaction",
        "PutItem", "TransactWriteItems", "UpdateItem",
    }
)  # fmt: skip


class Snapshots:
    """Writes the states of services under `folder`, each file replaced as a whole, one save at a time.

    `states` names what can be saved at the moment and how its state is taken, `envelope` wraps a state for
    its file, and `journal` covers the items since the last snapshot of DynamoDB.
    """

    def __init__(
        self,
        folder: Path,
        journal: Journal,
        *,
        states: Callable[[], Mapping[str, Callable[[], Any]]],
        envelope: Callable[[str, Any], dict[str, Any]],
        encode: Callable[[Any], bytes],
    ) -> None:
        self._folder = folder
        self._journal = journal
        self._states = states
        self._envelope = envelope
        self._encode = encode
        self._saving = asyncio.Lock()
        self._size = 0
        self._owed = False

    async def save(self, services: Iterable[str]) -> None:
        """Save these services; raises `OSError` when one cannot be written."""
        async with self._saving:
            states = self._states()
            for name in services:
                if name == JOURNALLED:
                    await self._save_items(states[name])
                elif (state := states[name]()) is not None:
                    # Encoded before anything else runs: what it is made of may change later.
                    data = sealed(self._encode(self._envelope(name, state)))
                    file = self._folder / f"{name}.json"
                    await asyncio.to_thread(replace_file, file, data, mode=PRIVATE)

    async def save_all(self) -> dict[str, str]:
        """Save every service; return those that could not be saved, by the kind of error."""
        return await self._save_each(self._states())

    async def save_the_rest(self) -> dict[str, str]:
        """Save what is not on disk by its answer; return what could not be saved, as `save_all`.

        Items only once their journal has outgrown them, or something was removed: what is erased must not
        lie in a journal until that is large.
        """
        late = {name for name in self._states() if name != JOURNALLED}
        if self._owed or self._journal.is_outdated:
            late.add(JOURNALLED)
        if self._journal.size > max(SMALLEST_COMPACTION, self._size):
            late.add(JOURNALLED)
        return await self._save_each(late)

    async def _save_each(self, services: Iterable[str]) -> dict[str, str]:
        failed = {}
        for name in sorted(services):
            try:
                await self.save([name])
            except Exception as error:
                # Whatever it is, the others are saved all the same.
                failed[name] = type(error).__name__
        return failed

    async def _save_items(self, take: Callable[[], Any]) -> None:
        # Until this is done what was erased lies in an older segment, which the journal says nothing of.
        self._owed = True
        # No effect falls between the two: both happen before anything else runs.
        first, state = self._journal.rotate(), take()
        whole = {FIRST_SEGMENT: first, **self._envelope(JOURNALLED, state)}  # first, where it is looked for
        data = sealed(await asyncio.to_thread(self._encode, whole))
        file = self._folder / f"{JOURNALLED}.json"
        await asyncio.to_thread(replace_file, file, data, mode=PRIVATE)
        self._size = len(data)
        self._journal.forget(first)
        self._owed = False


class JournalledItems:
    """DynamoDB as MiniStack plays it (`service`), with every answer held back until it can be kept to.

    A read or a refusal waits too: what it says of another's write must not be undone by a loss of power.
    """

    def __init__(self, service: Any, journal: Journal, save: Callable[[], Awaitable[None]]) -> None:
        self._service = service
        self._journal = journal
        self._save = save
        self._handle: Handler = service.handle_request
        self._set: Callable[..., Any] = service._set_item
        self._remove: Callable[..., Any] = service._remove_item
        self._call: list[Effect] | None = None
        self._outdates = False
        self._caller = 0
        # Rows whose time is up are removed by a thread of MiniStack's: it and a call must be kept in order.
        self._order = threading.RLock()
        # How often tables were made, changed or removed, and how many of these changes are on disk.
        self._shaped = self._kept = 0

    def install(self) -> None:
        """Put these methods in the place of the service's own."""
        self._service.handle_request = self.handle_request
        self._service._set_item = self.set_item
        self._service._remove_item = self.remove_item

    async def handle_request(
        self, method: str, path: str, headers: Mapping[str, str], *rest: Any
    ) -> tuple[int, Any, Any]:
        """Answer a call once it, and every call before it, is on disk."""
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        # MiniStack's handler never waits for anything: no other call runs between these lines.
        effects: list[Effect] = []
        self._call, self._outdates = effects, False
        self._caller = threading.get_ident()
        try:
            answer = await self._handle(method, path, headers, *rest)
        finally:
            self._call = None
        if answer[0] < 400:
            if effects:
                self._journal.append(print_effects(effects), outdates=self._outdates)
            self._shaped += action not in _ITEM_WRITES and not action.startswith(READS)
        wanted = self._shaped
        await self._journal.settled()
        while self._kept < wanted:
            shaped = self._shaped
            await self._save()
            self._kept = max(self._kept, shaped)
        return answer

    def set_item(self, table: dict[str, Any], partition: str, sort: str, item: Any) -> Any:
        """Store an item, and note it."""
        with self._order:
            before = self._set(table, partition, sort, item)
            self._note((*_place(table), partition, sort, item), before)
        return before

    def remove_item(self, table: dict[str, Any], partition: str, sort: str) -> Any:
        """Delete an item, and note it."""
        with self._order:
            before = self._remove(table, partition, sort)
            self._note((*_place(table), partition, sort, None), before)
        return before

    def replay(self, recovered: Recovered) -> None:
        """Apply the records of a journal to what the last snapshot left; tables that are gone stay gone."""
        for record in recovered.records:
            for account, region, name, partition, sort, item in json.loads(record):
                table = self._service._tables.get_scoped(account, region, name)
                if table is None:
                    continue
                if item is None:
                    self._remove(table, partition, sort)
                else:
                    self._set(table, partition, sort, item)

    def state(self) -> Any:
        """Take the service's state; items are shared with it, since none is ever changed in place."""
        live = self._service._tables
        shapes = type(live)()
        for (account, region, name), table in live.all_items():
            hidden = ("items", self._service._INDEX_MEMBERS)
            shape = copy.deepcopy({key: value for key, value in table.items() if key not in hidden})
            shape["items"] = {partition: dict(rows) for partition, rows in list(table["items"].items())}
            shapes.set_scoped(account, region, name, shape)
        # All but the tables as MiniStack takes it, which would copy every item.
        self._service._tables = type(live)()
        try:
            return {**self._service.get_state(), "tables": shapes}
        finally:
            self._service._tables = live

    def _note(self, effect: Effect, before: Any) -> None:
        if self._call is not None and threading.get_ident() == self._caller:
            self._call.append(effect)
            self._outdates |= before is not None
        else:
            self._journal.append(print_effects([effect]), outdates=before is not None)


def saved_at_once(service: Any, save: Callable[[], Awaitable[None]], *, changes: Callable[..., bool]) -> None:
    """Make a service save itself before it answers a call that `changes(method, path, headers, ...)` it."""
    handle: Handler = service.handle_request

    async def handle_request(
        method: str, path: str, headers: Mapping[str, str], *rest: Any, **named: Any
    ) -> tuple[int, Any, Any]:
        answer = await handle(method, path, headers, *rest, **named)
        if answer[0] < 400 and changes(method, path, headers, *rest):
            await save()
        return answer

    service.handle_request = handle_request


def hand_out_again(queues: Iterable[Mapping[str, Any]], *, now: float) -> None:
    """Make visible what was handed out: whoever had taken it ended with the process that kept it hidden."""
    for queue in queues:
        for message in queue["messages"]:
            if message["receive_count"] > 0:
                message["visible_at"] = min(message["visible_at"], now)


def print_effects(effects: Iterable[Effect]) -> bytes:
    """Print the effects of one call as a record."""
    return json.dumps(list(effects), separators=(",", ":")).encode("ascii")


def sealed(data: bytes) -> bytes:
    """Put the hash of a JSON object that is not empty before its members, as one of them."""
    digest = hashlib.sha256(data).hexdigest()
    return b'{"__nearside_sha256__": "' + digest.encode("ascii") + b'", ' + data[1:]


def check_seal(data: bytes) -> None:
    """Raise `Malformed` when a file that was sealed is not as it was; what never was says nothing."""
    found = _SEAL.match(data)
    if found and hashlib.sha256(b"{" + data[found.end() :]).hexdigest().encode("ascii") != found[1]:
        raise Malformed("state: not as it was written")


def read_first_segment(services: Path) -> int:
    """Read from DynamoDB's state file which segment of the journal continues it; 0 when there is none."""
    try:
        with (services / f"{JOURNALLED}.json").open("rb") as file:
            found = _FIRST_SEGMENT.match(file.read(256))
    except FileNotFoundError:
        return 0
    return int(found[1]) if found else 0


def _place(table: Mapping[str, Any]) -> tuple[str, str, str]:
    _, _, _, region, account, name = table["TableArn"].split(":", 5)
    return account, region, name.removeprefix("table/")
