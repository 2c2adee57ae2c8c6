"""The officer's register of openings: who opened which records, and why (docs/formats/audit.md)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields, read_hex
from consent_ledger.leaf import NONCE_BYTES
from consent_ledger.merkle import HASH_BYTES

SALT_BYTES = 16
MAX_ENTRIES = 1_000_000
MAX_BY = 200
MAX_REASON = 1000


@dataclass(frozen=True, slots=True)
class AccessEntry:
    """One opening of records: who, why, which entries (sorted leaf hashes), when, and 16 random bytes.

    The leaf in the log carries `nonce`, a hash of the whole file: it binds the file and tells nothing of it.
    """

    by: str
    reason: str
    entries: tuple[bytes, ...]
    opened_at: int
    salt: bytes

    def __post_init__(self) -> None:
        if len(self.entries) > MAX_ENTRIES:
            raise Malformed(f"access register: more than {MAX_ENTRIES} entries in one opening")
        if not self.entries or list(self.entries) != sorted(set(self.entries)):
            raise Malformed("access register: entries are not a sorted list without repetition")
        if not 1 <= len(self.by) <= MAX_BY or not 1 <= len(self.reason) <= MAX_REASON:
            raise Malformed("access register: who or why is empty or too long")
        if len(self.salt) != SALT_BYTES:
            raise Malformed("access register: salt is not 16 bytes long")

    @property
    def nonce(self) -> bytes:
        """What the leaf carries; 16 bytes."""
        return hashlib.sha256(self.to_bytes()).digest()[:NONCE_BYTES]

    @classmethod
    def from_bytes(cls, data: bytes) -> AccessEntry:
        """Read one file of the register; raises `Malformed`."""
        fields = Fields(canonical.decode(data, max_bytes=128 * 1024 * 1024), "access register")
        fields.whole("v", low=1, high=1)
        entry = cls(
            fields.text("by"),
            fields.text("reason"),
            tuple(_entry(row) for row in fields.rows("entries", max_length=MAX_ENTRIES)),
            fields.whole("opened_at"),
            fields.hex("salt", SALT_BYTES),
        )
        fields.done()
        return entry

    def to_bytes(self) -> bytes:
        """The file in canonical JSON."""
        return canonical.encode(
            {
                "v": 1,
                "by": self.by,
                "reason": self.reason,
                "entries": [entry.hex() for entry in self.entries],
                "opened_at": self.opened_at,
                "salt": self.salt.hex(),
            }
        )


def _entry(value: canonical.Json) -> bytes:
    if not isinstance(value, str):
        raise Malformed("access register: an entry is not a string")
    return read_hex(value, HASH_BYTES, noun="access register: entry")
