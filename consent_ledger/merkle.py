"""The Merkle tree of the log: roots and proofs (RFC 6962, section 2.1).

Proofs are made from a `NodeReader`, which says the hash of any perfect, aligned subtree; where those hashes
are kept (in memory, tiles on a disk, tiles behind a network) is not this module's business.

One fact is used throughout. On the way from leaf `index` up to the root of `size` leaves, the node at `level`
is number `index >> level`, and its sibling differs in the lowest bit; a sibling that would begin beyond the
last leaf does not exist, and the node moves up unhashed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from consent_ledger.errors import Malformed, Untrue

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
BEGIN_NODE = sha256(b"\x01").copy
"""A hash that has taken in the prefix of nodes: only ever copied, which is quicker than beginning anew."""

NodeReader = Callable[[int, int], bytes]
"""`node(level, index)`: the hash over leaves `index << level` up to `(index + 1) << level`."""


def leaf_hash(entry: bytes) -> bytes:
    """Merkle leaf hash (RFC 6962, section 2.1)."""
    # The prefix keeps leaves and nodes apart: without it an attacker could
    # present an interior node as an entry (a second preimage).
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an interior node (RFC 6962, section 2.1)."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The roots of the perfect subtrees that make up a tree: enough to append and to print a root.

    Invariant: one hash for each bit set in `size`, the largest subtree first.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> Frontier:
        """The frontier after one more leaf hash."""
        return self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> Frontier:
        """The frontier after these leaf hashes; n of them cost fewer than n + log n node hashes."""
        hashes, size = list(self.hashes), self.size
        for leaf in leaves:
            carry, bits = leaf, size
            while bits & 1:
                carry = node_hash(hashes.pop(), carry)
                bits >>= 1
            hashes.append(carry)
            size += 1
        return Frontier(size, tuple(hashes))

    def root(self) -> bytes:
        """The root hash of the whole tree (RFC 6962, section 2.1)."""
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in self.hashes[-2::-1]:
            root = node_hash(left, root)
        return root


class Nodes:
    """The perfect subtrees over leaf hashes held in memory, each hashed once, when it is first asked for.

    `Nodes(leaves).node` is a `NodeReader`. Leaves can be added at any time: n of them cost at most n - 1 node
    hashes, however they arrive.
    """

    __slots__ = ("_levels",)

    def __init__(self, leaf_hashes: Iterable[bytes] = ()) -> None:
        self._levels = [list(leaf_hashes)]

    def __len__(self) -> int:
        return len(self._levels[0])

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        self._levels[0].append(leaf)

    def extend(self, leaf_hashes: Iterable[bytes]) -> None:
        """Add leaf hashes."""
        self._levels[0].extend(leaf_hashes)

    def node(self, level: int, index: int) -> bytes:
        """The hash of a subtree; raises `IndexError` when it reaches beyond the leaves."""
        levels = self._levels
        if level >= len(levels) or index >= len(levels[level]):
            self._fill(level)
        return levels[level][index]

    def root(self) -> bytes:
        """The root hash of all leaves so far."""
        return root_at(len(self), self.node)

    def _fill(self, level: int) -> None:
        while len(self._levels) <= level:
            self._levels.append([])
        for below, above in zip(self._levels, self._levels[1 : level + 1], strict=False):
            fresh = iter(below[2 * len(above) : len(below) & ~1])
            above += [
                sha256(b"\x01" + left + right).digest() for left, right in zip(fresh, fresh, strict=True)
            ]


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """The root hash of a tree given as all its leaf hashes."""
    return Frontier().extend(leaf_hashes).root()


def nodes_of(leaf_hashes: Iterable[bytes]) -> NodeReader:
    """A `NodeReader` over leaf hashes held in memory."""
    return Nodes(leaf_hashes).node


def root_at(size: int, node: NodeReader) -> bytes:
    """The root hash of the tree's first `size` leaves."""
    return range_hash(0, size, node) if size else EMPTY_ROOT


def range_hash(start: int, end: int, node: NodeReader) -> bytes:
    """MTH(D[start:end]) for a non-empty range that a proof can name: aligned to its own height."""
    # The bits of the width are its perfect subtrees, the largest first: folded from the smallest.
    width, result = end - start, b""
    while width:
        level = (width & -width).bit_length() - 1
        part = node(level, (start + width - 1) >> level)
        result = node_hash(part, result) if result else part
        width &= width - 1
    return result


def inclusion_proof(index: int, size: int, node: NodeReader) -> tuple[bytes, ...]:
    """The audit path of leaf `index` in the tree of `size` leaves (RFC 6962, section 2.1.1)."""
    if not 0 <= index < size:
        raise Malformed("inclusion proof: index outside the tree")
    return tuple(_siblings(0, index, size, node))


def consistency_proof(old: int, new: int, node: NodeReader) -> tuple[bytes, ...]:
    """The proof that the first `old` of `new` leaves are the old tree (RFC 6962, section 2.1.2).

    Empty when `old` is 0 (every tree continues the empty one) or equal to `new`.
    """
    if not 0 <= old <= new:
        raise Malformed("consistency proof: sizes in the wrong order")
    if old in (0, new):
        return ()
    # The path begins at the last perfect subtree of the old tree; when that is the whole old tree the
    # verifier has its hash already.
    level = _trailing_zeros(old)
    known = () if old >> level == 1 else (node(level, (old >> level) - 1),)
    return (*known, *_siblings(level, old - 1, new, node))


def verify_inclusion(index: int, size: int, *, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bytes:
    """Check that leaf hash `leaf` is at `index` in the tree; return the root (RFC 9162, section 2.1.3.2).

    Raises `Untrue` when it is not, whatever the reason.
    """
    if not 0 <= index < size:
        raise Untrue("inclusion proof: index outside the tree")
    split = split_height(index, size)
    length = split + (index >> split).bit_count()
    if len(proof) != length:
        raise _wrong_length(proof, length, noun="inclusion proof")
    # From `split` on every sibling is a left one, as if all bits above were set.
    turns, result = index | -1 << split, leaf
    for sibling in proof:
        # Spelt out, not by `node_hash`: a call for each hash would take a tenth of the time.
        node = BEGIN_NODE()
        node.update(sibling + result if turns & 1 else result + sibling)
        result = node.digest()
        turns >>= 1
    # In a tree of one leaf nothing is hashed: leaf and root could be equal and no hashes at all.
    if result != root or len(root) != HASH_BYTES:
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
            raise _wrong_length(proof, 0, noun="consistency proof")
        if old_root != (EMPTY_ROOT if old == 0 else new_root) or (old == new and old_root != new_root):
            raise Untrue("consistency proof: leads to another root")
        return new_root
    level = _trailing_zeros(old)
    split, whole = split_height(old - 1, new), old >> level == 1
    length = split - level + ((old - 1) >> split).bit_count() + (not whole)
    if len(proof) != length:
        raise _wrong_length(proof, length, noun="consistency proof")
    first, *path = (old_root, *proof) if whole else proof
    turns, old_result, new_result = (old - 1 | -1 << split) >> level, first, first
    for sibling in path:
        node = BEGIN_NODE()
        if turns & 1:
            # Left siblings are in the old tree too; right ones came later.
            node.update(sibling + new_result)
            before = BEGIN_NODE()
            before.update(sibling + old_result)
            old_result = before.digest()
        else:
            node.update(new_result + sibling)
        new_result = node.digest()
        turns >>= 1
    if old_result != old_root or new_result != new_root:
        raise Untrue("consistency proof: leads to another root")
    return new_root


def _siblings(level: int, index: int, size: int, node: NodeReader) -> list[bytes]:
    """The siblings on the way from the node at `level` above leaf `index` up to the root."""
    path = []
    for height in range(level, (size - 1).bit_length()):
        beside = index >> height ^ 1
        if (beside + 1) << height <= size:
            path.append(node(height, beside))
        elif beside << height < size:
            path.append(range_hash(beside << height, size, node))
    return path


def split_height(index: int, size: int) -> int:
    """The height below which every node above leaf `index` has a sibling.

    From there on the way runs along the tree's right edge, where each bit that is set has a left sibling and
    each that is not has none.
    """
    return (index ^ (size - 1)).bit_length()


def _wrong_length(proof: Sequence[bytes], expected: int, *, noun: str) -> Untrue:
    return Untrue(f"{noun}: too {'short' if len(proof) < expected else 'long'}")


def _trailing_zeros(number: int) -> int:
    return (number & -number).bit_length() - 1
