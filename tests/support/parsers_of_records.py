"""Parsers of consent records, of what opens them and of what erases them."""

from __future__ import annotations

import hashlib

from consent_ledger import canonical, erasure, sidecar
from consent_ledger.erasure import (
    EraseRecords,
    Erasure,
    ReceiptAuthority,
    SubjectAuthority,
    signed_bytes,
)
from consent_ledger.merkle import leaf_hash
from consent_ledger.receipt import MAX_RECEIPT_BYTES, Opening, Receipt
from consent_ledger.record import MAX_RECORD_BYTES, ConsentRecord, Status
from consent_ledger.sidecar import SealedOpening
from edge_client.wire.consent import ConsentAccepted, RecordConsent
from tests.support.ledger import (
    device_signer,
    numbered_leaf,
    opening,
    receipt_for,
    record,
)
from tests.support.parser import Parser


def _records() -> tuple[bytes, ...]:
    previous = opening().entry()
    return (
        record().to_bytes(),
        record(status=Status.WITHDRAWN, previous=previous, event_at=0).to_bytes(),
        record(notice_language="ar", controller="a", event_at=253402300799).to_bytes(),
    )


def _erasures() -> tuple[bytes, ...]:
    entries = tuple(sorted(hashlib.sha256(bytes([number])).digest() for number in range(5)))
    signature = device_signer().sign(signed_bytes(entries))
    by_subject = SubjectAuthority(device_signer().key.public_key, signature)
    by_receipts = ReceiptAuthority(tuple(reversed(entries)))
    return (
        EraseRecords(entries, by_subject).to_bytes(),
        EraseRecords(entries, by_receipts).to_bytes(),
    )


def record_parsers() -> tuple[Parser, ...]:
    """Records, receipts, sidecars, and the requests that bring and erase them."""
    sealed = SealedOpening(bytes(12), bytes(sidecar.PLAIN_BYTES + sidecar.TAG_BYTES))
    consent = RecordConsent(opening().record, opening().salt, opening().signature)
    done = Erasure(2, 1_795_300_000, 1_795_300_060, 35)
    return (
        Parser(
            "consent record",
            (
                "record.ConsentRecord.from_bytes",
                "record.ConsentRecord.from_json",
                "record_layout.read_fields",
            ),
            ConsentRecord.from_bytes,
            ConsentRecord.to_bytes,
            _records(),
            MAX_RECORD_BYTES,
        ),
        Parser(
            "receipt",
            ("receipt.Receipt.from_bytes",),
            Receipt.from_bytes,
            Receipt.to_bytes,
            (receipt_for(opening()).to_bytes(), receipt_for(opening(3), others=0).to_bytes()),
            MAX_RECEIPT_BYTES,
        ),
        Parser(
            "sidecar",
            ("sidecar.unpack",),
            sidecar.unpack,
            sidecar.pack,
            (sidecar.pack(opening()),),
            sidecar.PLAIN_BYTES,
        ),
        Parser(
            "sealed sidecar",
            ("sidecar.SealedOpening.from_bytes",),
            SealedOpening.from_bytes,
            SealedOpening.to_bytes,
            (sealed.to_bytes(),),
            sidecar.SEALED_BYTES,
        ),
        Parser(
            "opening",
            ("receipt.Opening.from_bytes",),
            Opening.from_bytes,
            Opening.to_bytes,
            (opening().to_bytes(),),
            canonical.MAX_BYTES,
        ),
        Parser(
            "erasure request",
            ("erasure.EraseRecords.from_bytes",),
            EraseRecords.from_bytes,
            EraseRecords.to_bytes,
            _erasures(),
            erasure.BODY_BYTES,
        ),
        Parser(
            "erasure",
            ("erasure.Erasure.from_bytes",),
            Erasure.from_bytes,
            Erasure.to_bytes,
            (done.to_bytes(),),
            1024,
        ),
        Parser(
            "consent request",
            (),
            RecordConsent.from_bytes,
            RecordConsent.to_bytes,
            (consent.to_bytes(),),
            4096,
        ),
        Parser(
            "consent answer",
            (),
            ConsentAccepted.from_bytes,
            ConsentAccepted.to_bytes,
            (ConsentAccepted(leaf_hash(numbered_leaf(0))).to_bytes(),),
            canonical.MAX_BYTES,
        ),
    )
