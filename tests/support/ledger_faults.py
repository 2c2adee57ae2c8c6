"""Stores whose process dies at any step: before a call, inside it, or after it has had its effect."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from consent_ledger.storage.ports import Head, Storage
from tests.support.ledger import Crash

STEPS_INSIDE: Final = {"pending": 16, "settle": 16, "write_once": 2, "swap_checkpoint": 2}
"""About how many requests a call makes where it makes more than one: where inside it the end may fall."""


@dataclass(slots=True)
class Fate:
    """Decides when one actor's process dies; `death` is the probability at each step.

    Steps are: before a call of the store, inside it, and after it. `enter` says that a call begins, `step`
    that the store is about to make one of its own requests, or has made it.
    """

    chance: random.Random
    death: float
    crashes: int = 0
    _fatal: int | None = None

    def maybe(self) -> None:
        """Die here, perhaps."""
        if self.chance.random() < self.death:
            self.die()

    def die(self) -> None:
        """End: nothing that the process held is kept."""
        self.crashes += 1
        self._fatal = None
        raise Crash

    def enter(self, call: str) -> None:
        """Begin a call of the store, and settle at which of its requests it dies, if at any."""
        self.maybe()
        dies = self.chance.random() < self.death
        self._fatal = self.chance.randrange(2 * STEPS_INSIDE.get(call, 1)) if dies else None

    def step(self) -> bool:
        """Whether the process dies at this moment inside the call."""
        if self._fatal is None:
            return False
        self._fatal -= 1
        return self._fatal < 0


@dataclass(slots=True)
class MortalStorage:
    """A store whose every call may be the last of its actor."""

    inner: Storage
    fate: Fate

    def _call(self, name: str, *arguments: Any) -> Any:
        self.fate.enter(name)
        result = getattr(self.inner, name)(*arguments)
        self.fate.maybe()
        return result

    def put_entry(self, entry: bytes, leaf: bytes) -> bool:
        return bool(self._call("put_entry", entry, leaf))

    def pending(self, limit: int) -> tuple[bytes, ...]:
        return tuple(self._call("pending", limit))

    def head(self) -> Head:
        head: Head = self._call("head")
        return head

    def swap_head(self, old: Head, new: Head) -> bool:
        return bool(self._call("swap_head", old, new))

    def settle(self, first: int, entries: Sequence[bytes]) -> None:
        self._call("settle", first, entries)

    def index_of(self, entry: bytes) -> int | None:
        index: int | None = self._call("index_of", entry)
        return index

    def knows(self, entry: bytes) -> bool:
        return bool(self._call("knows", entry))

    def write_once(self, path: str, data: bytes) -> None:
        self._call("write_once", path, data)

    def read(self, path: str) -> bytes | None:
        data: bytes | None = self._call("read", path)
        return data

    def checkpoint(self) -> bytes | None:
        note: bytes | None = self._call("checkpoint")
        return note

    def swap_checkpoint(self, old: bytes | None, new: bytes) -> bool:
        return bool(self._call("swap_checkpoint", old, new))


@dataclass(slots=True)
class SteppingStorage:
    """A store whose calls are one step each, but for `settle`, which may end between any two entries.

    What it publishes is told to `published` before anybody can die of it.
    """

    inner: Storage
    fate: Fate
    published: Callable[[bytes], None]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def settle(self, first: int, entries: Sequence[bytes]) -> None:
        stride = max(1, len(entries) // STEPS_INSIDE["settle"])
        for start in range(0, len(entries), stride):
            if self.fate.step():
                self.fate.die()
            self.inner.settle(first + start, entries[start : start + stride])

    def swap_checkpoint(self, old: bytes | None, new: bytes) -> bool:
        swapped = self.inner.swap_checkpoint(old, new)
        if swapped:
            self.published(new)
        if self.fate.step():
            self.fate.die()
        return swapped


@dataclass(slots=True)
class MortalClient:
    """An AWS client whose process may die before a request, after it, or when half of a batch is written."""

    inner: Any
    fate: Fate
    published: Callable[[bytes], None]
    exceptions: Any = field(init=False)

    def __post_init__(self) -> None:
        self.exceptions = self.inner.exceptions

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.inner, name)

        def request(**arguments: Any) -> Any:
            if self.fate.step():
                if name == "batch_write_item":
                    # AWS may do any part of a batch; here its first half is done.
                    ((table, rows),) = arguments["RequestItems"].items()
                    call(RequestItems={table: rows[: max(1, len(rows) // 2)]})
                self.fate.die()
            answer = call(**arguments)
            if name == "put_object" and arguments["Key"] == "ledger/checkpoint":
                self.published(arguments["Body"])
            if self.fate.step():
                self.fate.die()
            return answer

        return request
