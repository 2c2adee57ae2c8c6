"""Tiles: where a tree's hashes and entries lie, as files that never change (C2SP tlog-tiles)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from consent_ledger.errors import Malformed, Untrue
from consent_ledger.merkle import HASH_BYTES, NodeReader, nodes_of

HEIGHT = 8
WIDTH = 1 << HEIGHT
MAX_ENTRY_BYTES = 0xFFFF

PathReader = Callable[[str], bytes | None]
"""`read(path)`: the bytes at a path below the log's prefix, or None when there is nothing."""


@dataclass(frozen=True, slots=True)
class Tile:
    """Hash tile `index` of `level`, holding `width` hashes; level -1 stands for the bundle of entries."""

    level: int
    index: int
    width: int

    @property
    def path(self) -> str:
        """The path below the log's prefix (C2SP tlog-tiles, "Merkle Tree" and "Log entries")."""
        digits = f"{self.index:03d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        parts = [digits[start : start + 3] for start in range(0, len(digits), 3)]
        number = "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])
        level = "entries" if self.level < 0 else str(self.level)
        return f"tile/{level}/{number}" + ("" if self.width == WIDTH else f".p/{self.width}")


def tile_at(level: int, index: int, size: int) -> Tile:
    """The widest tile at this place in a tree of `size` entries; raises `Malformed` when there is none."""
    count = size >> (HEIGHT * max(level, 0))
    width = min(WIDTH, count - index * WIDTH)
    if index < 0 or width <= 0:
        raise Malformed("tile: outside the tree")
    return Tile(level, index, width)


def tiles_of(size: int) -> Iterator[Tile]:
    """Every tile of a tree of `size` entries: bundles first, then hashes level by level."""
    for level in range(-1, 8):
        count = size >> (HEIGHT * max(level, 0))
        for index in range(-(-count // WIDTH)):
            yield tile_at(level, index, size)


def read_tile(tile: Tile, read: PathReader) -> bytes:
    """The bytes of a tile; a full tile stands in for its partial one (C2SP tlog-tiles, "Partial Tiles").

    Raises `Untrue` when both are missing: a published tree has lost a part.
    """
    return _read(tile, read)[0]


def read_hashes(tile: Tile, read: PathReader) -> tuple[bytes, ...]:
    """The `tile.width` hashes of a hash tile; raises `Untrue` when missing or not as wide as its name."""
    data, width = _read(tile, read)
    if len(data) != width * HASH_BYTES:
        raise Untrue("tile: of another width than its name")
    return tuple(data[at : at + HASH_BYTES] for at in range(0, tile.width * HASH_BYTES, HASH_BYTES))


def read_entries(tile: Tile, read: PathReader) -> tuple[bytes, ...]:
    """The `tile.width` entries of a bundle; raises `Untrue` when it is missing or not as wide as its name.

    Raises `Malformed` when it ends within an entry.
    """
    data, width = _read(tile, read)
    if len(data) > width * (2 + MAX_ENTRY_BYTES):
        raise Untrue("tile: of another width than its name")
    entries = decode_entries(data)
    if len(entries) != width:
        raise Untrue("tile: of another width than its name")
    return entries[: tile.width]


def tile_nodes(read: PathReader, size: int) -> NodeReader:
    """A `NodeReader` over the tiles of a tree of `size` entries; keeps the last 64 tiles that it read."""

    @lru_cache(maxsize=64)
    def inside(level: int, index: int) -> tuple[tuple[bytes, ...], NodeReader]:
        hashes = read_hashes(tile_at(level, index, size), read)
        return hashes, nodes_of(hashes)

    def node(level: int, index: int) -> bytes:
        # At a multiple of 8 the hash is in a tile; in between it is computed from the tile below.
        tile_level, above = divmod(level, HEIGHT)
        tile_index = (index << above) // WIDTH
        _, within = inside(tile_level, tile_index)
        return within(above, index - (tile_index << (HEIGHT - above)))

    return node


def grow(old: int, entries: Sequence[bytes], hashes: Sequence[bytes], read: PathReader) -> dict[str, bytes]:
    """The files to write when a tree of `old` entries takes in more, by path.

    `hashes` are the leaf hashes of `entries`; `read` gives the old tree's partial tiles.
    """
    files: dict[str, bytes] = {}
    for tile, fresh in _widened(-1, old, len(entries)):
        kept = (
            read_entries(Tile(-1, tile.index, tile.width - len(fresh)), read) if _begun(tile, fresh) else ()
        )
        files[tile.path] = encode_entries([*kept, *(entries[at] for at in fresh)])
    level, count, pending = 0, old, list(hashes)
    while pending:
        above: list[bytes] = []
        for tile, fresh in _widened(level, count, len(pending)):
            kept = (
                read_hashes(Tile(level, tile.index, tile.width - len(fresh)), read)
                if _begun(tile, fresh)
                else ()
            )
            whole = [*kept, *(pending[at] for at in fresh)]
            files[tile.path] = b"".join(whole)
            if tile.width == WIDTH:
                above.append(nodes_of(whole)(HEIGHT, 0))
        level, count, pending = level + 1, count >> HEIGHT, above
    return files


def encode_entries(entries: Sequence[bytes]) -> bytes:
    """Entries with their lengths as big-endian uint16 (C2SP tlog-tiles, "Log entries")."""
    if any(len(entry) > MAX_ENTRY_BYTES for entry in entries):
        raise Malformed("entry bundle: an entry is too long")
    return b"".join(struct.pack(">H", len(entry)) + entry for entry in entries)


def decode_entries(data: bytes) -> tuple[bytes, ...]:
    """The entries of a bundle; raises `Malformed` when it ends within one."""
    entries, at = [], 0
    while at < len(data):
        if at + 2 > len(data):
            raise Malformed("entry bundle: ends within a length")
        (length,) = struct.unpack_from(">H", data, at)
        at += 2 + length
        if at > len(data):
            raise Malformed("entry bundle: ends within an entry")
        entries.append(data[at - length : at])
    return tuple(entries)


def _read(tile: Tile, read: PathReader) -> tuple[bytes, int]:
    """The bytes that stand for a tile, and the width that the file's name promises."""
    data = read(tile.path)
    if data is not None:
        return data, tile.width
    full = read(Tile(tile.level, tile.index, WIDTH).path) if tile.width < WIDTH else None
    if full is None:
        raise Untrue("tile: missing")
    return full, WIDTH


def _widened(level: int, count: int, more: int) -> Iterator[tuple[Tile, range]]:
    """The tiles that `more` items after the first `count` fall into, and the range of items new in each."""
    for index in range(count // WIDTH, -(-(count + more) // WIDTH)):
        first = max(count, index * WIDTH)
        end = min(count + more, (index + 1) * WIDTH)
        yield Tile(level, index, end - index * WIDTH), range(first - count, end - count)


def _begun(tile: Tile, fresh: range) -> bool:
    return tile.width > len(fresh)
