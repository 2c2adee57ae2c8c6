"""Attacks on the log's past: what an operator or an intruder would change in it, and who finds it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consent_ledger import log, merkle, tiles
from consent_ledger.audit import audit, verify_growth
from consent_ledger.checkpoint import Checkpoint, LogKeys
from consent_ledger.cosignature import WitnessKey, cosign
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Untrue
from consent_ledger.leaf import ErasureLeaf, to_bytes
from consent_ledger.merkle import leaf_hash, root_of
from consent_ledger.note import Note, sign_note
from consent_ledger.receipt import Opening, Receipt
from consent_ledger.record import Status
from consent_ledger.storage.memory import MemoryStorage
from consent_ledger.tlog_proof import TlogProof
from consent_ledger.witness import AddCheckpoint
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
from tests.support.witnesses import witness, witness_signer


def said(note: bytes) -> Checkpoint:
    """What a note says, its signatures not verified."""
    return Checkpoint.parse(Note.from_bytes(note).text)


def test_a_split_view_is_seen_by_whoever_holds_two_checkpoints() -> None:
    """An operator shows two trees of one size: each is signed, and neither continues the other."""
    one, two = grown(1, 2, 3, 4), grown(1, 2, 3, 5)
    report, claims = audit(one.read, published(one), trusted=trusted())
    verify_claims(claims)
    with pytest.raises(Untrue, match="past was rewritten"):
        verify_growth(said(published(two)), report.checkpoint, node=tiles.tile_nodes(one.read, 4))


def test_a_rollback_is_seen_by_whoever_kept_a_checkpoint() -> None:
    """An operator goes back to a shorter log: the copy does not reach the checkpoint of another day."""
    storage = grown(1, 2, 3)
    early = published(storage)
    logged(storage, numbered_leaf(4))
    later = published(storage)
    short, _ = audit(storage.read, early, trusted=trusted())
    with pytest.raises(Untrue, match="shorter than it once was"):
        verify_growth(said(later), short.checkpoint, node=tiles.tile_nodes(storage.read, 3))
    whole, _ = audit(storage.read, later, trusted=trusted())
    node = tiles.tile_nodes(storage.read, 4)
    assert verify_growth(said(early), whole.checkpoint, node=node) == whole.checkpoint == said(later)


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


def relaid(entries: list[bytes], *, seed: int = 1) -> tuple[dict[str, bytes], bytes]:
    """The files of a log of these entries in this order, and its checkpoint: nothing contradicts anything."""
    hashes = [leaf_hash(entry) for entry in entries]
    files = tiles.grow(0, entries, hashes, lambda _: None)
    text = str(Checkpoint(ORIGIN, len(entries), root_of(hashes)))
    return files, sign_note(text, log_signer(seed)).to_bytes()


def entries_of(storage: MemoryStorage, size: int) -> list[bytes]:
    bundles = [tile for tile in tiles.tiles_of(size) if tile.level < 0]
    return [entry for tile in bundles for entry in tiles.read_entries(tile, storage.read)]


@pytest.mark.parametrize("attack", ["rewritten", "dropped", "exchanged", "put in"])
def test_an_operator_who_rebuilds_the_whole_log_is_found(attack: str) -> None:
    """The operator rewrites, drops, exchanges or adds an old entry, makes all tiles anew and signs.

    Nothing in such a copy contradicts anything; whoever kept a checkpoint, or is a witness, sees it.
    """
    storage = grown(*range(300))
    kept = published(storage)
    honest = entries_of(storage, 300)
    remembering = witness(0)
    assert remembering.add_checkpoint(AddCheckpoint(0, (), Note.from_bytes(kept)).to_bytes()).status == 200
    changed = {
        "rewritten": [*honest[:7], numbered_leaf(999), *honest[8:]],
        "dropped": [*honest[:7], *honest[8:], numbered_leaf(999)],
        "exchanged": [*honest[:7], honest[8], honest[7], *honest[9:]],
        "put in": [*honest[:7], numbered_leaf(999), *honest[7:]],
    }[attack]
    files, checkpoint = relaid(changed)
    report, claims = audit(files.get, checkpoint, trusted=trusted())
    verify_claims(claims)
    size = report.checkpoint.size
    node = tiles.tile_nodes(files.get, size)
    with pytest.raises(Untrue, match="past was rewritten"):
        verify_growth(said(kept), report.checkpoint, node=node)
    for proof in ((), merkle.consistency_proof(300, size, node)):
        request = AddCheckpoint(300, proof, Note.from_bytes(checkpoint)).to_bytes()
        assert remembering.add_checkpoint(request).status in (409, 422)


@pytest.mark.parametrize("attack", ["rewritten", "dropped", "exchanged"])
def test_a_receipt_outlives_a_rebuilt_log(attack: str) -> None:
    """Whoever holds a receipt for an entry that was rewritten away holds the proof; no new one is made."""
    made = opening()
    storage = MemoryStorage()
    logged(storage, to_bytes(made.leaf()), *(numbered_leaf(number) for number in range(299)))
    proof = log.proof_for(storage, made.entry())
    assert proof is not None
    receipt = Receipt(made, made.leaf(), TlogProof.parse(proof))
    verify_claims(receipt.check(trusted()))
    honest = entries_of(storage, 300)
    place = honest.index(to_bytes(made.leaf()))
    near = (place + 1) % 300
    changed = list(honest)
    match attack:
        case "rewritten":
            changed[place] = numbered_leaf(999)
        case "dropped":
            changed = [*honest[:place], *honest[place + 1 :], numbered_leaf(999)]
        case _:
            changed[place], changed[near] = changed[near], changed[place]
    files, checkpoint = relaid(changed)
    node = tiles.tile_nodes(files.get, 300)
    moved = TlogProof(place, merkle.inclusion_proof(place, 300, node), Note.from_bytes(checkpoint))
    with pytest.raises(Untrue, match="another root"):
        moved.check(made.entry(), trusted())
    with pytest.raises(Untrue):
        TlogProof(place, receipt.proof.hashes, Note.from_bytes(checkpoint)).check(made.entry(), trusted())


def test_an_intruder_without_the_key_cannot_publish_what_was_rebuilt() -> None:
    """The tiles are rebuilt around a rewritten entry: without the log's key no checkpoint goes with them."""
    storage = grown(*range(300))
    honest = entries_of(storage, 300)
    files, forged = relaid([numbered_leaf(999), *honest[1:]], seed=66)
    with pytest.raises(Untrue, match="another root"):
        audit(files.get, published(storage), trusted=trusted())
    with pytest.raises(Untrue, match="trusted key"):
        audit(files.get, forged, trusted=trusted())


def test_a_backdated_record_proves_no_earlier_time() -> None:
    """An agency with a device in its hands logs today a "given" that claims last year.

    The time in a record is its device's word, and nothing in the log contradicts it. What is proven is the
    order and what witnesses saw: the entry is in no tree that they had cosigned by then, and the receipt
    carries their time of today.
    """
    last_year, today = 1_763_700_000, 1_795_300_000
    backdated = opening(event_at=last_year)
    storage = grown(1, 2, 3)
    before = cosign(Note.from_bytes(published(storage)), witness_signer(0), cosigned_at=today - 60)
    logged(storage, to_bytes(backdated.leaf()))
    proof = log.proof_for(storage, backdated.entry())
    assert proof is not None
    text = TlogProof.parse(proof)
    cosigned = cosign(text.checkpoint, witness_signer(0), cosigned_at=today)
    receipt = Receipt(backdated, backdated.leaf(), replace(text, checkpoint=cosigned))
    key = WitnessKey(witness_signer(0).key.name, witness_signer(0).key.public_key)
    witnessed = LogKeys(ORIGIN, trusted().keys, (key,), 1)
    verify_claims(receipt.check(witnessed))
    assert receipt.opening.record.event_at == last_year
    with pytest.raises(Untrue, match="outside the tree"):
        replace(receipt.proof, checkpoint=before).check(backdated.entry(), witnessed)
    (line,) = [line for line in receipt.proof.checkpoint.signatures if line.key_id == key.key_id]
    assert int.from_bytes(line.signature[:8], "big") == today
    moved = replace(line, signature=last_year.to_bytes(8, "big") + line.signature[8:])
    others = tuple(each for each in receipt.proof.checkpoint.signatures if each is not line)
    forged = Note(receipt.proof.checkpoint.text, (*others, moved))
    with pytest.raises(Untrue, match="cosignature"):
        verify_claims(replace(receipt, proof=replace(receipt.proof, checkpoint=forged)).check(witnessed))


def test_a_record_cannot_slip_before_an_event_that_follows_it() -> None:
    """Each event names the last one of its subject: an old "given" put in late has no place in the chain.

    The agency cannot make the later refusal follow the backdated "given": the refusal is signed, with the
    name of what came before it. Two events then follow the same one, which an audit reports.
    """
    first = opening(0, event_at=1_795_000_000)
    refusal = opening(1, status=Status.REFUSED, event_at=1_795_100_000, previous=first.entry())
    slipped = opening(2, event_at=1_795_050_000, previous=first.entry())
    assert refusal.record.previous == slipped.record.previous == first.entry()
    moved = Opening(replace(refusal.record, previous=slipped.entry()), refusal.salt, refusal.signature)
    with pytest.raises(Untrue, match="by its subject"):
        verify_claims([moved.claim()])
