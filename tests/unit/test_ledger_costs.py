"""What the tree costs as it grows: hashes for entries, tiles for a proof. Counted, not timed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from consent_ledger import known_tree, merkle, tiles
from consent_ledger.known_tree import KnownTree
from tests.support.ledger_costs import (
    UNIFORM,
    counted_hashes,
    counted_reads,
    tile_bytes,
    uniform_root,
    uniform_tiles,
)

DECADES = [10, 100, 1_000, 10_000, 100_000]
LARGE = [1_000, 65_536, 1_000_000, 1_234_567, 16_777_217, 10**9, 2**40 - 1, 2**63 - 1]
BATCH = 1024


def entries(count: int) -> Iterator[bytes]:
    return (b"entry %d" % number for number in range(count))


@pytest.mark.parametrize("count", DECADES)
def test_appending_costs_two_hashes_an_entry_in_memory(count: int) -> None:
    """One hash for the leaf and less than one for nodes, root included, singly or at once."""
    with counted_hashes() as singly:
        nodes = merkle.Nodes()
        for entry in entries(count):
            nodes.append(merkle.leaf_hash(entry))
        root = nodes.root()
    assert count < singly.times <= 2 * count
    with counted_hashes() as at_once:
        assert merkle.Frontier().extend(map(merkle.leaf_hash, entries(count))).root() == root
    assert singly.times == at_once.times == 2 * count - 1


@pytest.mark.parametrize("count", DECADES)
def test_appending_in_batches_costs_two_hashes_an_entry_in_tiles(count: int) -> None:
    """Tiles written batch by batch hash each node once; what a batch left unfinished is not hashed again."""
    files: dict[str, bytes] = {}
    fresh = list(entries(count))
    with counted_hashes() as hashes:
        for start in range(0, count, BATCH):
            batch = fresh[start : start + BATCH]
            leaves = [merkle.leaf_hash(entry) for entry in batch]
            files.update(tiles.grow(start, batch, leaves, files.get))
    assert count <= hashes.times <= 2 * count
    assert merkle.root_at(count, tiles.tile_nodes(files.get, count)) == merkle.root_of(
        merkle.leaf_hash(entry) for entry in fresh
    )


@pytest.mark.parametrize("batch", [1, 16, 256])
def test_growing_reads_the_right_edge_and_nothing_else(batch: int) -> None:
    """A batch reads at most one unfinished tile of each level and one bundle, however large the tree is."""
    files: dict[str, bytes] = {}
    size = 70_000
    fresh = list(entries(size + 10 * batch))
    leaves = [merkle.leaf_hash(entry) for entry in fresh]
    files.update(tiles.grow(0, fresh[:size], leaves[:size], files.get))
    for start in range(size, len(fresh), batch):
        read, count = counted_reads(files.get)
        end = start + batch
        files.update(tiles.grow(start, fresh[start:end], leaves[start:end], read))
        assert count.times <= 4


@pytest.mark.parametrize("size", LARGE)
def test_a_proof_reads_a_tile_or_two_of_each_level(size: int) -> None:
    """Inclusion and consistency proofs of trees of up to 2^63 - 1 entries read at most two tiles a level."""
    levels = -(-size.bit_length() // tiles.HEIGHT)
    root = uniform_root(size)
    for index in {0, 1, 255, 256 % size, size // 3, size // 2, size - 2, size - 1}:
        read, count = counted_reads(uniform_tiles(size))
        proof = merkle.inclusion_proof(index, size, tiles.tile_nodes(read, size))
        assert count.times <= 2 * levels
        assert count.total_bytes <= tile_bytes(count.times)
        assert len(proof) <= (size - 1).bit_length()
        with counted_hashes() as hashes:
            merkle.verify_inclusion(index, size, leaf=merkle.leaf_hash(UNIFORM), proof=proof, root=root)
        assert hashes.times == len(proof) + 1  # the leaf is hashed here too
        old = index + 1
        read, count = counted_reads(uniform_tiles(size))
        growth = merkle.consistency_proof(old, size, tiles.tile_nodes(read, size))
        assert count.times <= 2 * levels
        assert len(growth) <= (size - 1).bit_length() + 1
        old_root = uniform_root(old)
        with counted_hashes() as hashes:
            merkle.verify_consistency(old, size, old_root=old_root, new_root=root, proof=growth)
        assert hashes.times <= 2 * len(growth)


def test_a_root_reads_the_right_edge_and_nothing_else() -> None:
    """To sign a tree of a thousand million entries takes at most one tile of each level."""
    size = 10**9 + 7
    read, count = counted_reads(uniform_tiles(size))
    assert merkle.root_at(size, tiles.tile_nodes(read, size)) == uniform_root(size)
    assert count.times <= 4


def test_reading_a_stored_hash_hashes_nothing() -> None:
    """At the levels that tiles hold a node is read; the 255 hashes inside its tile are not computed."""
    size = 1 << 24
    node = tiles.tile_nodes(uniform_tiles(size), size)
    with counted_hashes() as hashes:
        node(8, 77)
        node(16, 200)
    assert hashes.times == 0


def test_what_was_shown_is_not_hashed_again() -> None:
    """A thousand proofs about one tree cost far fewer hashes than each alone; the same ones again, fewer."""
    size = 1 << 17
    leaves = [merkle.leaf_hash(entry) for entry in entries(size)]
    nodes = merkle.Nodes(leaves)
    proofs = {index: merkle.inclusion_proof(index, size, nodes.node) for index in range(0, size, 131)}
    tree = KnownTree(size, nodes.root())
    alone = sum(len(proof) for proof in proofs.values())
    with counted_hashes(known_tree) as first:
        for index, proof in proofs.items():
            tree.verify_inclusion(index, leaf=leaves[index], proof=proof)
    with counted_hashes(known_tree) as second:
        for index, proof in proofs.items():
            tree.verify_inclusion(index, leaf=leaves[index], proof=proof)
    assert first.times < alone * 3 // 4
    assert second.times == 5 * len(proofs)
