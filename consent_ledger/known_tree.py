"""Many proofs about one tree: what an earlier proof has shown is not hashed again.

An audit's report checks so each proof that it hands out (`auditing/proofs.py`): all are about one tree. A
verdict is the one that `verify_inclusion` or `verify_consistency` gives to the proof alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from consent_ledger.errors import Untrue
from consent_ledger.merkle import BEGIN_NODE, EMPTY_ROOT, HASH_BYTES, split_height

LEVELS = 13
"""How many levels below the root are remembered, itself counted: at most 8,191 nodes, about 3 MB."""

_Way = tuple[bytes, ...]


class KnownTree:
    """The tree of `size` leaves under `root`, and those of its nodes that proofs have led through.

    Raises `Untrue` when there can be no such tree.
    """

    __slots__ = ("_height", "_known", "_root", "_size")

    def __init__(self, size: int, root: bytes) -> None:
        if len(root) != HASH_BYTES or (size == 0 and root != EMPTY_ROOT):
            raise Untrue("tree: no tree of this size has this root")
        self._size = size
        self._root = root
        self._height = (size - 1).bit_length()
        # By heap number (the root is 1, the children of n are 2n and 2n + 1): a node and its way to the root.
        self._known: dict[int, tuple[bytes, _Way]] = {}

    def verify_inclusion(self, index: int, *, leaf: bytes, proof: Sequence[bytes]) -> bytes:
        """Check that leaf hash `leaf` is at `index`; return the root, or raise `Untrue`."""
        if not 0 <= index < self._size:
            raise Untrue("inclusion proof: index outside the tree")
        self._climb(0, index, start=leaf, path=tuple(proof))
        return self._root

    def verify_consistency(self, old: int, *, old_root: bytes, proof: Sequence[bytes]) -> bytes:
        """Check that the tree begins with the tree of `old_root`; return the root, or raise `Untrue`."""
        if not 0 <= old <= self._size:
            raise Untrue("consistency proof: the tree has shrunk")
        if old in (0, self._size):
            if proof or old_root != (self._root if old == self._size else EMPTY_ROOT):
                raise Untrue("consistency proof: leads to another root")
            return self._root
        level = (old & -old).bit_length() - 1
        if old >> level == 1:
            self._climb(level, old - 1, start=old_root, path=tuple(proof))
            return self._root
        if not proof:
            raise Untrue("consistency proof: too short")
        first, path = proof[0], tuple(proof[1:])
        turns, before = (old - 1 | -1 << split_height(old - 1, self._size)) >> level, first
        for sibling in path:
            if turns & 1:
                # Left siblings are in the old tree too; right ones came later.
                node = BEGIN_NODE()
                node.update(sibling + before)
                before = node.digest()
            turns >>= 1
        if before != old_root:
            raise Untrue("consistency proof: leads to another root")
        self._climb(level, old - 1, start=first, path=path)
        return self._root

    def _climb(self, level: int, index: int, *, start: bytes, path: _Way) -> None:
        """Check that `path` leads from the node at `level` over leaf `index` to the root, and remember it."""
        split = split_height(index, self._size)
        length = split - level + (index >> split).bit_count()
        if len(path) != length:
            raise Untrue(f"proof: too {'short' if len(path) < length else 'long'}")
        turns, result = (index | -1 << split) >> level, start
        # Nodes on the right edge are left out: other ways may pass them at other steps.
        below = min(max(self._height + 1 - LEVELS - level, 0), split - level)
        for sibling in path[:below]:
            node = BEGIN_NODE()
            node.update(sibling + result if turns & 1 else result + sibling)
            result = node.digest()
            turns >>= 1
        number, passed = (index | 1 << self._height) >> (level + below), []
        for step in range(below, split - level):
            known = self._known.get(number)
            if known is not None:
                # A node and its way up are one and the same for every proof that holds.
                if known[0] != result or known[1] != path[step:]:
                    raise Untrue("proof: leads to another root")
                break
            passed.append((number, result, step))
            node = BEGIN_NODE()
            node.update(path[step] + result if turns & 1 else result + path[step])
            result = node.digest()
            number, turns = number >> 1, turns >> 1
        else:
            for sibling in path[split - level :]:
                node = BEGIN_NODE()
                node.update(sibling + result)
                result = node.digest()
            if result != self._root:
                raise Untrue("proof: leads to another root")
        for number, hashed, step in passed:
            self._known[number] = (hashed, path[step:])
