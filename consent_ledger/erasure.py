"""Erasure: who may have our copy of records destroyed, and what is true once that is done.

The log keeps its entries; an `erasure` leaf says how many of them can no longer be opened, so that the number
of entries without an opening equals the sum of the counts, and a silent deletion shows.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
from dataclasses import dataclass

from consent_ledger import canonical, leaf
from consent_ledger.canonical import Json
from consent_ledger.claim import SignatureClaim
from consent_ledger.commitment import SALT_BYTES
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.fields import Fields, print_base64, read_hex
from consent_ledger.leaf import NONCE_BYTES, ErasureLeaf
from consent_ledger.merkle import HASH_BYTES
from consent_ledger.receipt import SIGNATURE_BYTES, Opening

MAX_ENTRIES = 64
BODY_BYTES = 9216
"""Length of every request: size does not tell how many records somebody has."""

OFFICERS_COPIES_DAYS = 30
"""For how long after an opening a privacy officer may keep what was opened."""

SIGNATURE_PREFIX = b"nearside/v1/erase-records\n"
_MAX_DAYS = 36_600


@dataclass(frozen=True, slots=True)
class SubjectAuthority:
    """The subject's consent key signed the list of entries: key 32 bytes, signature 64."""

    subject_key: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class ReceiptAuthority:
    """The salts of the entries, in their order: only who holds the receipts, and we, know them."""

    salts: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class EraseRecords:
    """A request to destroy what opens `entries`, sorted leaf hashes, at most `MAX_ENTRIES`."""

    entries: tuple[bytes, ...]
    authority: SubjectAuthority | ReceiptAuthority

    def __post_init__(self) -> None:
        if not 1 <= len(self.entries) <= MAX_ENTRIES or list(self.entries) != sorted(set(self.entries)):
            raise Malformed("erasure: entries are not a short sorted list without repetition")
        if isinstance(self.authority, ReceiptAuthority) and len(self.authority.salts) != len(self.entries):
            raise Malformed("erasure: not one salt for each entry")

    @classmethod
    def from_bytes(cls, data: bytes) -> EraseRecords:
        """Read a request of `BODY_BYTES` in canonical JSON; raises `Malformed`."""
        if len(data) != BODY_BYTES:
            raise Malformed(f"erasure: not {BODY_BYTES} bytes")
        fields = Fields(canonical.decode(data), "erasure")
        fields.whole("v", low=1, high=1)
        entries = tuple(_hex(row, HASH_BYTES) for row in fields.rows("entries", max_length=MAX_ENTRIES))
        authority: SubjectAuthority | ReceiptAuthority
        if fields.text("by", pattern="subject|receipts") == "subject":
            authority = SubjectAuthority(
                fields.hex("subject", 32), fields.base64("signature", SIGNATURE_BYTES)
            )
        else:
            salts = fields.rows("salts", max_length=MAX_ENTRIES)
            authority = ReceiptAuthority(tuple(_hex(row, SALT_BYTES) for row in salts))
        fields.text("pad", pattern=r"x*", max_length=BODY_BYTES)
        fields.done()
        return cls(entries, authority)

    def to_bytes(self) -> bytes:
        """The request in canonical JSON, filled up; the longest one leaves room."""
        value: dict[str, Json] = {"v": 1, "entries": [entry.hex() for entry in self.entries], "pad": ""}
        match self.authority:
            case SubjectAuthority(key, signature):
                value |= {"by": "subject", "subject": key.hex(), "signature": print_base64(signature)}
            case ReceiptAuthority(salts):
                value |= {"by": "receipts", "salts": [salt.hex() for salt in salts]}
        return canonical.encode(value | {"pad": "x" * (BODY_BYTES - len(canonical.encode(value)))})

    def claims(self) -> tuple[SignatureClaim, ...]:
        """The signature that must be verified before the request is believed; none with receipts."""
        match self.authority:
            case SubjectAuthority(key, signature):
                message = signed_bytes(self.entries)
                return (SignatureClaim(key, message, signature, "erasure by the subject"),)
            case ReceiptAuthority():
                return ()

    def nonce(self) -> bytes:
        """What names this erasure in the log: a hash of the whole request, which nobody else can compute."""
        return hashlib.sha256(SIGNATURE_PREFIX + self.to_bytes()).digest()[:NONCE_BYTES]

    def covers(self, entry: bytes, opening: Opening) -> bool:
        """Whether the authority shown reaches this entry."""
        match self.authority:
            case SubjectAuthority(key):
                return hmac.compare_digest(key, opening.record.subject_key)
            case ReceiptAuthority(salts):
                return hmac.compare_digest(salts[self.entries.index(entry)], opening.salt)


def signed_bytes(entries: tuple[bytes, ...]) -> bytes:
    """The message that a subject signs to have `entries` erased."""
    return SIGNATURE_PREFIX + canonical.encode([entry.hex() for entry in entries])


class Remains(enum.Enum):
    """What is still there after an erasure: the closed list of it."""

    PUBLIC_ENTRIES = "public-entries"
    """The commitments and notice hashes in the log, which we can no longer open."""

    RECEIPTS = "receipts"
    """Whatever the citizen keeps, which still proves."""

    ERASURE_REGISTER = "erasure-register"
    """How many records were destroyed, and when; not which."""

    TOMBSTONES = "tombstones"
    """The hash of each entry, marked as destroyed, so that a request sent again does not bring it back."""

    FUNCTION_LOGS = "function-logs"
    """Names, statuses and durations; nothing of what was sent."""

    OFFICERS_COPIES = "officers-copies"
    """Copies that a privacy officer opened before, until the audit ends: `OFFICERS_COPIES_DAYS` at most."""

    BACKUPS = "backups"
    """Copies of the tables, until the horizon is over."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """A finished erasure, as its register has it.

    `count` records were destroyed at a word given at `requested_at`, the last of them before `completed_at`
    (seconds since 1970, by our clock); backups of what was destroyed are gone `backup_horizon_days` later.
    Raises `Untrue` when it ends before it begins.
    """

    count: int
    requested_at: int
    completed_at: int
    backup_horizon_days: int

    def __post_init__(self) -> None:
        if self.completed_at < self.requested_at:
            raise Untrue("erasure: completed before it was requested")

    @property
    def remains(self) -> tuple[Remains, ...]:
        """What this erasure did not end."""
        return tuple(kind for kind in Remains if kind is not Remains.BACKUPS or self.backup_horizon_days)

    def entry(self, nonce: bytes) -> bytes:
        """The leaf hash of its entry in the log."""
        return leaf.hash_of(ErasureLeaf(self.count, nonce))

    def to_json(self) -> dict[str, Json]:
        """The four fields."""
        return {
            "backup_horizon_days": self.backup_horizon_days,
            "completed_at": self.completed_at,
            "count": self.count,
            "requested_at": self.requested_at,
        }

    def to_bytes(self) -> bytes:
        """The register's line for an officer, in canonical JSON; its name is the erasure's id."""
        return canonical.encode({"v": 1, **self.to_json()})

    @classmethod
    def from_bytes(cls, data: bytes) -> Erasure:
        """Read a line of the register; raises `Malformed`, and `Untrue` as above."""
        fields = Fields(canonical.decode(data, max_bytes=1024), "erasure register")
        fields.whole("v", low=1, high=1)
        erasure = cls.take(fields)
        fields.done()
        return erasure

    @classmethod
    def take(cls, fields: Fields) -> Erasure:
        """Take the four fields out of a larger object; raises `Malformed`, and `Untrue` as above."""
        return cls(
            count=fields.whole("count", low=1),
            requested_at=fields.whole("requested_at"),
            completed_at=fields.whole("completed_at"),
            backup_horizon_days=fields.whole("backup_horizon_days", high=_MAX_DAYS),
        )


def _hex(value: Json, length: int) -> bytes:
    if not isinstance(value, str):
        raise Malformed("erasure: not a string")
    return read_hex(value, length, noun="erasure")
