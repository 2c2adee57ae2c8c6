"""The Merkle tree of the log: roots and proofs (RFC 6962, section 2.1).

Proofs are made from a `NodeReader`, which says the hash of any perfect, aligned subtree; where those hashes
are kept (a list, tiles on a disk, tiles behind a network) is not this module's business.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from consent_ledger.errors import Malformed, Untrue

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

NodeReader = Callable[[int, int], bytes]
"""`node(level, index)`: the hash over leaves `index << level` up to `(index + 1) << level`."""


def leaf_hash(entry: bytes) -> bytes:
    """Merkle leaf hash (RFC 6962, section 2.1)."""
    # The prefix keeps leaves and nodes apart: without it an attacker could
    # present an interior node as an entry (a second preimage).
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an interior node (RFC 6962, section 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The roots of the perfect subtrees that make up a tree: enough to append and to print a root.

    Invariant: one hash for each bit set in `size`, the largest subtree first.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> Frontier:
        """The frontier after one more leaf hash."""
        hashes, size, carry = list(self.hashes), self.size, leaf
        while size & 1:
            carry = node_hash(hashes.pop(), carry)
            size >>= 1
        return Frontier(self.size + 1, (*hashes, carry))

    def root(self) -> bytes:
        """The root hash of the whole tree (RFC 6962, section 2.1)."""
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root


def root_of(leaf_hashes: Sequence[bytes]) -> bytes:
    """The root hash of a tree given as all its leaf hashes."""
    return root_at(len(leaf_hashes), nodes_of(leaf_hashes))


def nodes_of(leaf_hashes: Sequence[bytes]) -> NodeReader:
    """A `NodeReader` over leaf hashes held in memory."""

    @cache
    def node(level: int, index: int) -> bytes:
        if level == 0:
            return leaf_hashes[index]
        return node_hash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))

    return node


def root_at(size: int, node: NodeReader) -> bytes:
    """The root hash of the tree's first `size` leaves."""
    return range_hash(0, size, node) if size else EMPTY_ROOT


def range_hash(start: int, end: int, node: NodeReader) -> bytes:
    """MTH(D[start:end]) for a non-empty range that a proof can name: aligned to its own height."""
    width = end - start
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return node(level, start >> level)
    middle = start + _split(width)
    return node_hash(range_hash(start, middle, node), range_hash(middle, end, node))


def inclusion_proof(index: int, size: int, node: NodeReader) -> tuple[bytes, ...]:
    """The audit path of leaf `index` in the tree of `size` leaves (RFC 6962, section 2.1.1)."""
    if not 0 <= index < size:
        raise Malformed("inclusion proof: index outside the tree")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return tuple(range_hash(low, high, node) for low, high in reversed(path))


def consistency_proof(old: int, new: int, node: NodeReader) -> tuple[bytes, ...]:
    """The proof that the first `old` of `new` leaves are the old tree (RFC 6962, section 2.1.2).

    Empty when `old` is 0 (every tree continues the empty one) or equal to `new`.
    """
    if not 0 <= old <= new:
        raise Malformed("consistency proof: sizes in the wrong order")
    if old in (0, new):
        return ()
    start, end, path = 0, new, []
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    # The last subtree is the old tree itself when `start` is 0: the verifier has its hash already.
    known = [] if start == 0 else [(start, end)]
    return tuple(range_hash(low, high, node) for low, high in [*known, *reversed(path)])


def verify_inclusion(index: int, size: int, *, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bytes:
    """Check that leaf hash `leaf` is at `index` in the tree; return the root (RFC 9162, section 2.1.3.2).

    Raises `Untrue` when it is not, whatever the reason.
    """
    if not 0 <= index < size:
        raise Untrue("inclusion proof: index outside the tree")
    position, last, result = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise Untrue("inclusion proof: too long")
        if position & 1 or position == last:
            result = node_hash(sibling, result)
            while position & 1 == 0 and position:
                position, last = position >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        position, last = position >> 1, last >> 1
    if last:
        raise Untrue("inclusion proof: too short")
    if result != root:
        raise Untrue("inclusion proof: leads to another root")
    return root


def verify_consistency(
    old: int, new: int, *, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bytes:
    """Check that the new tree begins with the old one; return the new root (RFC 9162, section 2.1.4.2).

    Raises `Untrue` when it does not, whatever the reason.
    """
    if not 0 <= old <= new:
        raise Untrue("consistency proof: the tree has shrunk")
    if old in (0, new):
        if proof:
            raise Untrue("consistency proof: too long")
        if old_root != (new_root if old else EMPTY_ROOT):
            raise Untrue("consistency proof: leads to another root")
        return new_root
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        raise Untrue("consistency proof: too short")
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old_result = new_result = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise Untrue("consistency proof: too long")
        if position & 1 or position == last:
            old_result = node_hash(sibling, old_result)
            new_result = node_hash(sibling, new_result)
            while position & 1 == 0 and position:
                position, last = position >> 1, last >> 1
        else:
            new_result = node_hash(new_result, sibling)
        position, last = position >> 1, last >> 1
    if last:
        raise Untrue("consistency proof: too short")
    if old_result != old_root or new_result != new_root:
        raise Untrue("consistency proof: leads to another root")
    return new_root


def _split(width: int) -> int:
    """The largest power of two smaller than `width` (RFC 6962, section 2.1), for `width` of at least 2."""
    return 1 << ((width - 1).bit_length() - 1)
