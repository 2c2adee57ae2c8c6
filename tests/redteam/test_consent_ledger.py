"""Attacks on the consent ledger, each under the name of who would try it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from consent_ledger import canonical, leaf, log, tiles
from consent_ledger.audit import audit, verify_growth
from consent_ledger.checkpoint import Checkpoint
from consent_ledger.commitment import commit
from consent_ledger.ed25519 import Ed25519Signer, verify_claims
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.leaf import ConsentLeaf, ErasureLeaf, to_bytes
from consent_ledger.merkle import Frontier, leaf_hash, node_hash, root_of
from consent_ledger.note import Note, sign_note
from consent_ledger.purposes import Purpose
from consent_ledger.receipt import Opening, Receipt
from consent_ledger.record import MAX_RECORD_BYTES, SIGNATURE_PREFIX, ConsentRecord, Gpc, Status
from consent_ledger.storage.memory import MemoryStorage
from consent_ledger.tlog_proof import TlogProof
from tests.support.ledger import (
    ORIGIN,
    device_signer,
    dice,
    log_signer,
    logged,
    numbered_leaf,
    opening,
    receipt_for,
    record,
    trusted,
)


def grown(*numbers: int) -> MemoryStorage:
    """A published log that holds these leaves."""
    storage = MemoryStorage()
    logged(storage, *(numbered_leaf(number) for number in numbers))
    return storage


def published(storage: MemoryStorage) -> bytes:
    checkpoint = storage.checkpoint()
    assert checkpoint is not None
    return checkpoint


def test_an_agency_cannot_invent_a_given() -> None:
    """The agency owns the log and its key, and logs a "given" that nobody gave: the receipt does not hold."""
    invented = record()
    by_agency = Opening(invented, bytes(32), log_signer().sign(invented.signed_bytes()))
    receipt = receipt_for(by_agency)
    with pytest.raises(Untrue, match="by its subject"):
        verify_claims(receipt.check(trusted()))


def test_an_agency_cannot_turn_a_refusal_into_a_given() -> None:
    """A true refusal with its own signature, presented as a "given" with a matching commitment, fails."""
    refused = opening(status=Status.REFUSED)
    turned = Opening(replace(refused.record, status=Status.GIVEN), refused.salt, refused.signature)
    with pytest.raises(Untrue, match="by its subject"):
        verify_claims(receipt_for(turned).check(trusted()))


@pytest.mark.parametrize(
    "changes",
    [
        {"purpose": Purpose.LEARN},
        {"controller": "elsewhere"},
        {"notice_hash": bytes(32)},
        {"notice_version": 2},
        {"notice_language": "fr"},
        {"gpc": Gpc.PRESENT},
        {"event_at": 1},
        {"previous": bytes(32)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_an_agency_cannot_stretch_a_consent(changes: dict[str, object]) -> None:
    """Another purpose, notice, time or agency under the same signature fails, though freshly committed to."""
    made = opening()
    stretched = Opening(replace(made.record, **changes), made.salt, made.signature)  # type: ignore[arg-type]
    with pytest.raises(Untrue, match="by its subject"):
        verify_claims(receipt_for(stretched).check(trusted()))


def test_a_signature_is_good_for_records_alone() -> None:
    """A device's signature over other bytes, even over the bare record, is not one on the record."""
    made = record()
    bare = Opening(made, bytes(32), device_signer().sign(made.to_bytes()))
    assert made.signed_bytes() == SIGNATURE_PREFIX + made.to_bytes()
    with pytest.raises(Untrue):
        verify_claims([bare.claim()])


def test_one_commitment_has_one_opening() -> None:
    """Whoever swaps record or salt under a logged commitment is found out without any signature."""
    receipt = receipt_for(opening())
    other = opening(1, purpose=Purpose.LEARN)
    for swapped in (other, replace(receipt.opening, salt=other.salt)):
        with pytest.raises(Untrue, match="commitment"):
            replace(receipt, opening=swapped).check(trusted())


def test_short_salts_cannot_collide() -> None:
    """HMAC pads keys with zeroes, so that a short salt could share a commitment with a long one: refused."""
    with pytest.raises(Malformed):
        commit(bytes(31), b"record")
    with pytest.raises(Malformed):
        commit(bytes(65), b"record")


def test_a_commitment_does_not_tell_the_record() -> None:
    """Readers of the log cannot test a guessed record: the same record commits differently each time."""
    assert opening(1).leaf().commitment != opening(2).leaf().commitment
    made = opening()
    public = to_bytes(made.leaf())
    for word in (made.record.subject_key.hex(), "riverton", "suggest", made.record.record_id):
        assert word.encode() not in public


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


def test_a_split_view_is_seen_by_whoever_holds_two_checkpoints() -> None:
    """An operator shows two trees of one size: each is signed, and neither continues the other."""
    one, two = grown(1, 2, 3, 4), grown(1, 2, 3, 5)
    report, claims = audit(one.read, published(one), trusted=trusted())
    verify_claims(claims)
    with pytest.raises(Untrue, match="past was rewritten"):
        verify_growth(one.read, published(two), later=report.checkpoint, trusted=trusted())


def test_a_rollback_is_seen_by_whoever_kept_a_checkpoint() -> None:
    """An operator goes back to a shorter log: the copy does not reach the checkpoint of another day."""
    storage = grown(1, 2, 3)
    early = published(storage)
    logged(storage, numbered_leaf(4))
    later = published(storage)
    short, _ = audit(storage.read, early, trusted=trusted())
    with pytest.raises(Untrue, match="shorter than it once was"):
        verify_growth(storage.read, later, later=short.checkpoint, trusted=trusted())
    whole, _ = audit(storage.read, later, trusted=trusted())
    verify_claims(verify_growth(storage.read, early, later=whole.checkpoint, trusted=trusted()))


def test_a_rewritten_past_is_not_signed() -> None:
    """An intruder rewrites tiles under a published tree: the log refuses to sign what follows."""

    class Rewritten(MemoryStorage):
        lie = False

        def read(self, path: str) -> bytes | None:
            data = super().read(path)
            if self.lie and data is not None and path.startswith("tile/0/"):
                return bytes(32) + data[32:]
            return data

    storage = Rewritten()
    logged(storage, *(numbered_leaf(number) for number in range(3)))
    storage.lie = True
    log.accept(storage, numbered_leaf(3))
    with pytest.raises(Untrue, match="does not continue"):
        log.advance(storage, log_signer(), dice=dice())
    assert Checkpoint.parse(Note.from_bytes(published(storage)).text).size == 3


def test_a_changed_staged_batch_is_not_integrated() -> None:
    """An intruder changes a batch between its sequencing and its integration: found by its name."""

    class Changed(MemoryStorage):
        def read(self, path: str) -> bytes | None:
            data = super().read(path)
            return data[:-1] + b" " if data is not None and path.startswith("staging/") else data

    storage = Changed()
    log.accept(storage, numbered_leaf(1))
    with pytest.raises(Untrue, match="not the bytes that were sequenced"):
        log.advance(storage, log_signer(), dice=dice())


def test_a_replayed_consent_is_logged_once() -> None:
    """The same event sent a hundred times, before and after publication, is one entry with one place."""
    storage = MemoryStorage()
    data = to_bytes(opening().leaf())
    for _ in range(50):
        log.accept(storage, data)
    log.advance(storage, log_signer(), dice=dice())
    for _ in range(50):
        log.accept(storage, data)
    assert log.advance(storage, log_signer(), dice=dice()).size == 1


def test_a_withdrawal_of_nothing_is_refused() -> None:
    """A withdrawal names the event that it follows; one that follows nothing is untrue."""
    with pytest.raises(Untrue, match="never decided"):
        record(status=Status.WITHDRAWN)


def test_a_silent_deletion_breaks_the_audit() -> None:
    """Any entry changed, left out, or put in twice in a copied log is found, as is an erasure too many."""
    storage = grown(*range(300))
    checkpoint = published(storage)
    report, claims = audit(storage.read, checkpoint, trusted=trusted())
    verify_claims(claims)
    assert report.kinds == {"notice": 300}

    def with_bundle(entries: tuple[bytes, ...]) -> None:
        def read(path: str) -> bytes | None:
            return tiles.encode_entries(entries) if path == "tile/entries/000" else storage.read(path)

        audit(read, checkpoint, trusted=trusted())

    entries = tiles.read_entries(tiles.Tile(-1, 0, 256), storage.read)
    with_bundle(entries)
    with pytest.raises(Untrue, match="contradicts the entries"):
        with_bundle((numbered_leaf(999), *entries[1:]))
    with pytest.raises(Untrue, match="width"):
        with_bundle(entries[1:])
    with pytest.raises(Untrue, match="contradicts the entries"):
        with_bundle((entries[1], *entries[1:]))
    # Put in twice by the log itself, tiles and all.
    twice = grown(*range(3))
    twice.put_entry(b"another name".ljust(32), numbered_leaf(1))
    log.advance(twice, log_signer(), dice=dice())
    with pytest.raises(Untrue, match="stands twice"):
        audit(twice.read, published(twice), trusted=trusted())
    with pytest.raises(Untrue, match="no leaf"):
        with_bundle((b"{}", *entries[1:]))
    erased = MemoryStorage()
    logged(erased, to_bytes(ErasureLeaf(1, bytes(16))))
    with pytest.raises(Untrue, match="more was erased"):
        audit(erased.read, published(erased), trusted=trusted())


def test_a_missing_tile_is_evidence() -> None:
    """A copy that lacks any one of its files does not pass."""
    storage = grown(*range(300))
    for missing in (tile.path for tile in tiles.tiles_of(300)):
        with pytest.raises(Untrue, match="missing"):
            audit(
                lambda path, missing=missing: None if path == missing else storage.read(path),
                published(storage),
                trusted=trusted(),
            )


def test_a_signed_lie_about_the_root_is_found() -> None:
    """The operator signs a root that the entries do not lead to: the audit computes its own."""
    storage = grown(1, 2, 3)
    lie = sign_note(str(Checkpoint(ORIGIN, 3, bytes(32))), log_signer())
    with pytest.raises(Untrue, match="another root"):
        audit(storage.read, lie.to_bytes(), trusted=trusted())


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"null", b"[" * 100_000, b'{"v":1}', b"\xff" * 100, b"x" * 10_000_000],
    ids=["empty", "object", "null", "brackets", "version", "binary", "long"],
)
def test_rubbish_is_malformed_and_nothing_else(data: bytes) -> None:
    """A client that sends rubbish gets `Malformed` from every parser, and never another exception."""
    for parse in (ConsentRecord.from_bytes, Receipt.from_bytes, leaf.parse_leaf, Note.from_bytes):
        with pytest.raises(Malformed):
            parse(data)
    with pytest.raises(Malformed):
        log.accept(MemoryStorage(), data)


def test_an_oversize_record_is_refused() -> None:
    """A record padded with anything beyond its layout or its limit does not parse."""
    value = record().to_json()
    with pytest.raises(Malformed):
        ConsentRecord.from_bytes(canonical.encode({**value, "dct:description": "x"}))
    with pytest.raises(Malformed, match="too long"):
        ConsentRecord.from_bytes(canonical.encode({**value, "dct:description": "x" * MAX_RECORD_BYTES}))
    longest = record(
        controller="a" * 100,
        notice_version=canonical.MAX_INTEGER,
        previous=bytes(32),
        purpose=Purpose.LEARN,
        status=Status.WITHDRAWN,
    )
    assert len(longest.to_bytes()) <= MAX_RECORD_BYTES
    assert ConsentRecord.from_bytes(longest.to_bytes()) == longest


def test_errors_repeat_nothing_from_the_input() -> None:
    """A canary in any field of a bad record, leaf or receipt never reaches the error text."""
    canary = "canary-7f3a"
    value = json.loads(record().to_bytes())
    texts = []
    for field in list(value):
        with pytest.raises(Malformed) as caught:
            ConsentRecord.from_bytes(canonical.encode({**value, field: canary}))
        texts.append(str(caught.value))
    for data in (f'{{"k":"{canary}","v":1}}', f'{{"h":"{canary}","k":"notice","v":1}}', f'{{"{canary}":1}}'):
        with pytest.raises(Malformed) as caught:
            leaf.parse_leaf(data.encode())
        texts.append(str(caught.value))
    assert len(texts) > 10
    assert not [text for text in texts if canary in text]


def test_an_entry_nobody_logged_has_no_proof() -> None:
    """A leaf hash that is only known, or was never seen, gets no proof."""
    storage = grown(1, 2)
    log.accept(storage, numbered_leaf(3))
    assert log.proof_for(storage, leaf_hash(numbered_leaf(3))) is None
    assert log.proof_for(storage, bytes(32)) is None


def test_a_notice_named_by_the_log_alone_is_not_believed() -> None:
    """The log names another notice than the one that the citizen signed for: the receipt does not hold."""
    made = opening()
    honest = made.leaf()
    other = ConsentLeaf(honest.commitment, bytes(32))
    storage = MemoryStorage()
    entry = logged(storage, to_bytes(other))[0]
    proof = log.proof_for(storage, entry)
    assert proof is not None
    with pytest.raises(Untrue, match="another notice"):
        Receipt(made, other, TlogProof.parse(proof)).check(trusted())


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
