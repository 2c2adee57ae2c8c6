"""A signature that somebody still has to verify.

Browsers verify signatures asynchronously and servers do not; so the checks of this package do all the hashing
and hand back claims, and `consent_ledger.ed25519.verify_claims` or WebCrypto settles them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SignatureClaim:
    """ "`public_key` signed `message`": an Ed25519 claim (RFC 8032).

    `public_key` has 32 bytes, `signature` 64; `label` says in an error text whose signature it is.
    """

    public_key: bytes
    message: bytes
    signature: bytes
    label: str


class ClaimVerifier(Protocol):
    """Settles claims: returns when every one is true, raises `Untrue` otherwise."""

    def __call__(self, claims: tuple[SignatureClaim, ...]) -> None: ...
