"""The log, and a witness's memory, in memory: the references that other stores are measured against."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

from consent_ledger.storage.ports import Head


class MemoryStorage:
    """A `Storage` that lasts as long as its process; one lock makes every method atomic."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: set[bytes] = set()
        self._pending: dict[bytes, bytes] = {}
        self._indexes: dict[bytes, int] = {}
        self._files: dict[str, bytes] = {}
        self._head = Head()
        self._checkpoint: bytes | None = None

    def put_entry(self, entry: bytes, leaf: bytes) -> bool:
        """See `Storage.put_entry`."""
        with self._lock:
            if entry in self._known:
                return False
            self._known.add(entry)
            self._pending[entry] = leaf
            return True

    def pending(self, limit: int) -> tuple[bytes, ...]:
        """See `Storage.pending`."""
        with self._lock:
            return tuple(self._pending.values())[:limit]

    def head(self) -> Head:
        """See `Storage.head`."""
        with self._lock:
            return self._head

    def swap_head(self, old: Head, new: Head) -> bool:
        """See `Storage.swap_head`."""
        with self._lock:
            if self._head != old:
                return False
            self._head = new
            return True

    def settle(self, first: int, entries: Sequence[bytes]) -> None:
        """See `Storage.settle`."""
        with self._lock:
            for index, entry in enumerate(entries, start=first):
                self._indexes[entry] = index
                self._pending.pop(entry, None)

    def index_of(self, entry: bytes) -> int | None:
        """See `Storage.index_of`."""
        with self._lock:
            return self._indexes.get(entry)

    def knows(self, entry: bytes) -> bool:
        """See `Storage.knows`."""
        with self._lock:
            return entry in self._known

    def write_once(self, path: str, data: bytes) -> None:
        """See `Storage.write_once`."""
        with self._lock:
            if self._files.setdefault(path, data) != data:
                raise FileExistsError(path)

    def read(self, path: str) -> bytes | None:
        """See `Storage.read`."""
        with self._lock:
            return self._files.get(path)

    def checkpoint(self) -> bytes | None:
        """See `Storage.checkpoint`."""
        with self._lock:
            return self._checkpoint

    def swap_checkpoint(self, old: bytes | None, new: bytes) -> bool:
        """See `Storage.swap_checkpoint`."""
        with self._lock:
            if self._checkpoint != old:
                return False
            self._checkpoint = new
            return True


class MemoryWitnessStore:
    """A `WitnessStore` that lasts as long as its process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._notes: dict[str, bytes] = {}

    def latest(self, origin: str) -> bytes | None:
        """See `WitnessStore.latest`."""
        with self._lock:
            return self._notes.get(origin)

    def swap(self, origin: str, old: bytes | None, new: bytes) -> bool:
        """See `WitnessStore.swap`."""
        with self._lock:
            if self._notes.get(origin) != old:
                return False
            self._notes[origin] = new
            return True
