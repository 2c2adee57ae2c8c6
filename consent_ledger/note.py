"""Signed notes: a text and the signatures under it (C2SP signed-note, version 1)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from consent_ledger.claim import SignatureClaim
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.fields import print_base64, read_base64, read_hex

ED25519 = 0x01
"""Signature type of plain Ed25519 (C2SP signed-note, section "Signature types"); the only one we accept."""

MAX_NOTE_BYTES = 1024 * 1024
MAX_SIGNATURES = 64
MAX_KEY_CHARS = 1024
"""The longest verifier key that is read, in characters."""

_DASH = "\u2014"
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A named public key: `<name>+<key id>+<base64 of type and key>` (C2SP signed-note, "Verifier keys").

    Ed25519 only; `public_key` has 32 bytes.
    """

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        check_key(self.name, self.public_key)

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256 over name, newline, signature type and key."""
        return key_id_of(self.name, ED25519, self.public_key)

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read a verifier key; raises `Malformed`, also when the key id does not belong to the key."""
        return cls(*parse_vkey(text, ED25519))

    def __str__(self) -> str:
        return print_vkey(self.name, ED25519, self.public_key)


class NamedKey(Protocol):
    """A public key of any signature type, as signature lines name it."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256 over name, newline, signature type and key."""


class Signer(Protocol):
    """Signs notes under one named key; the private key may live elsewhere."""

    @property
    def key(self) -> VerifierKey:
        """The public half, with its name."""

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of an Ed25519 signature over `message`."""


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line; its key may be unknown to us, and then it is only carried along."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"{_DASH} {self.name} {print_base64(self.key_id + self.signature)}"


@dataclass(frozen=True, slots=True)
class Note:
    """A text ending in a newline, with at least one signature line under it."""

    text: str
    signatures: tuple[NoteSignature, ...]

    @classmethod
    def from_bytes(cls, data: bytes) -> Note:
        """Read a signed note; raises `Malformed`."""
        if len(data) > MAX_NOTE_BYTES:
            raise Malformed("note: too long")
        try:
            whole = data.decode("utf-8")
        except UnicodeDecodeError:
            raise Malformed("note: not utf-8") from None
        # The text may hold empty lines itself: the last one ends it.
        text, gap, block = whole.rpartition("\n\n")
        if not gap or not block.endswith("\n") or _CONTROL.search(whole):
            raise Malformed("note: not a text, an empty line and signature lines")
        lines = block[:-1].split("\n")
        if len(lines) > MAX_SIGNATURES:
            raise Malformed("note: too many signatures")
        return cls(text + "\n", tuple(_parse_signature(line) for line in lines))

    def to_bytes(self) -> bytes:
        """The note as it was read, byte for byte."""
        return "".join([self.text, "\n", *(f"{line}\n" for line in self.signatures)]).encode("utf-8")

    def claims(self, keys: Iterable[VerifierKey]) -> tuple[SignatureClaim, ...]:
        """The signatures by `keys`, still to be verified; those by other keys are ignored.

        Raises `Untrue` when none of `keys` has signed.
        """
        known = {(key.name, key.key_id): key for key in keys}
        found = tuple(
            SignatureClaim(key.public_key, self.text.encode("utf-8"), line.signature, f"note by {key.name}")
            for line in self.signatures
            if (key := known.get((line.name, line.key_id))) is not None
        )
        if not found:
            raise Untrue("note: not signed by a trusted key")
        return found


def is_by(line: NoteSignature, key: NamedKey) -> bool:
    """Whether a signature line claims to be by a key: its name and key id say so, and nothing is verified."""
    return (line.name, line.key_id) == (key.name, key.key_id)


def sign_note(text: str, signer: Signer) -> Note:
    """Put one signature under `text`, which must end in a newline and hold no other control character."""
    if not text.endswith("\n") or _CONTROL.search(text):
        raise Malformed("note: text does not end in a newline, or holds control characters")
    signature = signer.sign(text.encode("utf-8"))
    return Note(text, (NoteSignature(signer.key.name, signer.key.key_id, signature),))


def key_id_of(name: str, kind: int, public_key: bytes) -> bytes:
    """The first four bytes of SHA-256 over name, newline, signature type and key."""
    return hashlib.sha256(name.encode("utf-8") + b"\n" + bytes([kind]) + public_key).digest()[:4]


def check_key(name: str, public_key: bytes) -> None:
    """Raise `Malformed` unless the name can stand in a note and the key has 32 bytes."""
    _check_name(name, noun="verifier key")
    if len(public_key) != 32:
        raise Malformed("verifier key: not 32 bytes long")


def parse_vkey(text: str, kind: int) -> tuple[str, bytes]:
    """Name and public key out of a verifier key of one signature type; raises `Malformed`."""
    if len(text) > MAX_KEY_CHARS:
        raise Malformed("verifier key: too long")
    match text.split("+", 2):
        case [name, key_id, encoded]:
            data = read_base64(encoded, noun="verifier key")
            if data[:1] != bytes([kind]):
                raise Malformed("verifier key: of another signature type")
            check_key(name, data[1:])
            if read_hex(key_id, 4, noun="verifier key: key id") != key_id_of(name, kind, data[1:]):
                raise Malformed("verifier key: the key id belongs to another key")
            return name, data[1:]
        case _:
            raise Malformed("verifier key: not name, key id and key")


def print_vkey(name: str, kind: int, public_key: bytes) -> str:
    """The verifier key as text (C2SP signed-note, "Verifier keys")."""
    key_id = key_id_of(name, kind, public_key)
    return f"{name}+{key_id.hex()}+{print_base64(bytes([kind]) + public_key)}"


def _parse_signature(line: str) -> NoteSignature:
    match line.split(" "):
        case [dash, name, encoded] if dash == _DASH:
            _check_name(name, noun="note: signature")
            data = read_base64(encoded, noun="note: signature")
            if len(data) < 5:
                raise Malformed("note: signature is too short")
            return NoteSignature(name, data[:4], data[4:])
        case _:
            raise Malformed("note: not a signature line")


def _check_name(name: str, *, noun: str) -> None:
    if not name or "+" in name or _CONTROL.search(name) or any(letter.isspace() for letter in name):
        raise Malformed(f"{noun}: name is empty or holds a space, a plus or a control character")
    if _SURROGATE.search(name):
        raise Malformed(f"{noun}: name holds a lone surrogate")
