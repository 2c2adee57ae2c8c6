"""Erasure: destroying our copy of records, at the word of the device or of whoever holds the receipts.

The log keeps its entries; an `erasure` leaf says how many of them can no longer be opened, so that the number
of entries without an opening equals the sum of the counts, and a silent deletion shows.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from consent_ledger import canonical, leaf, log
from consent_ledger.claim import ClaimVerifier, SignatureClaim
from consent_ledger.commitment import SALT_BYTES
from consent_ledger.errors import Malformed, Refused
from consent_ledger.fields import Fields, print_base64, read_hex
from consent_ledger.leaf import NONCE_BYTES, ErasureLeaf
from consent_ledger.merkle import HASH_BYTES
from consent_ledger.receipt import SIGNATURE_BYTES, Opening
from consent_ledger.sidecar import Sidecars
from consent_ledger.storage.ports import Storage

MAX_ENTRIES = 64
SIGNATURE_PREFIX = b"nearside/v1/erase-records\n"


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
        """Read a request in canonical JSON; raises `Malformed`."""
        fields = Fields(canonical.decode(data, max_bytes=16 * 1024), "erasure")
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
        fields.done()
        return cls(entries, authority)

    def to_bytes(self) -> bytes:
        """The request in canonical JSON."""
        entries = [entry.hex() for entry in self.entries]
        match self.authority:
            case SubjectAuthority(key, signature):
                by = {"by": "subject", "subject": key.hex(), "signature": print_base64(signature)}
                return canonical.encode({"v": 1, "entries": entries, **by})
            case ReceiptAuthority(salts):
                shown = [salt.hex() for salt in salts]
                return canonical.encode({"v": 1, "entries": entries, "by": "receipts", "salts": shown})

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


def erase(storage: Storage, sidecars: Sidecars, *, request: EraseRecords, verify: ClaimVerifier) -> bytes:
    """Destroy what the request names, log the count, and return the leaf hash of the `erasure` leaf.

    Stopped at any point and repeated, it completes with the same leaf. Raises `Untrue` when a signature does
    not verify, and `Refused`, destroying nothing, when the authority does not reach every entry that can
    still be opened, or nothing is left to erase.
    """
    verify(request.claims())
    for entry in request.entries:
        opening = sidecars.open(entry)
        if opening is not None and not request.covers(entry, opening):
            raise Refused("erasure: not authorised for every entry")
    nonce = request.nonce()
    count = sum(sidecars.destroy(entry, nonce) for entry in request.entries)
    if not count:
        raise Refused("erasure: nothing left to erase")
    return log.accept(storage, leaf.to_bytes(ErasureLeaf(count, nonce)))


def _hex(value: canonical.Json, length: int) -> bytes:
    if not isinstance(value, str):
        raise Malformed("erasure: not a string")
    return read_hex(value, length, noun="erasure")
