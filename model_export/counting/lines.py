"""Lines of a file, plain or gzip, however long the file is: one at a time, or in blocks."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from consent_ledger.errors import Malformed

LONGEST_LINE_BYTES = 65_536
BLOCK_BYTES = 4 * 1024 * 1024
GZIP_MAGIC = b"\x1f\x8b"
_LINES_LOOKED_AT = 5


@dataclass(frozen=True, slots=True)
class Line:
    """A line's number, from 1, and its text; None in place of a text that is too long to be a record."""

    number: int
    text: str | None


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that follow one another: the number of the first, and the texts of all."""

    first: int
    texts: list[str | None]


@dataclass(slots=True)
class LineFile:
    """Reads one file as lines and tells how far it has come.

    Iterating raises Malformed for an empty, binary or broken gzip file, OSError for an unreadable one.
    Memory held: one block.
    """

    path: Path
    bytes_read: int = field(default=0, init=False)

    @property
    def size_bytes(self) -> int:
        """Size of the file on disk, in bytes: what `bytes_read` grows to."""
        return self.path.stat().st_size

    def __iter__(self) -> Iterator[Line]:
        for block in self.blocks():
            for number, text in enumerate(block.texts, start=block.first):
                yield Line(number, text)

    def blocks(self) -> Iterator[Block]:
        """The same lines in blocks of some `BLOCK_BYTES`."""
        with self.path.open("rb") as raw:
            try:
                yield from self._read(raw)
            except (gzip.BadGzipFile, EOFError, zlib.error) as error:
                raise Malformed("input: broken gzip file") from error

    def _read(self, raw: io.BufferedReader) -> Iterator[Block]:
        number, rest = 1, b""
        head = raw.peek(2)[:2]
        with gzip.GzipFile(fileobj=raw) if head == GZIP_MAGIC else raw as file:
            while chunk := file.read(BLOCK_BYTES):
                self.bytes_read = raw.tell()
                body, end, rest = (rest + chunk).rpartition(b"\n")
                # A line without an end is held no further than to where it is too long anyway.
                rest = rest[:LONGEST_LINE_BYTES]
                if end:
                    block = _block(body, first=number)
                    number += len(block.texts)
                    yield block
                elif number == 1 and b"\0" in rest:
                    break
        if rest:
            yield _block(rest, first=number)
        elif number == 1:
            raise Malformed("input: an empty file")


def _block(body: bytes, *, first: int) -> Block:
    if first <= _LINES_LOOKED_AT:
        begin = body.split(b"\n", _LINES_LOOKED_AT)[: _LINES_LOOKED_AT + 1 - first]
        if any(b"\0" in line[:LONGEST_LINE_BYTES] for line in begin):
            raise Malformed("input: a binary file, not lines of text")
    text = body.decode("utf-8", "replace")
    if first == 1:
        text = text.removeprefix("\ufeff")
    texts: list[str | None] = list(text.split("\n"))
    if "\r" in text:
        texts = [line.rstrip("\r") for line in texts if line is not None]
    # A character takes four bytes at most: only where a line has enough of them is it measured.
    if max(map(len, text.split("\n"))) >= LONGEST_LINE_BYTES // 4:
        sizes = map(len, body.split(b"\n"))
        texts = [
            None if size >= LONGEST_LINE_BYTES else line for size, line in zip(sizes, texts, strict=True)
        ]
    return Block(first, texts)
