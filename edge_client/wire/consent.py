"""The request that logs a consent choice, and its answer.

Every request is exactly 4096 bytes, so that its size does not tell a given from a withdrawn.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final, Self

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Refused

BODY_BYTES: Final = 4096
"""Length of every request body."""

SIGNATURE_LABEL: Final = b"nearside/v1/consent-record\n"
"""Prefix of the bytes that a device signs, so that the signature can mean nothing else."""

_SALT: Final = re.compile(r"[0-9a-f]{64}")
_PAD: Final = re.compile(r"x*")
_FIELDS: Final = {"v", "record", "salt", "signature", "pad"}


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
        if not isinstance(canonical.decode(self.record), dict):
            raise Malformed("consent request: record is not an object")

    def signed_message(self) -> bytes:
        """Return the bytes that the device's signature covers."""
        return SIGNATURE_LABEL + self.record

    def to_bytes(self) -> bytes:
        """Print the request body, padded. Raises `Refused` when the record does not fit."""
        value = {
            "v": 1,
            "record": canonical.decode(self.record),
            "salt": self.salt.hex(),
            "signature": base64.b64encode(self.signature).decode("ascii"),
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
            raise Malformed("consent request: not 4096 bytes")
        value = canonical.decode(body)
        if not isinstance(value, dict) or set(value) != _FIELDS:
            raise Malformed("consent request: not the fields of version 1")
        match value:
            case {"v": int(version), "record": dict(record), "salt": str(salt), "signature": str(signature), "pad": str(pad)}:  # fmt: skip # noqa: E501
                if version != 1 or isinstance(version, bool):
                    raise Malformed("consent request: unknown version")
                if not _SALT.fullmatch(salt) or not _PAD.fullmatch(pad):
                    raise Malformed("consent request: salt or padding is not in its one form")
                return cls(canonical.encode(record), bytes.fromhex(salt), _decode_base64(signature))
            case _:
                raise Malformed("consent request: a field has the wrong type")


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
        value = canonical.decode(body)
        match value:
            case {"v": 1, "entry": str(entry)} if len(value) == 2 and _SALT.fullmatch(entry):
                return cls(bytes.fromhex(entry))
            case _:
                raise Malformed("consent answer: not the fields of version 1")


def _decode_base64(text: str) -> bytes:
    try:
        decoded = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise Malformed("consent request: signature is not base64") from error
    if base64.b64encode(decoded).decode("ascii") != text:
        raise Malformed("consent request: signature is not in its one base64 form")
    return decoded
