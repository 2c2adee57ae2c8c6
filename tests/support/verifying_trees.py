"""Verifying vectors of trees: proofs, bundles of entries, whole copies of a log."""

from __future__ import annotations

from collections.abc import Iterator

from consent_ledger import leaf, merkle, tiles
from consent_ledger.checkpoint import Checkpoint
from consent_ledger.note import sign_note
from consent_ledger.purposes import Purpose
from consent_ledger.storage.memory import MemoryStorage
from tests.support.ledger import ORIGIN, log_signer, logged, numbered_leaf, opening
from tests.support.verifying_rows import MALFORMED, UNTRUE, Row, row


def inclusion_rows() -> Iterator[Row]:
    """Proofs of entries in trees, and each with one thing changed."""
    leaves = [merkle.leaf_hash(numbered_leaf(number)) for number in range(13)]
    node = merkle.nodes_of(leaves)
    for index, size in ((0, 1), (0, 2), (4, 5), (5, 13), (12, 13), (7, 8)):
        proof = [each.hex() for each in merkle.inclusion_proof(index, size, node)]
        root = merkle.root_of(leaves[:size]).hex()
        given = {
            "index": str(index),
            "size": str(size),
            "leaf": leaves[index].hex(),
            "proof": proof,
            "root": root,
        }
        where = f"entry {index} of {size}"
        yield row(where, "inclusion", given, {"value": None})
        yield row(f"{where}, another entry", "inclusion", {**given, "leaf": "00" * 32}, UNTRUE)
        yield row(f"{where}, another root", "inclusion", {**given, "root": "00" * 32}, UNTRUE)
        yield row(f"{where}, one hash more", "inclusion", {**given, "proof": [*proof, root]}, UNTRUE)
        yield row(f"{where}, an index beyond the tree", "inclusion", {**given, "index": str(size)}, UNTRUE)
        if proof:
            yield row(f"{where}, one hash fewer", "inclusion", {**given, "proof": proof[:-1]}, UNTRUE)
            yield row(f"{where}, a tree of another size", "inclusion", {**given, "size": "100"}, UNTRUE)


def consistency_rows() -> Iterator[Row]:
    """Proofs that a tree continues another, and each with one thing changed."""
    leaves = [merkle.leaf_hash(numbered_leaf(number)) for number in range(13)]
    node = merkle.nodes_of(leaves)
    for old, size in ((0, 13), (1, 2), (3, 7), (4, 8), (6, 13), (8, 13), (13, 13)):
        proof = [each.hex() for each in merkle.consistency_proof(old, size, node)]
        given = {
            "old": str(old),
            "size": str(size),
            "old_root": merkle.root_of(leaves[:old]).hex(),
            "root": merkle.root_of(leaves[:size]).hex(),
            "proof": proof,
        }
        where = f"from {old} to {size}"
        yield row(where, "consistency", given, {"value": None})
        yield row(f"{where}, another old root", "consistency", {**given, "old_root": "00" * 32}, UNTRUE)
        yield row(f"{where}, one hash more", "consistency", {**given, "proof": [*proof, "00" * 32]}, UNTRUE)
        yield row(
            f"{where}, a tree that shrank",
            "consistency",
            {**given, "size": str(old), "old": str(size + 1)},
            UNTRUE,
        )
        if old:
            yield row(f"{where}, another new root", "consistency", {**given, "root": "00" * 32}, UNTRUE)
        if proof:
            yield row(f"{where}, one hash fewer", "consistency", {**given, "proof": proof[:-1]}, UNTRUE)
            yield row(f"{where}, no proof", "consistency", {**given, "proof": []}, UNTRUE)


def entry_rows() -> Iterator[Row]:
    """Bundles of entries, whole and cut."""
    bundle = tiles.encode_entries([b"", b"one", bytes(300)]).hex()
    yield row("three entries", "entries", {"data": bundle}, {"value": ["", b"one".hex(), "00" * 300]})
    yield row("no entry", "entries", {"data": ""}, {"value": []})
    yield row("ends within a length", "entries", {"data": bundle + "00"}, MALFORMED)
    yield row("ends within an entry", "entries", {"data": bundle[:-2]}, MALFORMED)


def honest_copy() -> Row:
    """A copy of a log of 300 entries: files below its prefix, checkpoint, and whom to trust."""
    storage = MemoryStorage()
    made = [opening(number, purpose=Purpose.LEARN) for number in range(2)]
    numbered = [numbered_leaf(number) for number in range(297)]
    erasure = leaf.to_bytes(leaf.ErasureLeaf(1, bytes(16)))
    logged(storage, *(leaf.to_bytes(each.leaf()) for each in made), *numbered, erasure)
    files = {tile.path: (storage.read(tile.path) or b"").hex() for tile in tiles.tiles_of(300)}
    return {"files": files, "note": (storage.checkpoint() or b"").hex(), "trusted": str(log_signer().key)}


def copy_rows() -> Iterator[Row]:
    """The honest copy, and what changes in it; null stands for a file that is not there."""
    honest = honest_copy()
    held = {path: bytes.fromhex(data) for path, data in honest["files"].items()}
    note = bytes.fromhex(honest["note"])
    bundle, partial, above = "tile/entries/001.p/44", "tile/0/001.p/44", "tile/1/000.p/1"
    entries = tiles.decode_entries(held[bundle])
    whole = {"value": ["300", {"consent": 2, "erasure": 1, "notice": 297}, 1]}

    # What the tile will hold once the log has grown to 512 entries; the rest of it is not looked at.
    full = held[partial].ljust(tiles.WIDTH * merkle.HASH_BYTES, b"\0")

    def rewritten(*first: bytes) -> bytes:
        return tiles.encode_entries([*first, *entries[1:]])

    files: tuple[tuple[str, Row, dict[str, bytes | None]], ...] = (
        ("honest", whole, {}),
        ("a longer tile for a partial one", UNTRUE, {partial: held[partial] + bytes(32)}),
        ("a full tile in the place of a partial one", whole, {partial: None, "tile/0/001": full}),
        ("a partial tile under a full one's name", UNTRUE, {partial: None, "tile/0/001": held[partial]}),
        ("an entry rewritten", UNTRUE, {bundle: rewritten(numbered_leaf(999))}),
        ("an entry dropped", UNTRUE, {bundle: rewritten()}),
        ("an entry twice", UNTRUE, {bundle: rewritten(entries[1])}),
        ("an entry that is no leaf", UNTRUE, {bundle: rewritten(b"{}")}),
        ("a bundle cut", MALFORMED, {bundle: held[bundle][:-1]}),
        ("a bundle missing", UNTRUE, {bundle: None}),
        ("a tile missing", UNTRUE, {above: None}),
        ("a tile of another level", UNTRUE, {above: held["tile/0/000"][:32]}),
        ("a tile cut", UNTRUE, {partial: held[partial][:-1]}),
        ("a tile rewritten", UNTRUE, {"tile/0/000": held["tile/0/000"][::-1]}),
    )
    for why, outcome, changed in files:
        printed = {path: None if data is None else data.hex() for path, data in changed.items()}
        yield row(f"copy: {why}", "copy", {"changed": printed}, outcome)
    for why, note_of, changed in consistent_lies():
        printed = {path: data.hex() for path, data in changed.items()}
        yield row(f"copy: {why}", "copy", {"changed": printed, "note": note_of.hex()}, UNTRUE)
    shorter = note.replace(b"\n300\n", b"\n299\n")
    yield row("copy: another size", "copy", {"changed": {}, "note": shorter.hex()}, UNTRUE)
    yield row("copy: no checkpoint", "copy", {"changed": {}, "note": b"hello\n".hex()}, MALFORMED)


def consistent_lies() -> Iterator[tuple[str, bytes, dict[str, bytes]]]:
    """Logs of three entries that agree with themselves in all but one thing, and are signed all the same."""
    notices = [numbered_leaf(number) for number in range(3)]
    erasure = leaf.to_bytes(leaf.ErasureLeaf(1, bytes(16)))
    for why, entries, root in (
        ("an entry stands twice in the tree", [*notices[:2], notices[0]], None),
        ("an entry of the tree is no leaf", [*notices[:2], b"{}"], None),
        ("more was erased than was consented to", [*notices[:2], erasure], None),
        ("signed is another root", notices, bytes(32)),
    ):
        hashes = [merkle.leaf_hash(entry) for entry in entries]
        checkpoint = Checkpoint(ORIGIN, len(entries), root or merkle.root_of(hashes))
        files = {"tile/entries/000.p/3": tiles.encode_entries(entries), "tile/0/000.p/3": b"".join(hashes)}
        yield why, sign_note(str(checkpoint), log_signer()).to_bytes(), files
