"""The walk: every entry of a copy once, each tile compared with what the entries make of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from consent_ledger.auditing.answers import Evidence, Finding
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.leaf import Leaf, parse_leaf
from consent_ledger.merkle import Frontier, leaf_hash, nodes_of
from consent_ledger.tiles import (
    HEIGHT,
    WIDTH,
    PathReader,
    Tile,
    read_entries,
    read_hashes,
    read_tile,
    tile_at,
    tiles_of,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its index, its bytes, its leaf hash, and the leaf that it is."""

    index: int
    data: bytes
    hash: bytes
    leaf: Leaf


class Walk:
    """Walks a copy of `size` entries; `report` hears of every contradiction.

    `next_mark` gives the next larger size whose root is wanted, and `mark` gets each size with its root, in
    rising order. Memory holds one bundle and one unfinished tile a level, whatever the size. A part that is
    missing or unreadable ends the walk, because nothing after it can be placed: `whole` is then false.
    """

    def __init__(
        self,
        read: PathReader,
        size: int,
        *,
        report: Callable[[Finding], None],
        next_mark: Callable[[int], int | None] = lambda _: None,
        mark: Callable[[int, bytes], None] = lambda _size, _root: None,
    ) -> None:
        self.whole = False
        self._read = read
        self._size = size
        self._report = report
        self._next_mark = next_mark
        self._mark = mark
        self._wanted = next_mark(0)
        self._frontier = Frontier()
        self._open: list[list[bytes]] = [[]]
        self._done: list[int] = [0]

    def root(self) -> bytes:
        """The root of what was walked so far."""
        return self._frontier.root()

    def bundles(self) -> Iterator[tuple[Entry, ...]]:
        """Yield all entries in order, at most 256 at a time; call once.

        What is no leaf is reported and left out; its place in the tree is kept.
        """
        for tile in tiles_of(self._size):
            if tile.level >= 0:
                break
            try:
                data = read_entries(tile, self._read)
            except (Malformed, Untrue) as error:
                text = f"entries {tile.index * WIDTH} to {tile.index * WIDTH + tile.width - 1}: {error}"
                code = "entries-damaged" if isinstance(error, Malformed) else "entries-missing"
                self._report(Finding(code, text, evidence=self._as_it_is(tile)))
                return
            yield tuple(self._taken(tile.index * WIDTH, data))
        for level, hashes in enumerate(self._open):
            if hashes:
                self._compare(level, hashes)
        self.whole = True

    def _taken(self, first: int, data: tuple[bytes, ...]) -> Iterator[Entry]:
        for index, entry in enumerate(data, start=first):
            hash_ = leaf_hash(entry)
            self._push(hash_)
            try:
                leaf = parse_leaf(entry)
            except Malformed as error:
                shown = (Evidence.of(f"entry-{index}", entry),)
                self._report(Finding("entry-no-leaf", f"entry {index}: is no leaf: {error}", index, shown))
                continue
            yield Entry(index, entry, hash_, leaf)

    def _push(self, leaf: bytes) -> None:
        self._frontier = self._frontier.append(leaf)
        if self._frontier.size == self._wanted:
            self._mark(self._wanted, self._frontier.root())
            self._wanted = self._next_mark(self._wanted)
        level, value = 0, leaf
        while True:
            if level == len(self._open):
                self._open.append([])
                self._done.append(0)
            hashes = self._open[level]
            hashes.append(value)
            if len(hashes) < WIDTH:
                return
            self._compare(level, hashes)
            self._open[level] = []
            self._done[level] += 1
            level, value = level + 1, nodes_of(hashes)(HEIGHT, 0)

    def _compare(self, level: int, hashes: list[bytes]) -> None:
        tile = tile_at(level, self._done[level], self._size)
        try:
            same = read_hashes(tile, self._read) == tuple(hashes)
        except (Malformed, Untrue) as error:
            self._report(Finding("tile-damaged", f"{tile.path}: {error}", evidence=self._as_it_is(tile)))
            return
        if not same:
            text = f"{tile.path}: contradicts the entries under it"
            self._report(Finding("tile-contradicts-entries", text, evidence=self._as_it_is(tile)))

    def _as_it_is(self, tile: Tile) -> tuple[Evidence, ...]:
        try:
            read_tile(tile, self._read)
        except (Malformed, Untrue):
            return ()
        return (Evidence(tile.path, lambda: read_tile(tile, self._read)),)
