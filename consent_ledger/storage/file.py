"""The log in a folder: for one machine, any number of threads and processes.

`checkpoint` and `tile/` lie as C2SP tlog-tiles has them, so that the folder can be served or copied as it is;
`state/` holds what is not public. Every write is complete or absent, also after a crash.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from consent_ledger import canonical
from consent_ledger.checkpoint import read_decimal
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from consent_ledger.storage.ports import Head
from consent_ledger.storage.whole_file import replace_file


class FileStorage:
    """A `Storage` in `folder`; one lock file makes every method atomic.

    The folder is made at the first write: reading one that is no log leaves nothing behind.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._state = folder / "state"

    def put_entry(self, entry: bytes, leaf: bytes) -> bool:
        """See `Storage.put_entry`."""
        with self._locked():
            # One file is all there is to write, so that no crash can leave half of it: an entry is known
            # while it is pending, and once it is settled by its index.
            if self.knows(entry):
                return False
            replace_file(self._pending(entry), leaf)
            return True

    def pending(self, limit: int) -> tuple[bytes, ...]:
        """See `Storage.pending`."""
        if not (self._state / "pending").is_dir():
            return ()
        with self._locked():
            names = sorted(path for path in (self._state / "pending").iterdir() if not path.suffix)
            return tuple(path.read_bytes() for path in names[:limit])

    def head(self) -> Head:
        """See `Storage.head`; raises `Malformed` when the file is damaged."""
        data = self._read(self._state / "head")
        if data is None:
            return Head()
        fields = Fields(canonical.decode(data), "head")
        head = Head(fields.whole("size"), fields.whole("clean"), fields.text("staged"))
        fields.done()
        return head

    def swap_head(self, old: Head, new: Head) -> bool:
        """See `Storage.swap_head`."""
        with self._locked():
            if self.head() != old:
                return False
            line = {"clean": new.clean, "size": new.size, "staged": new.staged}
            replace_file(self._state / "head", canonical.encode(line))
            return True

    def settle(self, first: int, entries: Sequence[bytes]) -> None:
        """See `Storage.settle`."""
        with self._locked():
            for index, entry in enumerate(entries, start=first):
                replace_file(self._index(entry), b"%d" % index)
                self._pending(entry).unlink(missing_ok=True)

    def index_of(self, entry: bytes) -> int | None:
        """See `Storage.index_of`; raises `Malformed` when the file is damaged."""
        data = self._read(self._index(entry))
        return None if data is None else read_decimal(data.decode("latin-1"), noun="index")

    def knows(self, entry: bytes) -> bool:
        """See `Storage.knows`."""
        return self._pending(entry).exists() or self._index(entry).exists()

    def write_once(self, path: str, data: bytes) -> None:
        """See `Storage.write_once`."""
        place = self._inside(path)
        with self._locked():
            before = self._read(place)
            if before is None:
                replace_file(place, data)
            elif before != data:
                raise FileExistsError(path)

    def read(self, path: str) -> bytes | None:
        """See `Storage.read`."""
        return self._read(self._inside(path))

    def checkpoint(self) -> bytes | None:
        """See `Storage.checkpoint`."""
        return self._read(self._folder / "checkpoint")

    def swap_checkpoint(self, old: bytes | None, new: bytes) -> bool:
        """See `Storage.swap_checkpoint`."""
        with self._locked():
            if self.checkpoint() != old:
                return False
            replace_file(self._folder / "checkpoint", new)
            return True

    def _pending(self, entry: bytes) -> Path:
        return self._state / "pending" / entry.hex()

    def _index(self, entry: bytes) -> Path:
        return self._state / "index" / entry.hex()[:2] / entry.hex()

    def _inside(self, path: str) -> Path:
        if not path or path.startswith("/") or ".." in path.split("/"):
            raise Malformed("storage: path leads outside")
        return self._folder / path

    @staticmethod
    def _read(path: Path) -> bytes | None:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._state.mkdir(parents=True, exist_ok=True)
        # A lock on a freshly opened file holds between threads as well as between processes.
        with (self._state / "lock").open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
