"""Answers that are given again: one act for each `Idempotency-Key`, however often it is sent.

An answer is written in one transaction with its act, so that there is none without the other.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Refused
from consent_ledger.fields import Fields
from lambdas.shared.agency.rows import AgencyId, AgencyRows, Kind, Place, Row, Write

KEPT_S: Final = 24 * 60 * 60
KEY: Final = r"[\x21-\x7e]{1,100}"
_ANSWERS: Final = Place(Kind.ANSWERS)


class KeyUsedOtherwise(Refused):
    """The key was sent before, with another request."""


@dataclass(frozen=True, slots=True)
class Once:
    """A request that counts once: who sent it under which key, what it asks for, and when (Unix seconds)."""

    sub: str
    key: str
    asked: bytes
    now: int

    @property
    def name(self) -> str:
        """The row of its answer: somebody else's same key is another one."""
        return hashlib.sha256(canonical.encode([self.sub, self.key])).hexdigest()

    @property
    def asked_hash(self) -> str:
        """What tells this request from another under the same key."""
        return hashlib.sha256(self.asked).hexdigest()


def given(rows: AgencyRows, agency: AgencyId, once: Once) -> tuple[dict[str, Json] | None, int]:
    """Return the answer that was given, if one was and counts still, and the revision of its row.

    Raises `KeyUsedOtherwise` when the key belongs to another request.
    """
    row = rows.read(agency, _ANSWERS, once.name)
    if row is None or _is_over(row, once.now):
        return None, row.revision if row else 0
    fields = Fields(canonical.decode(row.body), "answer")
    if fields.text("asked") != once.asked_hash:
        raise KeyUsedOtherwise("idempotency-key: was sent with another request")
    answer = fields.take("answer")
    return (answer if isinstance(answer, dict) else {}), row.revision


def keep(once: Once, answer: dict[str, Json], *, after: int) -> Write:
    """Return the write that keeps an answer for a day."""
    body = canonical.encode({"asked": once.asked_hash, "answer": answer})
    return Write(_ANSWERS, once.name, body, after=after, expires_at=once.now + KEPT_S)


def _is_over(row: Row, now: int) -> bool:
    # DynamoDB drops rows some time after they expire: until then they count for nothing.
    return row.expires_at is not None and row.expires_at <= now
