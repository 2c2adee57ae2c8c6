"""The log's life: accept, sequence, integrate, publish; and proofs of what was published.

Each verb can be stopped at any point and begun again by anybody, any number of times at once.
Only `sequence` gives entries a place, by one conditional write of the head; all else follows from it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from consent_ledger import tiles
from consent_ledger.checkpoint import Checkpoint
from consent_ledger.errors import Untrue
from consent_ledger.leaf import parse_leaf
from consent_ledger.merkle import NodeReader, inclusion_proof, leaf_hash, root_at
from consent_ledger.note import Note, Signer, sign_note
from consent_ledger.quorum import Cosigners, Overtaken
from consent_ledger.storage.ports import Head, Storage
from consent_ledger.tlog_proof import TlogProof

Dice = Callable[[int], int]
"""`dice(n)`: a whole number from 0 to n - 1, each as likely; `secrets.randbelow` outside tests."""

MAX_BATCH = 1024


def accept(storage: Storage, leaf: bytes) -> bytes:
    """Take an entry in, and return its leaf hash; the same bytes again change nothing.

    Once this returns the entry will not be lost. Raises `Malformed` when `leaf` is no leaf.
    """
    parse_leaf(leaf)
    entry = leaf_hash(leaf)
    storage.put_entry(entry, leaf)
    return entry


def sequence(storage: Storage, dice: Dice, *, limit: int = MAX_BATCH) -> int:
    """Give at most `limit` pending entries their places, in shuffled order; return how many.

    0 when nothing is pending, when the last batch is not integrated yet, or when somebody else was faster.
    """
    # The head is read before the pending entries: once a batch is sequenced the head differs, so that entries
    # of that batch seen here can never be sequenced a second time.
    head = storage.head()
    if head.clean != head.size:
        return 0
    batch = sorted(storage.pending(limit))
    if not batch:
        return 0
    for last in range(len(batch) - 1, 0, -1):
        # Arrival order would tell who came after whom: inside a batch it is forgotten (Fisher and Yates).
        chosen = dice(last + 1)
        batch[last], batch[chosen] = batch[chosen], batch[last]
    bundle = tiles.encode_entries(batch)
    staged = f"staging/{head.size}-{hashlib.sha256(bundle).hexdigest()}"
    storage.write_once(staged, bundle)
    return len(batch) if storage.swap_head(head, Head(head.size + len(batch), head.clean, staged)) else 0


def integrate(storage: Storage) -> int:
    """Write the tiles of the batch that was sequenced last, and settle its entries; return the clean size.

    Raises `Untrue` when the staged batch is missing or not what the head names.
    """
    head = storage.head()
    if head.clean == head.size:
        return head.size
    entries = _staged(storage, head)
    hashes = [leaf_hash(entry) for entry in entries]
    for path, data in tiles.grow(head.clean, entries, hashes, storage.read).items():
        storage.write_once(path, data)
    storage.settle(head.clean, hashes)
    # Whether this swap or another integrator's succeeds, the work is done.
    storage.swap_head(head, Head(head.size, head.size))
    return head.size


def publish(storage: Storage, signer: Signer, *, cosigners: Cosigners | None = None) -> Checkpoint:
    """Sign the clean tree, have it cosigned, and publish its checkpoint, unless that is done; return it.

    The signer's key name is the origin. Raises `Untrue` when the tree does not continue the one published
    before or what witnesses have seen (a log must never sign two trees that disagree: C2SP tlog-checkpoint,
    "Signatures"), and `Refused` when too few witnesses cosigned: then the older checkpoint stays published,
    and nothing is lost.
    """
    while True:
        # The published checkpoint is read before the head, which only grows: a smaller head is a lost tree.
        published = storage.checkpoint()
        size = storage.head().clean
        node = tiles.tile_nodes(storage.read, size)
        known = 0
        note = None
        if published is not None:
            before = Note.from_bytes(published)
            known = _continued(before, signer.key.name, size, node).size
            note = before if known == size else None
            if note is not None and (cosigners is None or cosigners.suffice(note)):
                return Checkpoint.parse(note.text)
        if note is None:
            note = sign_note(str(Checkpoint(signer.key.name, size, root_at(size, node))), signer)
        if cosigners is not None:
            try:
                note = cosigners.cosign(note, known=known, node=node)
            except Overtaken:
                if storage.head().clean > size:
                    continue
                raise Untrue("checkpoint: a witness has seen a larger tree than there is") from None
        if published is not None and known != size:
            _keep(storage, known, published)
        if storage.swap_checkpoint(published, note.to_bytes()):
            return Checkpoint.parse(note.text)


def advance(
    storage: Storage,
    signer: Signer,
    *,
    dice: Dice,
    limit: int = MAX_BATCH,
    cosigners: Cosigners | None = None,
) -> Checkpoint:
    """One whole round: finish what was begun, take in one batch, publish; return the published checkpoint."""
    integrate(storage)
    if sequence(storage, dice, limit=limit):
        integrate(storage)
    return publish(storage, signer, cosigners=cosigners)


def proof_for(storage: Storage, entry: bytes) -> str | None:
    """The text of a proof that `entry`, a leaf hash, is in the published tree; None while it is not."""
    published, index = storage.checkpoint(), storage.index_of(entry)
    if published is None or index is None:
        return None
    note = Note.from_bytes(published)
    checkpoint = Checkpoint.parse(note.text)
    if index >= checkpoint.size:
        return None
    node = tiles.tile_nodes(storage.read, checkpoint.size)
    return str(TlogProof(index, inclusion_proof(index, checkpoint.size, node), note))


def _continued(before: Note, origin: str, size: int, node: NodeReader) -> Checkpoint:
    """The checkpoint published before, which the tree of `size` entries must continue; raises `Untrue`."""
    checkpoint = Checkpoint.parse(before.text)
    if checkpoint.origin != origin:
        raise Untrue("checkpoint: published by another log")
    if checkpoint.size > size or root_at(checkpoint.size, node) != checkpoint.root:
        raise Untrue("checkpoint: the tree does not continue the published one")
    return checkpoint


def _keep(storage: Storage, size: int, superseded: bytes) -> None:
    """Keep a checkpoint for ever that another one is about to replace; raises `Untrue`."""
    path = f"checkpoints/{size}"
    try:
        storage.write_once(path, superseded)
    except FileExistsError:
        # Cosignatures that were added since another publisher wrote it change no word of the log's own.
        kept = storage.read(path)
        if kept is None or Note.from_bytes(kept).text != Note.from_bytes(superseded).text:
            raise Untrue("checkpoint: another one was published with this size") from None


def _staged(storage: Storage, head: Head) -> tuple[bytes, ...]:
    bundle = storage.read(head.staged)
    if bundle is None:
        raise Untrue("staged batch: missing")
    if head.staged != f"staging/{head.clean}-{hashlib.sha256(bundle).hexdigest()}":
        raise Untrue("staged batch: not the bytes that were sequenced")
    entries = tiles.decode_entries(bundle)
    if len(entries) != head.size - head.clean:
        raise Untrue("staged batch: not as many entries as were sequenced")
    return entries
