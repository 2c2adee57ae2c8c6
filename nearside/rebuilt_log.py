"""A log's table made anew from its public files, so that a table of before never leads to a second tree.

A table that was restored to a point in time knows less than what was signed since. Signed on from there, the
log would contradict itself. Its files are never changed and hold every entry that has a place; so they say
how far it has got, and the table of before adds but what still waited then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Protocol

from consent_ledger import tiles
from consent_ledger.checkpoint import Checkpoint, LogKeys
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Refused, Untrue
from consent_ledger.merkle import leaf_hash, root_of
from consent_ledger.note import Note
from consent_ledger.storage.ports import Head, Storage
from consent_ledger.tiles import WIDTH, PathReader, Tile

_ENTRIES: Final = -1
"""The level of bundles of entries."""

_AT_ONCE: Final = 16
"""How many files are asked for together: most widths are of no file, and a bundle has 255 of them."""


class Table(Storage, Protocol):
    """A log's store that can also be told what it once knew."""

    def remember(self, entries: Sequence[bytes]) -> None:
        """Know these entries for ever, without putting anything among the pending; again is the same."""

    def wait(self, entry: bytes, leaf: bytes) -> None:
        """Know an entry and have it among the pending, whatever is known of it; again is the same."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How far the log has got: `size` entries have a place, of which `published` are in the published tree.

    `waiting` entries of the table of before had none, and have been put among the pending.
    """

    size: int
    published: int
    waiting: int


def rebuild(table: Table, before: Iterable[bytes] = (), *, trusted: LogKeys) -> Rebuilt:
    """Bring a table up to its log's files; `before` are leaves that were pending in a table of before.

    Nobody may sequence meanwhile; a second call does what a first one left. Raises `Refused` where nothing
    was published, or where the head moves; `Untrue` where files are missing or contradict one another, the
    published tree, or a table that is further than they are; and what reading a checkpoint raises.
    """
    head = table.head()
    said = _published(table, trusted)
    size = _furthest(table.read, said.size)
    if head.clean > size:
        raise Untrue("log: its table is further than its files")
    entries, hashes = _read(table.read, size)
    _agree(table.read, said.size, entries)
    if root_of(hashes[: said.size]) != said.root:
        raise Untrue("log: its files lead to another root than its checkpoint's")
    # Of what was sequenced after the last publication, files may have been begun: they are finished as begun.
    for path, data in tiles.grow(said.size, entries[said.size :], hashes[said.size :], table.read).items():
        _write(table, path, data)
    for first in range(0, size, WIDTH):
        table.remember(hashes[first : first + WIDTH])
        table.settle(first, hashes[first : first + WIDTH])
    if head.size < size and not table.swap_head(head, Head(size, size)):
        raise Refused("log: its head moves; stop who sequences first")
    waiting = list(_without_a_place(before, table))
    for leaf in waiting:
        table.wait(leaf_hash(leaf), leaf)
    return Rebuilt(size, said.size, len(waiting))


def _published(table: Table, trusted: LogKeys) -> Checkpoint:
    note = table.checkpoint()
    if note is None:
        raise Refused("log: nothing was published, so that nothing says how far it had got")
    said, claims = trusted.check(Note.from_bytes(note))
    verify_claims(claims)
    return said


def _furthest(read: PathReader, size: int) -> int:
    """How many entries the bundles hold; a tree is signed after all its files are there."""
    for index in range(size // WIDTH, 1 << 40):
        if read(Tile(_ENTRIES, index, WIDTH).path) is not None:
            size = (index + 1) * WIDTH
            continue
        begun = size - index * WIDTH
        widths = range(WIDTH - 1, begun, -1)
        found = (each for each in widths if read(Tile(_ENTRIES, index, each).path) is not None)
        return index * WIDTH + next(found, begun)
    raise Untrue("log: without an end")


def _read(read: PathReader, size: int) -> tuple[list[bytes], list[bytes]]:
    """Every entry and its leaf hash."""
    bundles = (tile for tile in tiles.tiles_of(size) if tile.level == _ENTRIES)
    entries = [entry for tile in bundles for entry in tiles.read_entries(tile, read)]
    return entries, [leaf_hash(entry) for entry in entries]


def _agree(read: PathReader, published: int, entries: Sequence[bytes]) -> None:
    """Raise `Untrue` unless each narrower bundle begins the one that was taken.

    Any of them may have been signed since the last publication. A log that went on from a table of before,
    if but for a moment, left a wider bundle beside it that begins otherwise.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for index in range(published // WIDTH, -(-len(entries) // WIDTH)):
            taken = entries[index * WIDTH : (index + 1) * WIDTH]
            widths = range(max(published - index * WIDTH, 0) + 1, len(taken))
            asked = pool.map(read, [Tile(_ENTRIES, index, width).path for width in widths])
            for width, found in zip(widths, asked, strict=True):
                if found is not None and found != tiles.encode_entries(taken[:width]):
                    raise Untrue("log: its files contradict one another")


def _write(table: Table, path: str, data: bytes) -> None:
    try:
        table.write_once(path, data)
    except FileExistsError:
        raise Untrue("log: its files contradict one another") from None


def _without_a_place(before: Iterable[bytes], table: Table) -> Iterator[bytes]:
    yield from (leaf for leaf in before if table.index_of(leaf_hash(leaf)) is None)
