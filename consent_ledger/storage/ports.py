"""What the log needs from a store: a few conditional writes, and files that never change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Head:
    """How far the log has got.

    `size` entries have their place for ever; the tiles of the first `clean` are written and their pending
    rows forgotten. Between the two lies one batch, whose entries are in the file `staged`.
    Invariant: `staged` is empty exactly when `clean` equals `size`.
    """

    size: int = 0
    clean: int = 0
    staged: str = ""


class Storage(Protocol):
    """One log's store. Every method is atomic, and reads see every earlier write.

    Entries are named by their leaf hash, 32 bytes. Paths are relative and use "/".
    """

    def put_entry(self, entry: bytes, leaf: bytes) -> bool:
        """Remember `entry` for ever and put `leaf` among the pending, in one step; False when known."""

    def pending(self, limit: int) -> tuple[bytes, ...]:
        """The bytes of at most `limit` pending entries, in any order."""

    def head(self) -> Head:
        """How far the log has got; `Head()` when nothing was ever sequenced."""

    def swap_head(self, old: Head, new: Head) -> bool:
        """Replace the head if it still is `old`; False when it is not."""

    def settle(self, first: int, entries: Sequence[bytes]) -> None:
        """Record that `entries` have the indexes from `first` on, and forget them as pending; repeatable.

        The one method that may stop half-way: repeated with the same arguments it completes.
        """

    def index_of(self, entry: bytes) -> int | None:
        """The index of an entry that was settled, or None."""

    def knows(self, entry: bytes) -> bool:
        """Whether the entry was ever put."""

    def write_once(self, path: str, data: bytes) -> None:
        """Write a file that never changes; the same bytes again are fine.

        Raises `FileExistsError` when other bytes are there already.
        """

    def read(self, path: str) -> bytes | None:
        """The bytes of a file written once, or None."""

    def checkpoint(self) -> bytes | None:
        """The latest published checkpoint note, or None."""

    def swap_checkpoint(self, old: bytes | None, new: bytes) -> bool:
        """Replace the published checkpoint if it still is `old`; False when it is not."""
