"""Trees, tiles, proofs and canonical bytes, for every small size and for values nobody thought of."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from consent_ledger import canonical, merkle, tiles
from consent_ledger.checkpoint import Checkpoint
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.note import Note, VerifierKey, sign_note
from consent_ledger.tlog_proof import TlogProof
from tests.support.ledger import log_signer

SIZE = 64
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
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def test_every_root_agrees_with_the_definition() -> None:
    """Frontier, whole tree and definition agree for every size from 0 to 64."""
    frontier = merkle.Frontier()
    for size in range(SIZE + 1):
        assert frontier.root() == ROOTS[size] == merkle.root_of(LEAVES[:size])
        assert len(frontier.hashes) == size.bit_count()
        frontier = frontier.append(LEAVES[size])


def test_every_inclusion_proof_verifies_and_no_other_place_does() -> None:
    """For every size up to 64 and every index: the proof holds there, and at no other index of the tree."""
    node = merkle.nodes_of(LEAVES)
    for size in range(1, SIZE + 1):
        for index in range(size):
            proof = merkle.inclusion_proof(index, size, node)
            merkle.verify_inclusion(index, size, leaf=LEAVES[index], proof=proof, root=ROOTS[size])
            for other in {(index + 1) % size, size - 1 - index, index ^ 1} - {index}:
                with pytest.raises(Untrue):
                    merkle.verify_inclusion(other, size, leaf=LEAVES[index], proof=proof, root=ROOTS[size])


def test_every_consistency_proof_verifies_and_no_other_root_does() -> None:
    """For every pair of sizes up to 64, old size 0 included: the proof holds, and for no other roots."""
    node = merkle.nodes_of(LEAVES)
    for new in range(SIZE + 1):
        for old in range(new + 1):
            proof = merkle.consistency_proof(old, new, node)
            merkle.verify_consistency(old, new, old_root=ROOTS[old], new_root=ROOTS[new], proof=proof)
            wrong = merkle.leaf_hash(b"wrong")
            with pytest.raises(Untrue):
                merkle.verify_consistency(old, new, old_root=wrong, new_root=ROOTS[new], proof=proof)
            if old:
                with pytest.raises(Untrue):
                    merkle.verify_consistency(old, new, old_root=ROOTS[old], new_root=wrong, proof=proof)


@given(st.data())
def test_no_tampered_inclusion_proof_verifies(data: st.DataObject) -> None:
    """Flip a bit of the leaf, the root or a hash; drop, repeat or swap hashes; change the size: it fails."""
    size = data.draw(st.integers(2, SIZE))
    index = data.draw(st.integers(0, size - 1))
    proof = list(merkle.inclusion_proof(index, size, merkle.nodes_of(LEAVES)))
    place = data.draw(st.integers(0, len(proof) - 1))
    bit = data.draw(st.integers(0, 255))

    def flip(value: bytes) -> bytes:
        return (int.from_bytes(value) ^ 1 << bit).to_bytes(32)

    leaf, root = LEAVES[index], ROOTS[size]
    match data.draw(st.sampled_from(["leaf", "root", "hash", "drop", "repeat", "more", "index"])):
        case "leaf":
            leaf = flip(leaf)
        case "root":
            root = flip(root)
        case "hash":
            proof[place] = flip(proof[place])
        case "drop":
            del proof[place]
        case "repeat":
            proof.insert(place, proof[place])
        case "more":
            proof.append(proof[place])
        case _:
            index = data.draw(st.integers(-1, size + 1).filter(lambda other: other != index))
    with pytest.raises(Untrue):
        merkle.verify_inclusion(index, size, leaf=leaf, proof=proof, root=root)


@given(st.data())
def test_no_tampered_consistency_proof_verifies(data: st.DataObject) -> None:
    """Flip a bit of a hash; drop, repeat or add one: the proof fails."""
    new = data.draw(st.integers(2, SIZE))
    old = data.draw(st.integers(1, new - 1))
    proof = list(merkle.consistency_proof(old, new, merkle.nodes_of(LEAVES)))
    place = data.draw(st.integers(0, len(proof) - 1))
    match data.draw(st.sampled_from(["hash", "drop", "repeat", "more"])):
        case "hash":
            flipped = int.from_bytes(proof[place]) ^ 1 << data.draw(st.integers(0, 255))
            proof[place] = flipped.to_bytes(32)
        case "drop":
            del proof[place]
        case "repeat":
            proof.insert(place, proof[place])
        case _:
            proof.append(proof[0])
    with pytest.raises(Untrue):
        merkle.verify_consistency(old, new, old_root=ROOTS[old], new_root=ROOTS[new], proof=proof)


def test_a_root_is_not_a_leaf() -> None:
    """A root, or an interior node, offered as a leaf with the rest of its path: the proof ends too early."""
    node = merkle.nodes_of(LEAVES)
    with pytest.raises(Untrue, match="too short"):
        merkle.verify_inclusion(0, 8, leaf=ROOTS[8], proof=(), root=ROOTS[8])
    above = merkle.inclusion_proof(0, 8, node)[1:]
    with pytest.raises(Untrue, match="too short"):
        merkle.verify_inclusion(0, 8, leaf=node(1, 0), proof=above, root=ROOTS[8])


def test_a_tree_never_shrinks() -> None:
    """A smaller new tree is never consistent, whatever the proof."""
    with pytest.raises(Untrue, match="shrunk"):
        merkle.verify_consistency(5, 4, old_root=ROOTS[5], new_root=ROOTS[4], proof=())
    with pytest.raises(Malformed):
        merkle.consistency_proof(5, 4, merkle.nodes_of(LEAVES))
    with pytest.raises(Malformed):
        merkle.inclusion_proof(4, 4, merkle.nodes_of(LEAVES))


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


@given(JSON)
def test_canonical_json_agrees_with_an_independent_encoder(value: Any) -> None:
    """Our bytes are those of another implementation of RFC 8785, and read back to the same value."""
    data = canonical.encode(value)
    assert data == rfc8785.dumps(value)
    assert canonical.decode(data) == value


@given(JSON, st.booleans())
def test_what_decodes_prints_back_byte_for_byte(value: Any, ascii_only: bool) -> None:
    """Any other JSON spelling of a value is refused: the accepted bytes are exactly the printed ones."""
    data = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8")
    try:
        decoded = canonical.decode(data)
    except Malformed:
        assert data != canonical.encode(value)
    else:
        assert canonical.encode(decoded) == data


@given(st.binary(max_size=200))
def test_arbitrary_bytes_never_crash_a_parser(data: bytes) -> None:
    """Parsers answer any bytes with a value or with `Malformed`, and with nothing else."""
    text = data.decode("utf-8", errors="surrogateescape")
    parsers: list[Callable[[], object]] = [
        lambda: canonical.decode(data),
        lambda: Note.from_bytes(data),
        lambda: tiles.decode_entries(data),
        lambda: TlogProof.parse(text),
        lambda: Checkpoint.parse(text),
        lambda: VerifierKey.parse(text),
    ]
    refused = 0
    for parse in parsers:
        try:
            parse()
        except Malformed:
            refused += 1
    assert refused >= 4  # no bytes are a note, a proof, a checkpoint and a key at once


@given(st.text(alphabet=st.characters(min_codepoint=32, exclude_categories=["Cs"])), st.integers(0, 3))
def test_notes_and_proofs_print_back_byte_for_byte(line: str, hashes: int) -> None:
    """Any text can be signed; note and proof around it read back to the same bytes."""
    note = sign_note(f"{line}\n\n{line}\n", log_signer())
    assert Note.from_bytes(note.to_bytes()) == note
    proof = TlogProof(hashes, (merkle.leaf_hash(b"x"),) * hashes, note, b"extra" if hashes else None)
    assert TlogProof.parse(str(proof)) == proof
