"""The request that logs a consent choice, and its answer.

Every request is exactly 4096 bytes, so that its size does not tell a given from a withdrawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from consent_ledger import canonical
from consent_ledger.commitment import SALT_BYTES
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields, print_base64
from consent_ledger.receipt import Opening
from consent_ledger.record import ConsentRecord

BODY_BYTES: Final = 4096
"""Length of every request body."""


@dataclass(frozen=True, slots=True)
class RecordConsent:
    """Ask the ledger to log one consent record.

    `salt` is the 32 bytes of its commitment, `signature` the 64 of `record.signed_bytes()` by the
    device's own key; neither is verified here.
    """

    record: ConsentRecord
    salt: bytes
    signature: bytes

    def __post_init__(self) -> None:
        """Refuse wrong lengths. Raises `Malformed`."""
        if len(self.salt) != SALT_BYTES:
            raise Malformed("consent request: salt is not 32 bytes")
        if len(self.signature) != 64:
            raise Malformed("consent request: signature is not 64 bytes")

    @property
    def opening(self) -> Opening:
        """What the request opens: the entry that the ledger will hold, and the record in it."""
        return Opening(self.record, self.salt, self.signature)

    def to_bytes(self) -> bytes:
        """Print the request body, padded; the longest record leaves room for the rest."""
        value = {
            "v": 1,
            "record": self.record.to_json(),
            "salt": self.salt.hex(),
            "signature": print_base64(self.signature),
            "pad": "",
        }
        room = BODY_BYTES - len(canonical.encode(value))
        if room < 0:
            raise Malformed("consent request: the record is too long")
        return canonical.encode(value | {"pad": "x" * room})

    @classmethod
    def from_bytes(cls, body: bytes) -> Self:
        """Parse a request body. Raises `Malformed` unless it prints back byte for byte."""
        if len(body) != BODY_BYTES:
            raise Malformed(f"consent request: not {BODY_BYTES} bytes")
        fields = Fields(canonical.decode(body), "consent request")
        fields.whole("v", low=1, high=1)
        record = ConsentRecord.from_json(fields.take("record"))
        salt, signature = fields.hex("salt", SALT_BYTES), fields.base64("signature", 64)
        fields.text("pad", pattern=r"x*", max_length=BODY_BYTES)
        fields.done()
        return cls(record, salt, signature)


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
