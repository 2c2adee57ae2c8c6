"""Attacks on consent records, each under the name of who would try it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from consent_ledger import canonical, leaf, log
from consent_ledger.commitment import commit
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.leaf import ConsentLeaf, to_bytes
from consent_ledger.note import Note
from consent_ledger.purposes import Purpose
from consent_ledger.receipt import Opening, Receipt
from consent_ledger.record import MAX_RECORD_BYTES, SIGNATURE_PREFIX, ConsentRecord, Gpc, Status
from consent_ledger.storage.memory import MemoryStorage
from consent_ledger.tlog_proof import TlogProof
from tests.support.ledger import (
    device_signer,
    dice,
    log_signer,
    logged,
    opening,
    receipt_for,
    record,
    trusted,
)


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
