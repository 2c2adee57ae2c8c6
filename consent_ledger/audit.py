"""Auditing a copy of the log: everything that can be checked without asking anybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from consent_ledger.checkpoint import Checkpoint, LogKeys
from consent_ledger.claim import SignatureClaim
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.leaf import ErasureLeaf, Leaf, parse_leaf
from consent_ledger.merkle import Frontier, leaf_hash, nodes_of, root_at
from consent_ledger.note import Note
from consent_ledger.tiles import (
    HEIGHT,
    WIDTH,
    PathReader,
    read_entries,
    read_hashes,
    tile_at,
    tile_nodes,
    tiles_of,
)


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What a copy of the log holds: its checkpoint, leaves of each kind, and consents that were erased."""

    checkpoint: Checkpoint
    kinds: Mapping[str, int]
    erased: int


def audit(
    read: PathReader, checkpoint: bytes, *, trusted: LogKeys
) -> tuple[AuditReport, tuple[SignatureClaim, ...]]:
    """Read the whole copy; compare checkpoint, tiles and entries with one another.

    `read` gives the files below the log's prefix. Returns the report, and the claims that must still be
    verified before it is believed. Raises `Malformed` when the checkpoint or a bundle is unreadable, and
    `Untrue` when two parts contradict each other, an entry is no leaf or stands twice, or more was erased
    than was consented to.
    """
    said, claims = trusted.check(Note.from_bytes(checkpoint))
    walk = _Walk(read, said.size)
    kinds: Counter[str] = Counter()
    erased = 0
    for tile in tiles_of(said.size):
        if tile.level >= 0:
            break
        for entry in read_entries(tile, read):
            leaf = _leaf(entry)
            kinds[leaf.kind] += 1
            erased += leaf.count if isinstance(leaf, ErasureLeaf) else 0
            walk.take(leaf_hash(entry))
    if walk.finish() != said.root:
        raise Untrue("audit: the entries lead to another root than the checkpoint's")
    if erased > kinds["consent"]:
        raise Untrue("audit: more was erased than was consented to")
    return AuditReport(said, dict(sorted(kinds.items())), erased), claims


def verify_growth(
    read: PathReader, earlier: bytes, *, later: Checkpoint, trusted: LogKeys
) -> tuple[SignatureClaim, ...]:
    """Check that the copy at `later` begins with the tree of an earlier checkpoint, kept from another day.

    Returns the claims about the earlier checkpoint; raises `Untrue` when the log was cut or rewritten.
    """
    before, claims = trusted.check(Note.from_bytes(earlier))
    if before.size > later.size:
        raise Untrue("audit: the log is shorter than it once was")
    if root_at(before.size, tile_nodes(read, later.size)) != before.root:
        raise Untrue("audit: the log's past was rewritten")
    return claims


def _leaf(entry: bytes) -> Leaf:
    try:
        return parse_leaf(entry)
    except Malformed:
        raise Untrue("audit: an entry is no leaf") from None


class _Walk:
    """Folds leaf hashes into tiles, level by level, and compares each with the copy's."""

    def __init__(self, read: PathReader, size: int) -> None:
        self._read = read
        self._size = size
        self._frontier = Frontier()
        self._open: list[list[bytes]] = [[]]
        self._done: list[int] = [0]
        self._seen: set[bytes] = set()

    def take(self, leaf: bytes) -> None:
        """The next leaf hash."""
        if leaf in self._seen:
            raise Untrue("audit: an entry stands twice")
        self._seen.add(leaf)
        self._frontier = self._frontier.append(leaf)
        self._push(0, leaf)

    def finish(self) -> bytes:
        """Compare what is left in partial tiles; return the root."""
        for level, hashes in enumerate(self._open):
            if hashes:
                self._compare(level, hashes)
        return self._frontier.root()

    def _push(self, level: int, value: bytes) -> None:
        if level == len(self._open):
            self._open.append([])
            self._done.append(0)
        self._open[level].append(value)
        if len(self._open[level]) == WIDTH:
            hashes = self._open[level]
            self._compare(level, hashes)
            self._open[level] = []
            self._done[level] += 1
            self._push(level + 1, nodes_of(hashes)(HEIGHT, 0))

    def _compare(self, level: int, hashes: list[bytes]) -> None:
        tile = tile_at(level, self._done[level], self._size)
        if read_hashes(tile, self._read) != tuple(hashes):
            raise Untrue("audit: a tile contradicts the entries")
