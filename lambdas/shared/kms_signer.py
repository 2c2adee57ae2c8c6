"""Ed25519 signatures under a key that never leaves KMS."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from consent_ledger.errors import Malformed
from consent_ledger.note import VerifierKey

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

_ED25519_INFO: Final = bytes.fromhex("302a300506032b6570032100")
"""What stands before the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410, section 4)."""


@dataclass(frozen=True, slots=True)
class KmsSigner:
    """A note signer whose private key is KMS's; `name` is the name under which it signs."""

    name: str
    key_id: str
    client: KMSClient

    @property
    def key(self) -> VerifierKey:
        """The public half, asked for once."""
        return VerifierKey(self.name, _public_key(self.client, self.key_id))

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature; KMS takes messages of up to 4096 bytes."""
        answer = self.client.sign(
            KeyId=self.key_id, Message=message, MessageType="RAW", SigningAlgorithm="ED25519_SHA_512"
        )
        return answer["Signature"]


@cache
def _public_key(client: KMSClient, key_id: str) -> bytes:
    info = client.get_public_key(KeyId=key_id)["PublicKey"]
    if len(info) != len(_ED25519_INFO) + 32 or not info.startswith(_ED25519_INFO):
        raise Malformed("kms key: not an ed25519 public key")
    return info.removeprefix(_ED25519_INFO)
