"""Stores whose process dies at any step: before a call, inside it, or after it has had its effect."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from consent_ledger.storage.ports import Storage


class Crash(Exception):
    """The process died here."""


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
class Appointed:
    """The fate of a process that dies when `dies` says so, which is asked at every step."""

    dies: Callable[[], bool]

    def enter(self, call: str) -> None:
        """Begin a call of the store, or die before it."""
        self.maybe()

    def maybe(self) -> None:
        """Die here, if it is time."""
        if self.step():
            self.die()

    def step(self) -> bool:
        """Whether the process dies at this moment."""
        return self.dies()

    def die(self) -> None:
        """End."""
        raise Crash


def at_step(number: int) -> Appointed:
    """The fate of a process that dies at this step, counted from one over all its stores."""
    steps = itertools.count(1)
    return Appointed(lambda: next(steps) == number)


@dataclass(slots=True)
class MortalStore:
    """A store, of the log or of anything else, whose every call may be the last of its process."""

    inner: Any
    fate: Fate | Appointed

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.inner, name)

        def step(*arguments: Any) -> Any:
            self.fate.enter(name)
            result = call(*arguments)
            self.fate.maybe()
            return result

        return step


def mortal(storage: Storage, fate: Fate | Appointed) -> Storage:
    """The log's store as a process with this fate has it: it may die at any call, and inside `settle`."""
    return cast("Storage", MortalStore(SteppingStorage(storage, fate, lambda note: None), fate))


@dataclass(slots=True)
class SteppingStorage:
    """A store whose calls are one step each, but for `settle`, which may end between any two entries.

    What it publishes is told to `published` before anybody can die of it.
    """

    inner: Storage
    fate: Fate | Appointed
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
