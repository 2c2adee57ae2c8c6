"""Attacks with the log's own files: one served in the place of another, each honest where it belongs."""

from __future__ import annotations

from typing import TypeAlias

import pytest

from consent_ledger import merkle, tiles
from consent_ledger.audit import audit
from consent_ledger.checkpoint import Checkpoint
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.merkle import leaf_hash
from consent_ledger.note import Note, sign_note
from tests.support.ledger import ORIGIN, log_signer, numbered_leaf, trusted

Copy: TypeAlias = tuple[dict[str, bytes], bytes]

SIZE = 600
COLUMNS = {"tile/0/000": "tile/0/001", "tile/0/001": "tile/0/000"}
BUNDLES = {"tile/entries/000": "tile/entries/001", "tile/entries/001": "tile/entries/000"}
SWAPS = {
    "two hash tiles": COLUMNS,
    "two bundles": BUNDLES,
    "two bundles and the hash tiles above them": {**COLUMNS, **BUNDLES},
    "a tile of the level above": {"tile/0/000": "tile/1/000.p/2"},
    "a tile of the level below": {"tile/1/000.p/2": "tile/0/000"},
    "a partial tile for a full one": {"tile/0/000": "tile/0/002.p/88"},
    "a full tile for a partial one": {"tile/0/002.p/88": "tile/0/000"},
    "a bundle for a hash tile": {"tile/0/000": "tile/entries/000"},
    "a hash tile for a bundle": {"tile/entries/000": "tile/0/000"},
    "the checkpoint for a tile": {"tile/0/000": "checkpoint"},
}


@pytest.fixture(scope="module")
def honest_copy() -> Copy:
    """The files of a log, with tiles on two levels, and its checkpoint."""
    entries = [numbered_leaf(number) for number in range(SIZE)]
    hashes = [leaf_hash(entry) for entry in entries]
    checkpoint = sign_note(str(Checkpoint(ORIGIN, SIZE, merkle.root_of(hashes))), log_signer()).to_bytes()
    return {**tiles.grow(0, entries, hashes, lambda _: None), "checkpoint": checkpoint}, checkpoint


def test_the_honest_copy_passes(honest_copy: Copy) -> None:
    """Where every file is in its place there is nothing to find."""
    files, checkpoint = honest_copy
    report, _ = audit(files.get, checkpoint, trusted=trusted())
    assert (report.checkpoint.size, report.kinds) == (SIZE, {"notice": SIZE})


@pytest.mark.parametrize("swap", SWAPS)
def test_a_swapped_tile_is_found(swap: str, honest_copy: Copy) -> None:
    """An intruder, or a broken cache, serves one tile in the place of another: the audit does not pass."""
    files, checkpoint = honest_copy
    served = {**files, **{path: files[other] for path, other in SWAPS[swap].items()}}
    with pytest.raises((Untrue, Malformed)):
        audit(served.get, checkpoint, trusted=trusted())


@pytest.mark.parametrize("swap", SWAPS)
def test_no_proof_from_a_swapped_tile_is_believed(swap: str, honest_copy: Copy) -> None:
    """Proofs made from swapped tiles are the honest ones, or lead nowhere; none shows an entry elsewhere."""
    files, checkpoint = honest_copy
    served = {**files, **{path: files[other] for path, other in SWAPS[swap].items()}}
    root = Checkpoint.parse(Note.from_bytes(checkpoint).text).root
    node, honest = tiles.tile_nodes(served.get, SIZE), tiles.tile_nodes(files.get, SIZE)
    wrong = 0
    for index in (0, 1, 255, 256, 300, 511, 512, 513, 599):
        leaf = leaf_hash(numbered_leaf(index))
        try:
            proof = merkle.inclusion_proof(index, SIZE, node)
        except Untrue:
            wrong += 1
            continue
        if proof == merkle.inclusion_proof(index, SIZE, honest):
            merkle.verify_inclusion(index, SIZE, leaf=leaf, proof=proof, root=root)
        else:
            wrong += 1
            with pytest.raises(Untrue):
                merkle.verify_inclusion(index, SIZE, leaf=leaf, proof=proof, root=root)
    assert wrong or not any(path.startswith("tile/0/0") for path in SWAPS[swap])
