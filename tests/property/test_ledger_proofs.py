"""Inclusion and consistency proofs: those of the definition, for every small size and for the largest."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_ledger import merkle
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.known_tree import KnownTree
from consent_ledger.merkle import NodeReader, leaf_hash, node_hash

SIZE = 130
LEAVES = [leaf_hash(bytes([number])) for number in range(SIZE + 1)]
NODE = merkle.nodes_of(LEAVES)
LARGEST = 2**63 - 1

RangeRoot = Callable[[int, int], bytes]


@cache
def small_root(start: int, end: int) -> bytes:
    """MTH(D[start:end]) by its definition (RFC 6962, section 2.1)."""
    if end - start <= 1:
        return LEAVES[start] if end > start else merkle.EMPTY_ROOT
    middle = start + largest_power_below(end - start)
    return node_hash(small_root(start, middle), small_root(middle, end))


def largest_power_below(width: int) -> int:
    """The largest power of two smaller than `width`."""
    power = 1
    while 2 * power < width:
        power *= 2
    return power


def naive_path(index: int, start: int, end: int, root: RangeRoot) -> list[bytes]:
    """PATH(m, D[n]) by its definition (RFC 6962, section 2.1.1); `index` counts from `start`."""
    if end - start == 1:
        return []
    half = largest_power_below(end - start)
    if index < half:
        return [*naive_path(index, start, start + half, root), root(start + half, end)]
    return [*naive_path(index - half, start + half, end, root), root(start, start + half)]


def naive_growth(old: int, start: int, end: int, root: RangeRoot, *, whole: bool = True) -> list[bytes]:
    """SUBPROOF(m, D[n], b) by its definition (RFC 6962, section 2.1.2); `old` counts from `start`."""
    if old == end - start:
        return [] if whole else [root(start, end)]
    half = largest_power_below(end - start)
    if old <= half:
        return [*naive_growth(old, start, start + half, root, whole=whole), root(start + half, end)]
    inner = naive_growth(old - half, start + half, end, root, whole=False)
    return [*inner, root(start, start + half)]


class MarkedTree:
    """A tree of any size in which all leaves are equal but those that are marked: each its own.

    Subtrees without a mark are equal for equal widths, so that no size is too large.
    """

    def __init__(self, *marks: int) -> None:
        self._marks = sorted(set(marks))
        self._plain: dict[int, bytes] = {}

    def leaf(self, index: int) -> bytes:
        """The leaf hash at `index`."""
        return leaf_hash(b"mark %d" % index if index in self._marks else b"plain")

    def root(self, start: int, end: int) -> bytes:
        """MTH(D[start:end]) by its definition."""
        if start == end:
            return merkle.EMPTY_ROOT
        if any(start <= mark < end for mark in self._marks):
            return self._halves(start, end)
        if end - start not in self._plain:
            self._plain[end - start] = self._halves(start, end)
        return self._plain[end - start]

    def node(self, level: int, index: int) -> bytes:
        """A `NodeReader`."""
        return self.root(index << level, (index + 1) << level)

    def _halves(self, start: int, end: int) -> bytes:
        if end - start == 1:
            return self.leaf(start)
        middle = start + largest_power_below(end - start)
        return node_hash(self.root(start, middle), self.root(middle, end))


def test_every_small_inclusion_proof_is_the_one_of_the_definition() -> None:
    """All 8,515 places in trees of up to 130 leaves: the path is the RFC's, and good for no other index."""
    for size in range(1, SIZE + 1):
        root = small_root(0, size)
        tree = KnownTree(size, root)
        for index in range(size):
            proof = merkle.inclusion_proof(index, size, NODE)
            assert list(proof) == naive_path(index, 0, size, small_root)
            assert merkle.verify_inclusion(index, size, leaf=LEAVES[index], proof=proof, root=root) == root
            assert tree.verify_inclusion(index, leaf=LEAVES[index], proof=proof) == root
            for other in {(index + 1) % size, size - 1 - index, index ^ 1, size} - {index}:
                with pytest.raises(Untrue):
                    merkle.verify_inclusion(other, size, leaf=LEAVES[index], proof=proof, root=root)
                with pytest.raises(Untrue):
                    tree.verify_inclusion(other, leaf=LEAVES[index], proof=proof)


def test_every_small_consistency_proof_is_the_one_of_the_definition() -> None:
    """All 8,646 pairs of sizes up to 130, old size 0 too: the RFC's proof, and good for no other root."""
    wrong = leaf_hash(b"wrong")
    for new in range(SIZE + 1):
        root = small_root(0, new)
        tree = KnownTree(new, root)
        for old in range(new + 1):
            old_root = small_root(0, old)
            proof = merkle.consistency_proof(old, new, NODE)
            assert list(proof) == (naive_growth(old, 0, new, small_root) if old else [])
            assert root == merkle.verify_consistency(old, new, old_root=old_root, new_root=root, proof=proof)
            assert root == tree.verify_consistency(old, old_root=old_root, proof=proof)
            with pytest.raises(Untrue):
                merkle.verify_consistency(old, new, old_root=wrong, new_root=root, proof=proof)
            with pytest.raises(Untrue):
                tree.verify_consistency(old, old_root=wrong, proof=proof)
            if old:
                with pytest.raises(Untrue):
                    merkle.verify_consistency(old, new, old_root=old_root, new_root=wrong, proof=proof)
                with pytest.raises(Untrue):
                    KnownTree(new, wrong).verify_consistency(old, old_root=old_root, proof=proof)


def test_a_proof_for_one_size_fails_for_every_other() -> None:
    """Every proof for a tree of up to 40 leaves, shown against every other tree's size and root, fails."""
    for size in range(1, 41):
        for index in range(size):
            proof = merkle.inclusion_proof(index, size, NODE)
            for other in set(range(41)) - {size}:
                with pytest.raises(Untrue):
                    merkle.verify_inclusion(
                        index, other, leaf=LEAVES[index], proof=proof, root=small_root(0, other)
                    )
    for new in range(2, 25):
        for old in range(1, new):
            proof = merkle.consistency_proof(old, new, NODE)
            for other in set(range(old + 1, 25)) - {new}:
                with pytest.raises(Untrue):
                    merkle.verify_consistency(
                        old, other, old_root=small_root(0, old), new_root=small_root(0, other), proof=proof
                    )
            for other in set(range(1, new)) - {old}:
                with pytest.raises(Untrue):
                    merkle.verify_consistency(
                        other, new, old_root=small_root(0, other), new_root=small_root(0, new), proof=proof
                    )


@pytest.mark.parametrize("size", [2, 7, 8, 11, 64, 129])
def test_every_bit_of_a_proof_counts(size: int) -> None:
    """Each of the 256 bits of each hash of a proof, flipped alone, makes it fail."""
    index, old = size // 3, max(1, size // 2 - 1)
    root, old_root = small_root(0, size), small_root(0, old)
    inclusion = merkle.inclusion_proof(index, size, NODE)
    growth = merkle.consistency_proof(old, size, NODE)
    tree = KnownTree(size, root)
    tree.verify_inclusion(index, leaf=LEAVES[index], proof=inclusion)
    tree.verify_consistency(old, old_root=old_root, proof=growth)
    for place in range(len(inclusion)):
        for bit in range(256):
            changed = flipped(inclusion, place, bit)
            with pytest.raises(Untrue):
                merkle.verify_inclusion(index, size, leaf=LEAVES[index], proof=changed, root=root)
            with pytest.raises(Untrue):
                tree.verify_inclusion(index, leaf=LEAVES[index], proof=changed)
    for place in range(len(growth)):
        for bit in range(256):
            changed = flipped(growth, place, bit)
            with pytest.raises(Untrue):
                merkle.verify_consistency(old, size, old_root=old_root, new_root=root, proof=changed)
            with pytest.raises(Untrue):
                tree.verify_consistency(old, old_root=old_root, proof=changed)


def flipped(proof: tuple[bytes, ...], place: int, bit: int) -> tuple[bytes, ...]:
    """The proof with one bit of one hash turned over."""
    turned = (int.from_bytes(proof[place], "big") ^ 1 << bit).to_bytes(len(proof[place]), "big")
    return (*proof[:place], turned, *proof[place + 1 :])


@st.composite
def changes(draw: st.DrawFn, proof: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """A true proof with a bit turned, or a hash left out, repeated, swapped, put in, cut or stretched."""
    place = draw(st.integers(0, len(proof) - 1))
    other = draw(st.integers(0, len(proof) - 1))
    listed = list(proof)
    match draw(
        st.sampled_from(["bit", "drop", "repeat", "swap", "insert", "append", "cut", "stretch", "none"])
    ):
        case "bit":
            return flipped(proof, place, draw(st.integers(0, 255)))
        case "drop":
            del listed[place]
        case "repeat":
            listed.insert(place, listed[place])
        case "swap":
            listed[place], listed[other] = listed[other], listed[place]
        case "insert":
            listed.insert(place, draw(st.binary(min_size=32, max_size=32)))
        case "append":
            listed.append(listed[other])
        case "cut":
            listed[place] = listed[place][:-1]
        case "stretch":
            listed[place] += b"\0"
        case _:
            listed = []
    return tuple(listed)


@given(st.data())
def test_large_inclusion_proofs_hold_and_changed_ones_do_not(data: st.DataObject) -> None:
    """In trees of up to 2^63 - 1 leaves: the path is the definition's, and nothing near it is accepted."""
    size = data.draw(st.integers(2, LARGEST) | st.integers(1, 62).map(lambda bit: (1 << bit) + 1))
    index = data.draw(st.integers(0, size - 1))
    marked = MarkedTree(index, *data.draw(st.lists(st.integers(0, size - 1), max_size=3)))
    proof, root = merkle.inclusion_proof(index, size, marked.node), marked.root(0, size)
    assert list(proof) == naive_path(index, 0, size, marked.root)
    assert merkle.root_at(size, marked.node) == root
    leaf = marked.leaf(index)
    tree = KnownTree(size, root)
    merkle.verify_inclusion(index, size, leaf=leaf, proof=proof, root=root)
    tree.verify_inclusion(index, leaf=leaf, proof=proof)
    changed = data.draw(changes(proof))
    if changed != proof:
        refuse_inclusion(tree, index, size, leaf=leaf, proof=changed, root=root)
    refuse_inclusion(tree, index, size, leaf=leaf_hash(b"other"), proof=proof, root=root)
    other = data.draw(st.integers(-1, size) | st.just(index ^ 1))
    if other != index:
        refuse_inclusion(tree, other, size, leaf=leaf, proof=proof, root=root)


def refuse_inclusion(
    tree: KnownTree, index: int, size: int, *, leaf: bytes, proof: tuple[bytes, ...], root: bytes
) -> None:
    """Both verifiers refuse, whether or not they have seen true proofs before."""
    with pytest.raises(Untrue):
        merkle.verify_inclusion(index, size, leaf=leaf, proof=proof, root=root)
    with pytest.raises(Untrue):
        tree.verify_inclusion(index, leaf=leaf, proof=proof)


@given(st.data())
def test_large_consistency_proofs_hold_and_changed_ones_do_not(data: st.DataObject) -> None:
    """In trees of up to 2^63 - 1 leaves: the proof is the definition's, and nothing near it is accepted."""
    new = data.draw(st.integers(2, LARGEST))
    powers = st.integers(0, new.bit_length() - 1).map(lambda bit: min(1 << bit, new - 1))
    old = data.draw(st.integers(1, new - 1) | powers)
    marked = MarkedTree(old - 1, old, *data.draw(st.lists(st.integers(0, new - 1), max_size=3)))
    proof = merkle.consistency_proof(old, new, marked.node)
    old_root, root = marked.root(0, old), marked.root(0, new)
    assert list(proof) == naive_growth(old, 0, new, marked.root)
    tree = KnownTree(new, root)
    merkle.verify_consistency(old, new, old_root=old_root, new_root=root, proof=proof)
    tree.verify_consistency(old, old_root=old_root, proof=proof)
    changed = data.draw(changes(proof))
    if changed != proof:
        with pytest.raises(Untrue):
            merkle.verify_consistency(old, new, old_root=old_root, new_root=root, proof=changed)
        with pytest.raises(Untrue):
            tree.verify_consistency(old, old_root=old_root, proof=changed)


@given(st.lists(st.tuples(st.integers(0, 599), st.booleans(), st.integers(0, 2**32)), max_size=60))
def test_what_was_seen_before_changes_no_verdict(questions: list[tuple[int, bool, int]]) -> None:
    """Proofs of one tree, true and false in any order: each has the verdict that it has alone."""
    size = 600
    tree = KnownTree(size, FOREST.root())
    for index, growth, salt in questions:
        proof = merkle.inclusion_proof(index, size, FOREST.node)
        if growth:
            proof = merkle.consistency_proof(index + 1, size, FOREST.node)
        if salt % 3 and proof:
            proof = flipped(proof, salt % len(proof), salt % 256)
        root, old_root = FOREST.root(), merkle.root_at(index + 1, FOREST.node)
        leaf = FOREST.node(0, index)

        def alone(
            index: int = index, growth: bool = growth, proof: tuple[bytes, ...] = proof,
            leaf: bytes = leaf, old_root: bytes = old_root, root: bytes = root,
        ) -> bytes:  # fmt: skip
            if growth:
                return merkle.verify_consistency(
                    index + 1, size, old_root=old_root, new_root=root, proof=proof
                )
            return merkle.verify_inclusion(index, size, leaf=leaf, proof=proof, root=root)

        def together(
            index: int = index, growth: bool = growth, proof: tuple[bytes, ...] = proof,
            leaf: bytes = leaf, old_root: bytes = old_root,
        ) -> bytes:  # fmt: skip
            if growth:
                return tree.verify_consistency(index + 1, old_root=old_root, proof=proof)
            return tree.verify_inclusion(index, leaf=leaf, proof=proof)

        assert verdict(alone) == verdict(together)


FOREST = merkle.Nodes(leaf_hash(b"%d" % number) for number in range(600))


def verdict(verify: Callable[[], bytes]) -> bool:
    """Whether a verification holds."""
    try:
        verify()
    except Untrue:
        return False
    return True


def test_a_root_is_not_a_leaf() -> None:
    """A root, or an interior node, offered as a leaf with the rest of its path: the proof ends too early."""
    with pytest.raises(Untrue, match="too short"):
        merkle.verify_inclusion(0, 8, leaf=small_root(0, 8), proof=(), root=small_root(0, 8))
    above = merkle.inclusion_proof(0, 8, NODE)[1:]
    with pytest.raises(Untrue, match="too short"):
        merkle.verify_inclusion(0, 8, leaf=NODE(1, 0), proof=above, root=small_root(0, 8))


def test_a_tree_never_shrinks() -> None:
    """A smaller new tree is never consistent, whatever the proof; and no proof can be asked for outside."""
    with pytest.raises(Untrue, match="shrunk"):
        merkle.verify_consistency(5, 4, old_root=small_root(0, 5), new_root=small_root(0, 4), proof=())
    with pytest.raises(Untrue, match="shrunk"):
        KnownTree(4, small_root(0, 4)).verify_consistency(5, old_root=small_root(0, 5), proof=())
    with pytest.raises(Malformed):
        merkle.consistency_proof(5, 4, NODE)
    for index in (-1, 4):
        with pytest.raises(Malformed):
            merkle.inclusion_proof(index, 4, NODE)


def test_nodes_beyond_the_leaves_are_not_made_up() -> None:
    """A subtree that is not complete yet has no hash; when its last leaf comes it has one, and keeps it."""
    nodes = merkle.Nodes(LEAVES[:7])
    for level, index in ((0, 7), (1, 3), (2, 1), (3, 0)):
        with pytest.raises(IndexError):
            nodes.node(level, index)
    nodes.append(LEAVES[7])
    reader: NodeReader = nodes.node
    assert reader(3, 0) == small_root(0, 8)
    nodes.extend(LEAVES[8:16])
    assert (reader(3, 0), reader(4, 0), len(nodes)) == (small_root(0, 8), small_root(0, 16), 16)
