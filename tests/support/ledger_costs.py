"""Counting what the ledger's core costs: hashes, tiles and bytes, which no machine can disturb."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import get_ident
from types import ModuleType
from typing import Any
from unittest.mock import patch

from consent_ledger import merkle, tiles
from consent_ledger.merkle import HASH_BYTES, leaf_hash, node_hash

UNIFORM = b'{"same":true}'


@dataclass
class Count:
    """How often something happened, and how many bytes it moved."""

    times: int = 0
    total_bytes: int = 0


@contextmanager
def counted_hashes(module: ModuleType = merkle) -> Iterator[Count]:
    """Count every SHA-256 that a module computes for the tree; in other threads another ledger may run."""
    count, here = Count(), get_ident()

    def counting(call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any) -> Any:
            count.times += get_ident() == here
            return call(*arguments)

        return counted

    with ExitStack() as patches:
        for name in {"BEGIN_NODE", "sha256"} & set(vars(module)):
            patches.enter_context(patch.object(module, name, counting(getattr(module, name))))
        yield count


def counted_reads(read: tiles.PathReader) -> tuple[tiles.PathReader, Count]:
    """A reader that counts the files found and their bytes."""
    count = Count()

    def counting(path: str) -> bytes | None:
        data = read(path)
        if data is not None:
            count.times += 1
            count.total_bytes += len(data)
        return data

    return counting, count


def uniform_tiles(size: int) -> tiles.PathReader:
    """The hash tiles of a tree of `size` equal entries, made when they are read: no size is too large.

    Perfect subtrees of one height are all equal, so that a tile is one hash many times over. Entries of a
    real log differ; the number and the length of its tiles do not depend on that.
    """
    perfect = [leaf_hash(UNIFORM)]
    while len(perfect) < 64:
        perfect.append(node_hash(perfect[-1], perfect[-1]))

    def read(path: str) -> bytes | None:
        _, level, rest = path.split("/", 2)
        name, _, width = rest.partition(".p/")
        index = int(name.replace("/", "").replace("x", ""))
        there = tiles.tile_at(int(level), index, size)
        wanted = int(width) if width else tiles.WIDTH
        if wanted != there.width:
            return None
        return perfect[tiles.HEIGHT * int(level)] * wanted

    return read


def uniform_root(size: int) -> bytes:
    """The root of `size` equal entries, without any tile."""
    perfect, root = leaf_hash(UNIFORM), b""
    for bit in range(size.bit_length()):
        if size >> bit & 1:
            root = node_hash(perfect, root) if root else perfect
        perfect = node_hash(perfect, perfect)
    return root


def tile_bytes(count: int) -> int:
    """The most that so many hash tiles can weigh."""
    return count * tiles.WIDTH * HASH_BYTES
