"""A tree that is being copied: each tile is checked against the signed root before it is written.

The tiles at the right edge, none of them full, hold every hash that the root is made of; each full tile
hashes to one entry of the tile above it. So, read from the top down, nothing unchecked is ever kept, and
memory holds a few tiles, however large the log is.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import Final

from consent_ledger.checkpoint import Checkpoint
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.merkle import HASH_BYTES, leaf_hash, nodes_of, root_at
from consent_ledger.tiles import (
    HEIGHT,
    WIDTH,
    Tile,
    decode_entries,
    encode_entries,
    read_hashes,
    read_tile,
    tile_at,
)
from nearside.public_log.ahead import ahead
from nearside.public_log.folder import FolderLog
from nearside.public_log.source import PublicLog

_LEVELS: Final = 8
_RECENT: Final = 32


@dataclass(frozen=True, slots=True)
class Step:
    """One file that the copy holds from now on; `entries` are those of a bundle."""

    tile: Tile
    data: bytes
    fetched: bool
    entries: tuple[bytes, ...] = ()


@dataclass(slots=True)
class CopiedTree:
    """The tree of `checkpoint`, read from `source`, partly present in the folder `out`.

    The files of `out` that full tiles of the first `begun` entries lie in are taken as they are.
    """

    source: PublicLog
    out: Path
    checkpoint: Checkpoint
    begun: int
    _edge: dict[int, tuple[bytes, ...]] = field(default_factory=dict)
    _early: dict[Tile, bytes] = field(default_factory=dict)
    _recent: OrderedDict[Tile, tuple[bytes, ...]] = field(default_factory=OrderedDict)
    _lock: RLock = field(default_factory=RLock)

    def check_root(self) -> None:
        """Read the right edge, and check that it leads to the signed root; raises `Untrue` otherwise."""
        for tile in self._edge_tiles():
            self._edge[tile.level] = read_hashes(tile, self.source.read)
        if root_at(self.checkpoint.size, self.node) != self.checkpoint.root:
            raise Untrue("log: its tiles lead to another root than its checkpoint's")

    def node(self, level: int, index: int) -> bytes:
        """A `NodeReader` of the whole tree, checked; `check_root` comes first."""
        tile_level, above = divmod(level, HEIGHT)
        at = (index << above) // WIDTH
        return nodes_of(self._hashes(tile_level, at))(above, index - (at << (HEIGHT - above)))

    def files(self) -> int:
        """How many files `steps` will go through."""
        tiles = (*self._edge_tiles(), *self._bundles())
        return len(tiles) + sum(len(self._full(level)) for level in range(_LEVELS))

    def steps(self) -> Iterator[Step]:
        """Every file that the copy lacks, or may hold from a run that was cut short, in the order to write.

        Tiles come from the top down, bundles last. Raises `Untrue` for what contradicts the checkpoint.
        """
        for tile in self._edge_tiles():
            yield Step(tile, b"".join(self._edge[tile.level]), fetched=True)
        for level in reversed(range(_LEVELS)):
            # Level by level: what a tile is checked against is then in the copy.
            full = self._full(level)
            yield from ahead(self._tile, (Tile(level, index, WIDTH) for index in full))
        yield from ahead(self._bundle, self._bundles())

    def _edge_tiles(self) -> list[Tile]:
        size = self.checkpoint.size
        counts = ((level, size >> (HEIGHT * level)) for level in range(_LEVELS))
        return [tile_at(level, count // WIDTH, size) for level, count in counts if count % WIDTH]

    def _full(self, level: int) -> range:
        above = HEIGHT * (level + 1)
        return range(self.begun >> above, self.checkpoint.size >> above)

    def _bundles(self) -> list[Tile]:
        size = self.checkpoint.size
        if self.begun == size:
            return []
        return [tile_at(-1, index, size) for index in range(self.begun // WIDTH, -(-size // WIDTH))]

    def _hashes(self, level: int, index: int) -> tuple[bytes, ...]:
        """The hashes of a tile, checked, from the copy or else from the source."""
        if (index + 1) * WIDTH > self.checkpoint.size >> (HEIGHT * level):
            return self._edge[level]
        tile = Tile(level, index, WIDTH)
        with self._lock:
            if tile not in self._recent:
                step = self._tile(tile)
                if step.fetched:
                    self._early[tile] = step.data
                self._recent[tile] = _split(step.data)
                if len(self._recent) > _RECENT:
                    self._recent.popitem(last=False)
            self._recent.move_to_end(tile)
            return self._recent[tile]

    def _tile(self, tile: Tile) -> Step:
        expected = self._hashes(tile.level + 1, tile.index // WIDTH)[tile.index % WIDTH]

        def sound(data: bytes) -> bool:
            return len(data) == WIDTH * HASH_BYTES and nodes_of(_split(data))(HEIGHT, 0) == expected

        early = self._early.pop(tile, None)
        if early is not None:
            return Step(tile, early, fetched=True)
        mine = FolderLog(self.out).read(tile.path)
        if mine is not None and sound(mine):
            return Step(tile, mine, fetched=False)
        data = read_tile(tile, self.source.read)
        if not sound(data):
            raise Untrue("log: a tile contradicts its checkpoint")
        return Step(tile, data, fetched=True)

    def _bundle(self, tile: Tile) -> Step:
        expected = self._hashes(0, tile.index)[: tile.width]
        mine = FolderLog(self.out).read(tile.path)
        if mine is not None and (entries := _sound(mine, expected)) is not None:
            return Step(tile, mine, fetched=False, entries=entries)
        found = _sound(read_tile(tile, self.source.read), expected)
        if found is None:
            raise Untrue("log: entries contradict its checkpoint")
        return Step(tile, encode_entries(found), fetched=True, entries=found)


def _split(data: bytes) -> tuple[bytes, ...]:
    return tuple(data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES))


def _sound(data: bytes, hashes: tuple[bytes, ...]) -> tuple[bytes, ...] | None:
    """The entries of a bundle if they are those with these leaf hashes; it may hold more behind them."""
    try:
        entries = decode_entries(data)[: len(hashes)]
    except Malformed:
        return None
    return entries if tuple(map(leaf_hash, entries)) == hashes else None
