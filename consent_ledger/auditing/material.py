"""Material: everything that an auditor holds, and nothing that has to be asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol, TypeAlias

from consent_ledger.tiles import PathReader

NamedFile: TypeAlias = tuple[str, bytes]

OPENED_RECORDS: Final = "records that were opened, from the officer's folder"
"""What an answer about decisions lacks where none was opened."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """The leaf hashes of all records that the agency could still open.

    It was taken, with the registers, after `size` entries were published and before `until` were.
    `unfinished` are the ids of erasures that were under way then, 16 bytes each.
    """

    size: int
    until: int
    entries: Iterator[bytes]
    unfinished: frozenset[bytes] = frozenset()


class Officer(Protocol):
    """The officer's own folder: what is not public, and never leaves the officer.

    Each method yields files by name; the names of registers are the ids of their leaves in hex.
    """

    def openings(self) -> Iterator[NamedFile]:
        """Records that were opened, with salt and signature."""

    def accesses(self) -> Iterator[NamedFile]:
        """The register of openings: who, why, which entries."""

    def access(self, name: str) -> bytes | None:
        """One file of that register."""

    def erasures(self) -> Iterator[NamedFile]:
        """The register of erasures: when asked, when done."""

    def erasure(self, name: str) -> bytes | None:
        """One file of that register."""

    def inventory(self) -> Inventory | None:
        """What the agency could still open; None when there is no list."""


def no_files() -> Iterator[NamedFile]:
    """Nothing to read."""
    yield from ()


@dataclass(frozen=True, slots=True)
class Material:
    """A copy of the log, other checkpoints of it, and what the officer keeps.

    `read` gives the files below the log's public prefix, `checkpoint` the note that the copy stands on.
    `kept` yields checkpoints of other days, `witnessed` those that witnesses hold, by name.
    """

    read: PathReader
    checkpoint: bytes
    kept: Callable[[], Iterator[NamedFile]] = no_files
    witnessed: Callable[[], Iterator[NamedFile]] = no_files
    officer: Officer | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked in particular; without anything the questions are answered for the whole log.

    `receipts` are files by name, `subjects` consent keys of 32 bytes. `purpose` and `before` belong together:
    a purpose's word, and the leaf hash, document hash (32 bytes) or index of what it should have come before.
    `day` is the day of question 10; the last one that the copy knows when it is None.
    """

    receipts: tuple[NamedFile, ...] = ()
    subjects: tuple[bytes, ...] = ()
    purpose: str | None = None
    before: bytes | int | None = None
    day: date | None = None
