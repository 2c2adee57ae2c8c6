"""Ed25519 signatures (RFC 8032) by a maintained library; the only module here that is not pure Python."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from consent_ledger.claim import SignatureClaim
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.note import VerifierKey


def verify_claims(claims: Iterable[SignatureClaim]) -> None:
    """Settle every claim; raises `Untrue`, naming the label of the first false one."""
    for claim in claims:
        try:
            key = Ed25519PublicKey.from_public_bytes(claim.public_key)
            key.verify(claim.signature, claim.message)
        except (InvalidSignature, ValueError):
            raise Untrue(f"signature: {claim.label} does not verify") from None


@dataclass(frozen=True, slots=True)
class Ed25519Signer:
    """Signs with a private key held in memory: for devices in tests, and for keys that no service keeps."""

    key: VerifierKey
    _private: Ed25519PrivateKey

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> Ed25519Signer:
        """The signer whose private key is `seed`, 32 bytes (RFC 8032, section 5.1.5)."""
        if len(seed) != 32:
            raise Malformed("ed25519: seed is not 32 bytes long")
        private = Ed25519PrivateKey.from_private_bytes(seed)
        return cls(VerifierKey(name, private.public_key().public_bytes_raw()), private)

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature over `message`."""
        return self._private.sign(message)
