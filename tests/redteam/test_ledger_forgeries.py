"""Attacks on what the log says: keys, checkpoints and proofs that somebody made up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consent_ledger import log
from consent_ledger.checkpoint import Checkpoint
from consent_ledger.ed25519 import Ed25519Signer, verify_claims
from consent_ledger.errors import Untrue
from consent_ledger.leaf import to_bytes
from consent_ledger.merkle import Frontier, leaf_hash, node_hash, root_of
from consent_ledger.note import Note, sign_note
from consent_ledger.receipt import Receipt
from consent_ledger.storage.memory import MemoryStorage
from consent_ledger.tlog_proof import TlogProof
from tests.support.ledger import (
    ORIGIN,
    dice,
    grown,
    log_signer,
    logged,
    numbered_leaf,
    opening,
    published,
    trusted,
)


def test_a_forged_log_key_is_not_believed() -> None:
    """A forger with the log's name but another key signs a log of their own: not signed by a trusted key."""
    made = opening()
    storage = MemoryStorage()
    log.accept(storage, to_bytes(made.leaf()))
    log.advance(storage, log_signer(seed=66), dice=dice())
    proof = log.proof_for(storage, made.entry())
    assert proof is not None
    with pytest.raises(Untrue, match="trusted key"):
        Receipt(made, made.leaf(), TlogProof.parse(proof)).check(trusted())


def test_another_origin_under_the_same_key_is_not_believed() -> None:
    """An operator signs last year's or a private log with this log's key: the origin tells them apart."""
    made = opening()
    storage = MemoryStorage()
    entry = logged(storage, to_bytes(made.leaf()))[0]
    proof = log.proof_for(storage, entry)
    assert proof is not None
    honest = TlogProof.parse(proof)
    checkpoint = Checkpoint.parse(honest.checkpoint.text)
    private = sign_note(str(replace(checkpoint, origin="riverton.example/ledger/2025")), log_signer())
    with pytest.raises(Untrue, match="from another log"):
        Receipt(made, made.leaf(), replace(honest, checkpoint=private)).check(trusted())


def test_a_copied_key_id_is_not_believed() -> None:
    """A forger can copy name and key id into the signature line; the signature itself then fails."""
    note = Note.from_bytes(published(grown(1, 2, 3)))
    (line,) = note.signatures
    forged = log_signer(seed=66).sign(note.text.encode())
    with pytest.raises(Untrue, match="does not verify"):
        verify_claims(replace(note, signatures=(replace(line, signature=forged),)).claims(trusted().keys))


def test_one_bad_signature_among_good_ones_spoils_the_note() -> None:
    """A note that a trusted key signed twice, once wrongly, is rejected as a whole."""
    note = Note.from_bytes(published(grown(1)))
    (line,) = note.signatures
    with pytest.raises(Untrue):
        verify_claims(
            replace(note, signatures=(line, replace(line, signature=bytes(64)))).claims(trusted().keys)
        )


def test_an_interior_node_is_not_an_entry() -> None:
    """A second preimage: the bytes under an interior node, offered as an entry, hash to something else."""
    left, right = (leaf_hash(numbered_leaf(number)) for number in range(2))
    assert leaf_hash(left + right) != node_hash(left, right)
    assert leaf_hash(b"\x01" + left + right) != node_hash(left, right)


def test_a_proof_is_not_good_for_another_tree() -> None:
    """A true proof with a checkpoint of a larger or a smaller tree of the same log fails."""
    storage = grown(*range(5))
    entry = leaf_hash(numbered_leaf(3))
    before = log.proof_for(storage, entry)
    logged(storage, *(numbered_leaf(number) for number in range(5, 11)))
    after = log.proof_for(storage, entry)
    assert before is not None
    assert after is not None
    old, new = TlogProof.parse(before), TlogProof.parse(after)
    for mixed in (replace(old, checkpoint=new.checkpoint), replace(new, checkpoint=old.checkpoint)):
        with pytest.raises(Untrue):
            mixed.check(entry, trusted())


def test_an_entry_nobody_logged_has_no_proof() -> None:
    """A leaf hash that is only known, or was never seen, gets no proof."""
    storage = grown(1, 2)
    log.accept(storage, numbered_leaf(3))
    assert log.proof_for(storage, leaf_hash(numbered_leaf(3))) is None
    assert log.proof_for(storage, bytes(32)) is None


def test_a_root_cannot_hide_an_empty_tree() -> None:
    """The empty tree has its own root, and nothing is included in it."""
    assert Frontier().root() == root_of([])
    empty = sign_note(str(Checkpoint(ORIGIN, 0, Frontier().root())), log_signer())
    with pytest.raises(Untrue, match="outside the tree"):
        TlogProof(0, (), empty).check(leaf_hash(b""), trusted())


def test_a_signer_of_the_same_name_is_told_apart_by_its_key() -> None:
    """Two keys under one name have different key ids, so that neither passes for the other."""
    one, two = log_signer(), Ed25519Signer.from_seed(ORIGIN, bytes([66]) * 32)
    assert one.key.name == two.key.name
    assert one.key.key_id != two.key.key_id
