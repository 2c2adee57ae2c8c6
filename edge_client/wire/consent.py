"""The request that logs a consent choice, and its answer.

Every request is exactly 4096 bytes, so that its size does not tell a given from a withdrawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Refused
from consent_ledger.fields import Fields, print_base64

BODY_BYTES: Final = 4096
"""Length of every request body."""

SIGNATURE_LABEL: Final = b"nearside/v1/consent-record\n"
"""Prefix of the bytes that a device signs, so that the signature can mean nothing else."""


@dataclass(frozen=True, slots=True)
class RecordConsent:
    """Ask the ledger to log one consent record.

    `record` is the record's canonical JSON, `salt` 32 bytes, `signature` the device's 64-byte
    Ed25519 signature over `signed_message()`.
    """

    record: bytes
    salt: bytes
    signature: bytes

    def __post_init__(self) -> None:
        """Refuse wrong lengths and records that are not canonical. Raises `Malformed`."""
        if len(self.salt) != 32:
            raise Malformed("consent request: salt is not 32 bytes")
        if len(self.signature) != 64:
            raise Malformed("consent request: signature is not 64 bytes")
        canonical.decode_object(self.record)

    def signed_message(self) -> bytes:
        """Return the bytes that the device's signature covers."""
        return SIGNATURE_LABEL + self.record

    def to_bytes(self) -> bytes:
        """Print the request body, padded. Raises `Refused` when the record does not fit."""
        value = {
            "v": 1,
            "record": canonical.decode(self.record),
            "salt": self.salt.hex(),
            "signature": print_base64(self.signature),
            "pad": "",
        }
        room = BODY_BYTES - len(canonical.encode(value))
        if room < 0:
            raise Refused("consent request: the record does not fit")
        return canonical.encode(value | {"pad": "x" * room})

    @classmethod
    def from_bytes(cls, body: bytes) -> Self:
        """Parse a request body. Raises `Malformed` unless it prints back byte for byte."""
        if len(body) != BODY_BYTES:
            raise Malformed(f"consent request: not {BODY_BYTES} bytes")
        fields = Fields(canonical.decode(body), "consent request")
        fields.whole("v", low=1, high=1)
        record = fields.take("record")
        salt, signature = fields.hex("salt", 32), fields.base64("signature", 64)
        fields.text("pad", pattern=r"x*", max_length=BODY_BYTES)
        fields.done()
        return cls(canonical.encode(record), salt, signature)


@dataclass(frozen=True, slots=True)
class ConsentAccepted:
    """The answer to `RecordConsent`: `entry` is the leaf hash under which the receipt will appear."""

    entry: bytes

    def to_bytes(self) -> bytes:
        """Print the answer as canonical JSON."""
        return canonical.encode({"v": 1, "entry": self.entry.hex()})

    @classmethod
    def from_bytes(cls, body: bytes) -> Self:
        """Parse the answer. Raises `Malformed` unless it prints back byte for byte."""
        fields = Fields(canonical.decode(body), "consent answer")
        fields.whole("v", low=1, high=1)
        entry = fields.hex("entry", 32)
        fields.done()
        return cls(entry)
