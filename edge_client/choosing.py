"""From a choice to the record that says it: one consent record for each purpose that changes."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from consent_ledger.purposes import Purpose
from consent_ledger.record import ConsentRecord, Gpc, LegalBasis, Status
from edge_client.dice import Dice
from edge_client.wire.notice import Notice

_STATUS = {"given": Status.GIVEN, "refused": Status.REFUSED, "withdrawn": Status.WITHDRAWN}


@dataclass(frozen=True, slots=True)
class ConsentTerms:
    """Who asks (`controller`), and the 32-byte public consent key by which this device answers."""

    controller: str
    subject_key: bytes


def record_of(
    terms: ConsentTerms,
    *,
    purpose: str,
    status: str,
    notice: Notice,
    gpc: Gpc,
    event_at: int,
    previous: str | None,
    dice: Dice,
) -> ConsentRecord:
    """Return the record of one decision; `event_at` is in Unix seconds, `previous` a leaf hash in hex.

    Raises `Malformed` for a purpose outside the vocabulary.
    """
    return ConsentRecord(
        record_id=str(uuid.UUID(bytes=dice.draw(16), version=4)),
        subject_key=terms.subject_key,
        controller=terms.controller,
        purpose=Purpose(purpose),
        status=_STATUS[status],
        gpc=gpc,
        legal_basis=LegalBasis.CONSENT,
        notice_hash=bytes.fromhex(notice.sha256),
        notice_version=notice.version,
        notice_language=notice.lang,
        event_at=event_at,
        previous=None if previous is None else bytes.fromhex(previous),
    )
