"""Consent records: one decision about one purpose, signed by the device that took it.

Its layout (`record_layout.py`) is JSON-LD, spelt in canonical JSON. A record never enters the log; a
commitment to it does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.claim import SignatureClaim
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.merkle import HASH_BYTES
from consent_ledger.purposes import Purpose
from consent_ledger.record_layout import SCHEMA, Gpc, LegalBasis, Status, lay_out, read_fields

__all__ = [
    "MAX_RECORD_BYTES",
    "SCHEMA",
    "SIGNATURE_PREFIX",
    "ConsentRecord",
    "Gpc",
    "LegalBasis",
    "Status",
]

MAX_RECORD_BYTES = 3776
SIGNATURE_PREFIX = b"nearside/v1/consent-record\n"
"""What the device signs begins with this, so that its signature is good for nothing else."""

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_CONTROLLER = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,98}[a-z0-9])?")
_LANGUAGE = re.compile(r"[a-z]{2}")
_LATEST = 253402300799  # 9999-12-31T23:59:59Z, the last second that four digits of a year can name


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """One decision.

    `record_id` is a random UUID (version 4); `subject_key` the device's Ed25519 consent key, 32 bytes, random
    for each device and agency; `notice_hash` SHA-256 of the exact notice shown, `notice_version` and
    `notice_language` (two letters) its number and language; `gpc` what the browser signalled;
    `event_at` seconds since 1970; `previous` the leaf hash of the same subject's last event.
    Raises `Malformed` when a field is out of its range, and `Untrue` for a withdrawal of nothing, or for
    consent that a browser's signal is said to have given.
    """

    record_id: str
    subject_key: bytes
    controller: str
    purpose: Purpose
    status: Status
    gpc: Gpc
    legal_basis: LegalBasis
    notice_hash: bytes
    notice_version: int
    notice_language: str
    event_at: int
    previous: bytes | None = None
    # Printed once: it is signed, committed to and kept, each time the same bytes.
    _printed: list[bytes] = field(default_factory=list, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if _UUID.fullmatch(self.record_id) is None:
            raise Malformed("consent record: identifier is not a random uuid")
        if len(self.subject_key) != 32:
            raise Malformed("consent record: subject key is not 32 bytes long")
        if _CONTROLLER.fullmatch(self.controller) is None:
            raise Malformed("consent record: controller is not a plain name")
        if len(self.notice_hash) != HASH_BYTES:
            raise Malformed("consent record: notice hash is not 32 bytes long")
        if not 1 <= self.notice_version <= canonical.MAX_INTEGER:
            raise Malformed("consent record: notice version is out of range")
        if _LANGUAGE.fullmatch(self.notice_language) is None:
            raise Malformed("consent record: notice language is not two letters")
        if not 0 <= self.event_at <= _LATEST:
            raise Malformed("consent record: time is out of range")
        if self.previous is not None and len(self.previous) != HASH_BYTES:
            raise Malformed("consent record: previous event is not 32 bytes long")
        if self.status is Status.WITHDRAWN and self.previous is None:
            raise Untrue("consent record: withdraws what was never decided")
        if self.status is Status.GIVEN and self.gpc is Gpc.APPLIED:
            raise Untrue("consent record: a signal for privacy cannot give consent")

    def to_json(self) -> dict[str, Json]:
        """The record in JSON-LD, as a value for canonical JSON."""
        return lay_out(self)

    def to_bytes(self) -> bytes:
        """The canonical record: what is signed and committed to."""
        if not self._printed:
            self._printed.append(canonical.encode(self.to_json()))
        return self._printed[0]

    @classmethod
    def from_bytes(cls, data: bytes) -> ConsentRecord:
        """Read a canonical record; raises `Malformed` unless it prints back byte for byte."""
        return cls.from_json(canonical.decode(data, max_bytes=MAX_RECORD_BYTES))

    @classmethod
    def from_json(cls, value: Json) -> ConsentRecord:
        """Read a record from a decoded value; raises `Malformed` when any part is not as we print it."""
        record = cls(**read_fields(value))
        # Everything that was not looked at must be exactly what we would have printed; its one number was
        # read as a number, so that no true stands for 1.
        if value != record.to_json():
            raise Malformed("consent record: not the layout of this schema")
        return record

    def signed_bytes(self) -> bytes:
        """The message under the device's signature."""
        return SIGNATURE_PREFIX + self.to_bytes()

    def claim(self, signature: bytes) -> SignatureClaim:
        """That the subject's own key signed this record: without it an agency could invent a "given"."""
        return SignatureClaim(
            self.subject_key, self.signed_bytes(), signature, "consent record by its subject"
        )
