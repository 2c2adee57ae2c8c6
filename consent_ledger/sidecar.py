"""Sidecars: the agency's own copy of what opens a commitment, kept so that it can be destroyed.

This module is the format alone. Sealing is AES-256-GCM under a key of that one event, done where keys are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from consent_ledger.errors import Malformed
from consent_ledger.receipt import Opening

PLAIN_BYTES = 4096
NONCE_BYTES = 12
TAG_BYTES = 16
MAGIC = b"NSC1"
SEALED_BYTES = len(MAGIC) + NONCE_BYTES + PLAIN_BYTES + TAG_BYTES


def pack(opening: Opening) -> bytes:
    """The plaintext: the opening padded with spaces to `PLAIN_BYTES`, so that size says nothing."""
    data = opening.to_bytes()
    if len(data) > PLAIN_BYTES:
        raise Malformed("sidecar: too long")
    return data.ljust(PLAIN_BYTES)


def unpack(plain: bytes) -> Opening:
    """Read a sidecar's plaintext; raises `Malformed`."""
    if len(plain) != PLAIN_BYTES:
        raise Malformed("sidecar: of another length")
    return Opening.from_bytes(plain.rstrip(b" "))


def associated_data(entry: bytes) -> bytes:
    """What is authenticated beside the plaintext: a box moved to another entry does not open."""
    return b"nearside/v1/sidecar\n" + entry


@dataclass(frozen=True, slots=True)
class SealedOpening:
    """A sealed sidecar: `"NSC1" | nonce | ciphertext | tag`, always `SEALED_BYTES` long."""

    nonce: bytes
    ciphertext: bytes

    @classmethod
    def from_bytes(cls, data: bytes) -> SealedOpening:
        """Read a box; raises `Malformed`."""
        if len(data) != SEALED_BYTES or not data.startswith(MAGIC):
            raise Malformed("sidecar: not a sealed box")
        start = len(MAGIC)
        return cls(data[start : start + NONCE_BYTES], data[start + NONCE_BYTES :])

    def to_bytes(self) -> bytes:
        """The box as it was read, byte for byte."""
        return MAGIC + self.nonce + self.ciphertext


class Sidecars(Protocol):
    """Where sidecars are kept, by leaf hash."""

    def put(self, entry: bytes, opening: Opening) -> None:
        """Keep an opening; again, or after its destruction, nothing happens."""

    def open(self, entry: bytes) -> Opening | None:
        """The opening of an entry, or None when there is none or it was destroyed."""

    def destroy(self, entry: bytes, erasure: bytes) -> bool:
        """Destroy key and box for ever, in one step, and remember which erasure did.

        True when it was `erasure` that destroyed them, now or at an earlier try, until they are parted.
        """

    def part(self, entry: bytes, erasure: bytes) -> None:
        """Forget that it was `erasure` that destroyed an entry: together they would say whose it was."""

    def sealed(self) -> Iterator[bytes]:
        """The entries that have a box and the key to it, in no order; nothing is opened."""


class MemorySidecars:
    """Sidecars in memory: the reference that other stores are measured against."""

    def __init__(self) -> None:
        self._plain: dict[bytes, bytes] = {}
        self._erased_by: dict[bytes, bytes | None] = {}

    def put(self, entry: bytes, opening: Opening) -> None:
        """See `Sidecars.put`."""
        if entry not in self._erased_by:
            self._plain.setdefault(entry, pack(opening))

    def open(self, entry: bytes) -> Opening | None:
        """See `Sidecars.open`."""
        plain = self._plain.get(entry)
        return None if plain is None else unpack(plain)

    def destroy(self, entry: bytes, erasure: bytes) -> bool:
        """See `Sidecars.destroy`."""
        if self._plain.pop(entry, None) is not None:
            self._erased_by[entry] = erasure
        return self._erased_by.get(entry) == erasure

    def part(self, entry: bytes, erasure: bytes) -> None:
        """See `Sidecars.part`."""
        if self._erased_by.get(entry) == erasure:
            self._erased_by[entry] = None

    def sealed(self) -> Iterator[bytes]:
        """See `Sidecars.sealed`."""
        yield from tuple(self._plain)
