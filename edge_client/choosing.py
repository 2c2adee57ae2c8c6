"""From a choice to the record that says it: one consent record for each purpose that changes."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace

from consent_ledger.commitment import SALT_BYTES
from consent_ledger.purposes import Purpose
from consent_ledger.record import ConsentRecord, Gpc, LegalBasis, Status
from edge_client.consent import ConsentBook, Unsigned
from edge_client.dice import Dice
from edge_client.events import ChoiceMade
from edge_client.wire.notice import Notice

_STATUS = {"given": Status.GIVEN, "refused": Status.REFUSED, "withdrawn": Status.WITHDRAWN}


@dataclass(frozen=True, slots=True)
class ConsentTerms:
    """Who asks (`controller`), and the 32-byte public consent key by which this device answers."""

    controller: str
    subject_key: bytes


def choose(book: ConsentBook, event: ChoiceMade, *, terms: ConsentTerms, dice: Dice) -> ConsentBook:
    """Return the book after a choice, each purpose that changed with a record that waits to be signed."""
    after = replace(book, chosen_ms=event.at_ms)
    asked, given = (*_asked(event), *_unnamed(book, event)), event.given
    if event.gpc is Gpc.APPLIED or event.leaving:
        # It takes back all that was given; of what was refused, or never asked, it says nothing.
        asked, given = tuple(filter(book.allows, book.choices)), frozenset()
    for purpose, status in book.changes(asked=asked, given=given, version=event.notice.version):
        record = record_of(
            terms,
            purpose=purpose,
            status=status,
            notice=event.notice,
            gpc=event.gpc,
            event_at=event.at_ms // 1000,
            previous=after.last,
            dice=dice,
        )
        after = after.choose(purpose, status, unsigned=Unsigned(record, dice.draw(SALT_BYTES)))
    return after


def _asked(event: ChoiceMade) -> tuple[str, ...]:
    """Return the purposes that were decided about, in the order of the notice."""
    notice, asked = event.notice, event.asked
    if asked is None:
        return notice.purposes
    return tuple(purpose for purpose in (*notice.purposes, *notice.later) if purpose in asked)


def _unnamed(book: ConsentBook, event: ChoiceMade) -> tuple[str, ...]:
    """Return the purposes that were given once, are no more, and that this notice does not name any more."""
    named = {*event.notice.purposes, *event.notice.later}
    return tuple(
        purpose
        for purpose in sorted(book.choices)
        if book.allows(purpose) and purpose not in named and purpose not in event.given
    )


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
