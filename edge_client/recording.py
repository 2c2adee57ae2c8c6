"""What follows in the consent book from what the ledger, the device key and the agency answer."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from edge_client import unfinished
from edge_client.consent import ConsentBook
from edge_client.effects import Effect, FetchProof, SaveBook, SendErasure, ShowReceipts
from edge_client.events import (
    CopiesErased,
    ErasureAsked,
    ErasureRefused,
    ErasureSigned,
    ProofArrived,
    ReceiptVerified,
    RecordAccepted,
    Recorded,
    RecordSigned,
)


def after_recording(book: ConsentBook, event: Recorded) -> tuple[ConsentBook, tuple[Effect, ...]]:
    """Return the book after an event, and what should happen next."""
    match event:
        case RecordSigned(opening):
            signed = book.signed(opening)
            return signed, (SaveBook(signed), unfinished.sending(opening))
        case RecordAccepted(entry):
            logged = book.logged(entry)
            saved = (SaveBook(logged), ShowReceipts(logged))
            return logged, (*saved, FetchProof(entry), *unfinished.next_erasure(logged))
        case ProofArrived(entry, proof):
            return book, unfinished.with_proof(book, entry, proof=proof)
        case ReceiptVerified(receipt):
            proven = book.proven(receipt)
            return proven, (SaveBook(proven), ShowReceipts(proven))
        case ErasureAsked():
            return _shown(book.with_copies_unwanted())
        case ErasureSigned(request):
            asking = replace(book, erasing=book.erasing.signed(request))
            if asking == book:
                return book, ()  # another one is under way
            return asking, (SaveBook(asking), SendErasure(request))
        case CopiesErased(answer):
            return _shown(replace(book, erasing=book.erasing.answered(answer)))
        case ErasureRefused(request):
            return _shown(replace(book, erasing=book.erasing.turned_down(request)))
        case _:
            assert_never(event)


def _shown(book: ConsentBook) -> tuple[ConsentBook, tuple[Effect, ...]]:
    return book, (SaveBook(book), ShowReceipts(book), *unfinished.of_erasure(book))
