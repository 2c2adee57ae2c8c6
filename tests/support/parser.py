"""One parser as the suites take it: what reads, what prints back, and inputs that are good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Parser:
    """One way in: what reads, what prints what was read, and inputs that are good.

    `prints` is None where a reader takes only a part of what it reads. `covers` are the public functions that
    this exercises, `limit` the longest input that is not refused unread, in bytes; None where whoever calls
    has measured already.
    """

    name: str
    covers: tuple[str, ...]
    reads: Callable[[Any], Any]
    prints: Callable[[Any], bytes] | None
    good: tuple[bytes, ...]
    limit: int | None
    is_text: bool = False

    def taken(self, data: bytes) -> bytes | str:
        """The input as the parser takes it; what is not UTF-8 becomes lone surrogates in a text."""
        return data.decode("utf-8", errors="surrogateescape") if self.is_text else data


def bytes_of(value: object) -> bytes:
    """A text's bytes, lone surrogates included."""
    return str(value).encode("utf-8", errors="surrogateescape")
