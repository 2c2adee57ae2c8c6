"""Proofs made from a log's public part alone, each checked before it is handed out.

One proof reads the checkpoint and at most one tile a level: O(log n). Finding an entry by its hash alone
reads the lowest level through, 256 hashes a tile.
"""

from __future__ import annotations

from collections.abc import Callable

from consent_ledger.checkpoint import Checkpoint, LogKeys
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Refused, Untrue
from consent_ledger.merkle import (
    consistency_proof,
    inclusion_proof,
    root_at,
    verify_consistency,
    verify_inclusion,
)
from consent_ledger.note import Note
from consent_ledger.tiles import WIDTH, read_hashes, tile_at, tile_nodes
from consent_ledger.tlog_proof import TlogProof
from consent_ledger.witness import AddCheckpoint
from nearside.public_log.layout import CHECKPOINT, superseded
from nearside.public_log.source import PublicLog, need

Advance = Callable[[int], None]
"""Told how many more entries were looked at."""


def believed(note: Note, trusted: LogKeys) -> Checkpoint:
    """The checkpoint in `note`, its signatures verified; raises as `LogKeys.check` and `verify_claims` do."""
    checkpoint, claims = trusted.check(note)
    verify_claims(claims)
    return checkpoint


def latest(log: PublicLog) -> Note:
    """The published checkpoint, its signatures not yet verified; raises `Malformed` when there is none."""
    return Note.from_bytes(need(log, CHECKPOINT))


def published_at(log: PublicLog, size: int) -> Note:
    """The checkpoint of exactly `size` entries; raises `Refused` when none was published or kept."""
    note = latest(log)
    if Checkpoint.parse(note.text).size == size:
        return note
    data = log.read(superseded(size))
    if data is None:
        raise Refused("log: no checkpoint of that size is kept")
    return Note.from_bytes(data)


def find(log: PublicLog, entry: bytes, *, size: int, advance: Advance) -> int | None:
    """The index of the entry with this leaf hash among the first `size`, or None; reads tiles in order."""
    for start in range(0, size, WIDTH):
        hashes = read_hashes(tile_at(0, start // WIDTH, size), log.read)
        if entry in hashes:
            return start + hashes.index(entry)
        advance(len(hashes))
    return None


def leaf_at(log: PublicLog, index: int, *, size: int) -> bytes:
    """The leaf hash of the entry at `index`; raises `Refused` outside the tree."""
    if not 0 <= index < size:
        raise Refused("log: fewer entries are published")
    return read_hashes(tile_at(0, index // WIDTH, size), log.read)[index % WIDTH]


def prove_inclusion(log: PublicLog, index: int, *, entry: bytes, note: Note) -> TlogProof:
    """The proof that leaf hash `entry` is at `index` in the tree of `note`.

    Raises `Untrue` when the log's tiles and its checkpoint contradict each other.
    """
    checkpoint = Checkpoint.parse(note.text)
    hashes = inclusion_proof(index, checkpoint.size, tile_nodes(log.read, checkpoint.size))
    verify_inclusion(index, checkpoint.size, leaf=entry, proof=hashes, root=checkpoint.root)
    return TlogProof(index, hashes, note)


def prove_growth(log: PublicLog, old: int, *, note: Note) -> tuple[bytes, AddCheckpoint]:
    """The root of the log's first `old` entries, and the proof that the tree of `note` continues them.

    The proof is what a witness is asked with (C2SP tlog-witness, "add-checkpoint"). Raises `Refused` when the
    tree has fewer entries, and `Untrue` when tiles and checkpoint contradict each other.
    """
    checkpoint = Checkpoint.parse(note.text)
    if old > checkpoint.size:
        raise Refused("log: fewer entries are published")
    node = tile_nodes(log.read, checkpoint.size)
    if root_at(checkpoint.size, node) != checkpoint.root:
        raise Untrue("log: its tiles lead to another root than its checkpoint's")
    hashes, root = consistency_proof(old, checkpoint.size, node), root_at(old, node)
    verify_consistency(old, checkpoint.size, old_root=root, new_root=checkpoint.root, proof=hashes)
    return root, AddCheckpoint(old, hashes, note)


def check_growth(proof: AddCheckpoint, earlier: Checkpoint) -> Checkpoint:
    """Check that the tree in `proof` continues `earlier`, and return its checkpoint.

    No signature is verified here. Raises `Untrue` when it does not, or when the proof is about another one.
    """
    later = Checkpoint.parse(proof.checkpoint.text)
    if earlier.size != proof.old or earlier.origin != later.origin:
        raise Untrue("growth: a proof about another checkpoint than the earlier one")
    verify_consistency(
        earlier.size, later.size, old_root=earlier.root, new_root=later.root, proof=proof.proof
    )
    return later
