"""Lines of a file, one at a time, plain or gzip, however long the file is."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from consent_ledger.errors import Malformed

LONGEST_LINE_BYTES = 65_536
_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Line:
    """A line's number, from 1, and its text; None in place of a text that is too long to be a record."""

    number: int
    text: str | None


@dataclass(slots=True)
class LineFile:
    """Reads one file as lines and tells how far it has come.

    Iterating raises Malformed for an empty, binary or broken gzip file, OSError for an unreadable one.
    Memory held: one line.
    """

    path: Path
    bytes_read: int = field(default=0, init=False)

    @property
    def size_bytes(self) -> int:
        """Size of the file on disk, in bytes: what `bytes_read` grows to."""
        return self.path.stat().st_size

    def __iter__(self) -> Iterator[Line]:
        with self.path.open("rb") as raw:
            try:
                yield from self._read(raw)
            except (gzip.BadGzipFile, EOFError, zlib.error) as error:
                raise Malformed("input: broken gzip file") from error

    def _read(self, raw: io.BufferedReader) -> Iterator[Line]:
        head = raw.peek(2)[:2]
        with gzip.GzipFile(fileobj=raw) if head == _GZIP_MAGIC else raw as text:
            number = 0
            while chunk := text.readline(LONGEST_LINE_BYTES):
                number += 1
                if number <= 5 and b"\0" in chunk:
                    raise Malformed("input: a binary file, not lines of text")
                overlong = False
                while len(chunk) == LONGEST_LINE_BYTES and not chunk.endswith(b"\n"):
                    overlong = True
                    chunk = text.readline(LONGEST_LINE_BYTES)
                self.bytes_read = raw.tell()
                yield Line(number, None if overlong else _text(chunk, first=number == 1))
        if number == 0:
            raise Malformed("input: an empty file")


def _text(chunk: bytes, *, first: bool) -> str:
    text = chunk.decode("utf-8", "replace").rstrip("\r\n")
    return text.removeprefix("\ufeff") if first else text
