"""Cosignatures: a witness says that it saw a log grow without rewriting its past (C2SP tlog-cosignature).

Ed25519 cosignatures, version 1. Whoever asks for a quorum of witnesses cannot be shown a tree of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

from consent_ledger.claim import SignatureClaim
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.note import (
    Note,
    NoteSignature,
    Signer,
    check_key,
    is_by,
    key_id_of,
    parse_vkey,
    print_vkey,
)

COSIGNATURE = 0x04
"""Signature type of timestamped Ed25519 cosignatures (C2SP signed-note, "Signature types")."""

SIGNED_BYTES = 8 + 64
_LATEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """A witness's name and Ed25519 public key, 32 bytes."""

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        check_key(self.name, self.public_key)

    @property
    def key_id(self) -> bytes:
        """What names the key in a signature line, beside its name; 4 bytes."""
        return key_id_of(self.name, COSIGNATURE, self.public_key)

    @classmethod
    def parse(cls, text: str) -> WitnessKey:
        """Read a verifier key of type 4; raises `Malformed`."""
        return cls(*parse_vkey(text, COSIGNATURE))

    def __str__(self) -> str:
        return print_vkey(self.name, COSIGNATURE, self.public_key)


def cosigned_message(text: str, cosigned_at: int) -> bytes:
    """What a witness signs: header, time in seconds since 1970, and the checkpoint's whole text."""
    if not 0 <= cosigned_at <= _LATEST:
        raise Malformed("cosignature: time is out of range")
    return f"cosignature/v1\ntime {cosigned_at}\n{text}".encode()


def cosignature_claims(note: Note, witness: WitnessKey) -> tuple[SignatureClaim, ...]:
    """The cosignatures of one witness under a checkpoint, still to be verified: one for each time it signed.

    Raises `Untrue` when a line is the witness's and cannot be a cosignature.
    """
    return tuple(_claim(note, witness, line) for line in note.signatures if is_by(line, witness))


def first_cosigned_at(note: Note, witness: WitnessKey) -> int | None:
    """When a witness says that it first cosigned, in seconds since 1970; None when it did not.

    For notes whose cosignatures have been verified.
    """
    times = [int.from_bytes(line.signature[:8], "big") for line in note.signatures if is_by(line, witness)]
    return min(times, default=None)


def cosign(note: Note, witness: Signer, *, cosigned_at: int) -> Note:
    """Add a cosignature; a witness does so only after it has verified consistency with what it saw before."""
    key = WitnessKey(witness.key.name, witness.key.public_key)
    signature = witness.sign(cosigned_message(note.text, cosigned_at))
    line = NoteSignature(key.name, key.key_id, cosigned_at.to_bytes(8, "big") + signature)
    return Note(note.text, (*note.signatures, line))


def _claim(note: Note, witness: WitnessKey, line: NoteSignature) -> SignatureClaim:
    cosigned_at = int.from_bytes(line.signature[:8], "big")
    if len(line.signature) != SIGNED_BYTES or cosigned_at > _LATEST:
        raise Untrue("cosignature: not a time and a signature")
    message = cosigned_message(note.text, cosigned_at)
    return SignatureClaim(witness.public_key, message, line.signature[8:], f"cosignature by {witness.name}")
