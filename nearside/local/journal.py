"""A journal: records that are on disk before anybody is told that they were made; many share one write.

It lies in numbered segments. A segment is a row of frames, each the records of one write:
`NSJ1`, the payload's length and its CRC-32 (big-endian uint32), and the payload, one record a line. A frame
is begun only when the one before it is on disk; so a damaged frame with a whole one after it is damage, and
a damaged frame at the very end is a write that nobody was told of. Standard library only: it runs under the
Python that has MiniStack.
"""

from __future__ import annotations

import asyncio
import os
import struct
import threading
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from consent_ledger.errors import Malformed
from consent_ledger.storage.whole_file import sync_folder

_MAGIC: Final = b"NSJ1"
_HEADER: Final = struct.Struct(">4sII")


class Journal:
    """The journal in `folder`, of which it writes the segments from `segment` on.

    Records are bytes without a line feed. `append` and `rotate` may be called from any thread, `settled`
    from one event loop. `unwritable` hears first when a record cannot be written.
    """

    def __init__(
        self, folder: Path, segment: int, *, unwritable: Callable[[OSError], None] = lambda _: None
    ) -> None:
        self._folder = folder
        self._unwritable = unwritable
        self._lock = threading.Lock()
        self._segment = segment
        self._waiting: list[tuple[int, bytes]] = []
        self._appended = self._settled = 0
        self._size = 0
        self._outdated = False
        self._writing: asyncio.Future[None] | None = None
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._file: IO[bytes] | None = None
        self._open_segment = -1

    @property
    def size(self) -> int:
        """Bytes of the records since the last rotation."""
        return self._size

    @property
    def is_outdated(self) -> bool:
        """Whether a record since the last rotation took back what had been written before."""
        return self._outdated

    def append(self, record: bytes, *, outdates: bool = False) -> None:
        """Put a record behind all earlier ones; it is on disk once `settled` returns.

        One that `outdates` others says that what they hold should not stay on disk for long.
        """
        if b"\n" in record:
            raise ValueError("journal: a record holds a line feed")
        with self._lock:
            self._waiting.append((self._segment, record))
            self._appended += 1
            self._size += len(record)
            self._outdated |= outdates

    def rotate(self) -> int:
        """Begin another segment for what comes, and return its number."""
        with self._lock:
            self._segment += 1
            self._size, self._outdated = 0, False
            return self._segment

    async def settled(self) -> None:
        """Wait until every record appended so far is on disk.

        Raises `OSError` when they cannot be written, and from then on: what follows a half-written frame
        could not be read back.
        """
        wanted = self._appended
        while self._settled < wanted:
            if self._writing is None:
                self._writing = asyncio.ensure_future(self._write())
            await asyncio.shield(self._writing)

    def forget(self, before: int) -> None:
        """Remove the segments below `before`, whose effects are on disk elsewhere."""
        for number, file in segments(self._folder):
            if number < before:
                file.unlink()

    async def _write(self) -> None:
        with self._lock:
            records, self._waiting = self._waiting, []
            upto = self._appended
        # Should this raise, `_writing` stays, and raises again for everybody who asks.
        try:
            await asyncio.get_running_loop().run_in_executor(self._writer, self._sync, records)
        except OSError as error:
            self._unwritable(error)
            raise
        self._settled, self._writing = upto, None

    def _sync(self, records: Sequence[tuple[int, bytes]]) -> None:
        for segment in sorted({number for number, _ in records}):
            file = self._opened(segment)
            file.write(frame([record for number, record in records if number == segment]))
            file.flush()
            os.fdatasync(file.fileno())

    def _opened(self, segment: int) -> IO[bytes]:
        if self._file is None or self._open_segment != segment:
            if self._file is not None:
                self._file.close()
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = _private(self._folder / f"{segment:08d}")
            self._open_segment = segment
            sync_folder(self._folder)
        return self._file


def _private(file: Path) -> IO[bytes]:
    """Open a file to be added to, which its owner alone reads: its rows are those of every table."""
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a journal holds: its records in order, and the number of the segment to write next."""

    records: tuple[bytes, ...]
    next_segment: int


def frame(records: Sequence[bytes]) -> bytes:
    """Print the frame of these records."""
    payload = b"\n".join(records)
    return _HEADER.pack(_MAGIC, len(payload), zlib.crc32(payload)) + payload


def segments(folder: Path) -> list[tuple[int, Path]]:
    """List the segments in a folder, by number."""
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted((int(file.name), file) for file in found if file.name.isdecimal())


def recover(folder: Path, first: int) -> Recovered:
    """Read the records of the segments from `first` on, changing nothing.

    Raises `Malformed` when a frame that was on disk is damaged; a torn last frame is left out.
    """
    records: list[bytes] = []
    numbered = [(number, file) for number, file in segments(folder) if number >= first]
    for number, file in numbered:
        data = file.read_bytes()
        frames, end = read_frames(data)
        # A later segment gets its first frame only when this one's last is on disk.
        later = any(other > number and read_frames(path.read_bytes())[0] for other, path in numbered)
        if end < len(data) and (later or _has_frame(data, end + 1)):
            raise Malformed(f"journal: segment {file.name} is damaged")
        records += [record for payload in frames for record in payload.split(b"\n")]
    return Recovered(tuple(records), max([first, *(number + 1 for number, _ in numbered)]))


def read_frames(data: bytes) -> tuple[list[bytes], int]:
    """Return the payloads of the whole frames that a segment begins with, and where they end."""
    frames, at = [], 0
    while (payload := _payload(data, at)) is not None:
        frames.append(payload)
        at += _HEADER.size + len(payload)
    return frames, at


def _payload(data: bytes, at: int) -> bytes | None:
    if at + _HEADER.size > len(data):
        return None
    magic, length, check = _HEADER.unpack_from(data, at)
    payload = data[at + _HEADER.size : at + _HEADER.size + length]
    if magic != _MAGIC or len(payload) != length or zlib.crc32(payload) != check:
        return None
    return payload


def _has_frame(data: bytes, start: int) -> bool:
    at = data.find(_MAGIC, start)
    while at >= 0:
        if _payload(data, at) is not None:
            return True
        at = data.find(_MAGIC, at + 1)
    return False
