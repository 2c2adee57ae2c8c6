"""Proofs that travel: index, inclusion proof and checkpoint in one text (C2SP tlog-proof, version 1)."""

from __future__ import annotations

from dataclasses import dataclass

from consent_ledger.checkpoint import Checkpoint, LogKeys, read_decimal
from consent_ledger.claim import SignatureClaim
from consent_ledger.errors import Malformed
from consent_ledger.fields import print_base64, read_base64
from consent_ledger.merkle import HASH_BYTES, verify_inclusion
from consent_ledger.note import Note

HEADER = "c2sp.org/tlog-proof@v1"
MAX_PROOF_BYTES = 64 * 1024
MAX_HASHES = 63


@dataclass(frozen=True, slots=True)
class TlogProof:
    """That some entry is at `index` in the tree of `checkpoint`, a signed note.

    `hashes` run from the leaf's sibling to the root's child; `extra` is opaque and not authenticated.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: Note
    extra: bytes | None = None

    @classmethod
    def parse(cls, text: str) -> TlogProof:
        """Read a proof; raises `Malformed` unless it prints back byte for byte."""
        if len(text) > MAX_PROOF_BYTES:
            raise Malformed("proof: too long")
        head, gap, note = text.partition("\n\n")
        header, *lines = head.split("\n")
        if not gap or header != HEADER:
            raise Malformed("proof: not a header, lines and a checkpoint")
        extra: bytes | None = None
        if lines and lines[0].startswith("extra "):
            extra = read_base64(lines.pop(0).removeprefix("extra "), noun="proof: extra")
        if not lines or not lines[0].startswith("index "):
            raise Malformed("proof: no index")
        index = read_decimal(lines.pop(0).removeprefix("index "), noun="proof: index")
        if len(lines) > MAX_HASHES:
            raise Malformed("proof: too many hashes")
        hashes = tuple(read_base64(line, noun="proof: hash") for line in lines)
        if any(len(item) != HASH_BYTES for item in hashes):
            raise Malformed("proof: a hash is not 32 bytes long")
        try:
            checkpoint = Note.from_bytes(note.encode("utf-8"))
        except UnicodeEncodeError:
            raise Malformed("proof: lone surrogate") from None
        return cls(index, hashes, checkpoint, extra)

    def __str__(self) -> str:
        lines = [HEADER]
        if self.extra is not None:
            lines.append(f"extra {print_base64(self.extra)}")
        lines.append(f"index {self.index}")
        lines.extend(print_base64(item) for item in self.hashes)
        return "\n".join(lines) + "\n\n" + self.checkpoint.to_bytes().decode("utf-8")

    def check(self, leaf: bytes, trusted: LogKeys) -> tuple[Checkpoint, tuple[SignatureClaim, ...]]:
        """Check that leaf hash `leaf` is in the tree (C2SP tlog-proof, "Verifying", steps 2 and 4).

        Returns the checkpoint and the claims that must still be verified (step 3) before it is believed;
        raises `Untrue` when the proof leads elsewhere or the checkpoint is not from a trusted log.
        """
        checkpoint, claims = trusted.check(self.checkpoint)
        verify_inclusion(self.index, checkpoint.size, leaf=leaf, proof=self.hashes, root=checkpoint.root)
        return checkpoint, claims
