"""What is left to do of a citizen's decisions: records to sign, to send and to prove, copies to have deleted.

An earlier page may not have got to it: the ledger was down, or the page was closed.
"""

from __future__ import annotations

from consent_ledger.receipt import Opening, Receipt
from consent_ledger.tlog_proof import TlogProof
from edge_client.consent import ConsentBook
from edge_client.effects import (
    Effect,
    FetchProof,
    SendConsent,
    SendErasure,
    SignErasure,
    SignRecord,
    VerifyReceipt,
)
from edge_client.wire.consent import RecordConsent


def of_consent(book: ConsentBook) -> tuple[Effect, ...]:
    """Say what is left to do for the records in the book."""
    return (
        *(SignRecord(unsigned) for unsigned in book.unsigned),
        *(
            FetchProof(entry) if (entry := opening.entry().hex()) in book.accepted else sending(opening)
            for opening in book.pending
        ),
    )


def of_erasure(book: ConsentBook) -> tuple[Effect, ...]:
    """Say what is left to do of an erasure that the citizen wants, now or since an earlier page."""
    request = book.erasing.request
    return next_erasure(book) if request is None else (SendErasure(request),)


def next_erasure(book: ConsentBook) -> tuple[Effect, ...]:
    """Say that a request is to be signed, when one is due."""
    entries = book.next_erased
    return (SignErasure(entries),) if entries else ()


def with_proof(book: ConsentBook, entry: str, *, proof: TlogProof) -> tuple[Effect, ...]:
    """Say which receipts a proof makes, each still to be verified."""
    return tuple(
        VerifyReceipt(Receipt(opening, opening.leaf(), proof))
        for opening in book.pending
        if opening.entry().hex() == entry
    )


def sending(opening: Opening) -> SendConsent:
    """Say that a signed record is to be sent."""
    return SendConsent(RecordConsent(opening.record, opening.salt, opening.signature))
