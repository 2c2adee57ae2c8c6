"""Commitments: what the public log holds in place of a record.

HMAC with a fresh random salt hides the record (an unsalted hash of a space of ten million ids falls in
seconds) and binds to it; once the salt is destroyed nobody can tell which record was committed to.
"""

from __future__ import annotations

import hashlib
import hmac

from consent_ledger.errors import Malformed, Untrue

SALT_BYTES = 32


def commit(salt: bytes, record: bytes) -> bytes:
    """HMAC-SHA-256 of a canonical record under its salt (RFC 2104); 32 bytes.

    Raises `Malformed` unless the salt has 32 bytes.
    """
    if len(salt) != SALT_BYTES:
        # Keys are padded with zeroes: with salts of any length two of them could open one commitment.
        raise Malformed("commitment: salt is not 32 bytes long")
    return hmac.digest(salt, record, hashlib.sha256)


def verify_commitment(commitment: bytes, *, salt: bytes, record: bytes) -> bytes:
    """Return the commitment when it opens to this record; raises `Untrue` otherwise."""
    if not hmac.compare_digest(commit(salt, record), commitment):
        raise Untrue("commitment: made to another record")
    return commitment
