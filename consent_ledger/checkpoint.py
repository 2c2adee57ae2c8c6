"""Checkpoints: what a log says about itself, signed (C2SP tlog-checkpoint)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from consent_ledger.claim import SignatureClaim
from consent_ledger.cosignature import WitnessKey, cosignature_claims
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.fields import print_base64, read_base64
from consent_ledger.note import MAX_NOTE_BYTES, Note, VerifierKey

MAX_SIZE = 2**63 - 1
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")


def read_decimal(text: str, *, noun: str) -> int:
    """A tree size or index: ASCII decimal without leading zeroes, at most `MAX_SIZE`; raises `Malformed`."""
    if _DECIMAL.fullmatch(text) is None or int(text) > MAX_SIZE:
        raise Malformed(f"{noun}: not a decimal number")
    return int(text)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The origin of a log, its number of entries and its root hash.

    `extensions` are opaque lines that other logs may add; ours writes none.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the text of a checkpoint note; raises `Malformed`."""
        if len(text) > MAX_NOTE_BYTES:
            raise Malformed("checkpoint: too long")
        match text.split("\n"):
            case [origin, size, root, *extensions, ""] if origin and all(extensions):
                root_hash = read_base64(root, noun="checkpoint: root")
                if len(root_hash) != 32:
                    raise Malformed("checkpoint: root is not 32 bytes long")
                return cls(origin, read_decimal(size, noun="checkpoint: size"), root_hash, tuple(extensions))
            case _:
                raise Malformed("checkpoint: not origin, size and root")

    def __str__(self) -> str:
        lines = (self.origin, str(self.size), print_base64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class LogKeys:
    """The log that a verifier trusts: its origin, the keys that may sign its checkpoints, and its witnesses.

    At least `quorum` of `witnesses` must have cosigned; none need have when `quorum` is 0.
    """

    origin: str
    keys: tuple[VerifierKey, ...]
    witnesses: tuple[WitnessKey, ...] = ()
    quorum: int = 0

    def __post_init__(self) -> None:
        # What a witness signs does not name it: one key under two names would be two witnesses (C2SP
        # tlog-cosignature, "Ed25519 signed message").
        held = {witness.public_key for witness in self.witnesses}
        if not 0 <= self.quorum <= len(held):
            raise Malformed("log keys: quorum of more witnesses than there are")
        if not held.isdisjoint(key.public_key for key in self.keys):
            raise Malformed("log keys: the log would be its own witness")

    @classmethod
    def parse(cls, *vkeys: str, witnesses: Sequence[str] = (), quorum: int = 0) -> LogKeys:
        """Read verifier keys; the first one's name is the origin (C2SP tlog-checkpoint, "Signatures")."""
        keys = tuple(VerifierKey.parse(vkey) for vkey in vkeys)
        if not keys:
            raise Malformed("log keys: none given")
        return cls(keys[0].name, keys, tuple(WitnessKey.parse(vkey) for vkey in witnesses), quorum)

    @classmethod
    def from_text(cls, text: str) -> LogKeys:
        """Read one line: the log's keys, then, where witnesses are asked for, the quorum and their keys.

        Parted by single spaces; raises `Malformed`.
        """
        if len(text) > MAX_NOTE_BYTES:
            raise Malformed("log keys: too long")
        words = text.split(" ")
        count = next((at for at, word in enumerate(words) if _DECIMAL.fullmatch(word)), len(words))
        quorum = read_decimal(words[count], noun="log keys: quorum") if count < len(words) else 0
        read = cls.parse(*words[:count], witnesses=words[count + 1 :], quorum=quorum)
        if str(read) != text:
            raise Malformed("log keys: not keys, quorum and witnesses in one line")
        return read

    def __str__(self) -> str:
        witnessed = (str(self.quorum), *map(str, self.witnesses)) if self.witnesses else ()
        return " ".join((*map(str, self.keys), *witnessed))

    def check(self, note: Note) -> tuple[Checkpoint, tuple[SignatureClaim, ...]]:
        """The checkpoint in `note`, and the claims that must still be verified before it is believed.

        Raises `Malformed` when it is no checkpoint, `Untrue` when it is another log's, unsigned by `keys`, or
        cosigned by too few witnesses.
        """
        checkpoint = Checkpoint.parse(note.text)
        if checkpoint.origin != self.origin:
            raise Untrue("checkpoint: from another log")
        claims = note.claims(self.keys)
        cosigned = [
            claim for each in dict.fromkeys(self.witnesses) for claim in cosignature_claims(note, each)
        ]
        # Each key counts once, however often and under whichever name it signed; all of it must verify.
        if len({claim.public_key for claim in cosigned}) < self.quorum:
            raise Untrue("checkpoint: cosigned by too few witnesses")
        return checkpoint, (*claims, *cosigned)

    def log_alone(self) -> LogKeys:
        """The same log without its witnesses: for checkpoints whose cosignatures are counted elsewhere."""
        return LogKeys(self.origin, self.keys)
