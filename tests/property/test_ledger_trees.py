"""Trees and tiles: the roots of the definition, in whatever steps the entries arrive."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from consent_ledger import merkle, tiles
from consent_ledger.errors import Malformed, Untrue

SIZE = 130
LEAVES = [merkle.leaf_hash(bytes([number])) for number in range(SIZE + 1)]


def naive_root(hashes: list[bytes]) -> bytes:
    """MTH by its definition (RFC 6962, section 2.1), sharing only the node hash with the tested module."""
    if not hashes:
        return merkle.EMPTY_ROOT
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while 2 * split < len(hashes):
        split *= 2
    return merkle.node_hash(naive_root(hashes[:split]), naive_root(hashes[split:]))


ROOTS = [naive_root(LEAVES[:size]) for size in range(SIZE + 1)]


def test_every_root_agrees_with_the_definition() -> None:
    """Frontier, whole tree and definition agree for every size from 0 to 130."""
    frontier = merkle.Frontier()
    for size in range(SIZE + 1):
        assert frontier.root() == ROOTS[size] == merkle.root_of(LEAVES[:size])
        assert len(frontier.hashes) == size.bit_count()
        frontier = frontier.append(LEAVES[size])


@given(st.lists(st.integers(1, 400), min_size=1, max_size=5))
@example([255])
@example([255, 1])
@example([256, 255])
@example([1, 255, 256])
def test_tiles_grow_into_the_same_tree_in_any_steps(steps: list[int]) -> None:
    """However the entries arrive, the tiles hold the entries and the root, and old tiles never change."""
    files: dict[str, bytes] = {}
    entries: list[bytes] = []
    for step in steps:
        fresh = [b"entry %d" % number for number in range(len(entries), len(entries) + step)]
        hashes = [merkle.leaf_hash(entry) for entry in fresh]
        for path, content in tiles.grow(len(entries), fresh, hashes, files.get).items():
            assert files.setdefault(path, content) == content
        entries += fresh
        node = tiles.tile_nodes(files.get, len(entries))
        leaf_hashes = [merkle.leaf_hash(entry) for entry in entries]
        assert merkle.root_at(len(entries), node) == merkle.root_of(leaf_hashes)
        for tile in tiles.tiles_of(len(entries)):
            assert tile.path in files
        index = len(entries) // 2
        proof = merkle.inclusion_proof(index, len(entries), node)
        assert proof == merkle.inclusion_proof(index, len(entries), merkle.nodes_of(leaf_hashes))
    bundles = [tile for tile in tiles.tiles_of(len(entries)) if tile.level < 0]
    assert [entry for tile in bundles for entry in tiles.read_entries(tile, files.get)] == entries


def test_tiles_carry_a_tree_of_three_levels() -> None:
    """A tree of 66,000 entries needs level 2: its root and proofs come out of the tiles."""
    files: dict[str, bytes] = {}
    size = 66_000
    entries = [b"%d" % number for number in range(size)]
    hashes = [merkle.leaf_hash(entry) for entry in entries]
    for start, end in ((0, 65_000), (65_000, 65_537), (65_537, size)):
        files.update(tiles.grow(start, entries[start:end], hashes[start:end], files.get))
    assert "tile/2/000.p/1" in files
    node = tiles.tile_nodes(files.get, size)
    root = merkle.root_of(hashes)
    assert merkle.root_at(size, node) == root
    for index in (0, 255, 256, 65_535, 65_536, size - 1):
        proof = merkle.inclusion_proof(index, size, node)
        merkle.verify_inclusion(index, size, leaf=hashes[index], proof=proof, root=root)


def test_a_missing_partial_tile_is_read_from_the_full_one() -> None:
    """Partial tiles may be deleted once the full tile exists; a tile missing altogether is evidence."""
    entries = [b"%d" % number for number in range(256)]
    hashes = [merkle.leaf_hash(entry) for entry in entries]
    files = tiles.grow(0, entries, hashes, lambda _: None)
    assert merkle.root_at(100, tiles.tile_nodes(files.get, 100)) == merkle.root_of(hashes[:100])
    with pytest.raises(Untrue, match="missing"):
        merkle.root_at(100, tiles.tile_nodes({}.get, 100))


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_entry_bundles_read_back(entries: list[bytes]) -> None:
    """Bundles hold any bytes, and a bundle cut short anywhere but between entries is malformed."""
    data = tiles.encode_entries(entries)
    assert list(tiles.decode_entries(data)) == entries
    if entries:
        with pytest.raises(Malformed):
            tiles.decode_entries(data[:-1] if len(entries[-1]) else data + b"\0")
