"""A witness: remembers the latest checkpoint of each log that it knows, and cosigns what continues it.

The protocol is C2SP tlog-witness, section "add-checkpoint"; the status codes are its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from consent_ledger.checkpoint import Checkpoint, LogKeys, read_decimal
from consent_ledger.claim import ClaimVerifier
from consent_ledger.cosignature import WitnessKey, cosign
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.fields import print_base64, read_base64
from consent_ledger.merkle import EMPTY_ROOT, HASH_BYTES, verify_consistency
from consent_ledger.note import Note, Signer, VerifierKey

MAX_REQUEST_BYTES = 64 * 1024
MAX_PROOF_LINES = 63
SIZE_TYPE = "text/x.tlog.size"
_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A log's request: cosign `checkpoint`, which continues the tree of `old` entries as `proof` shows."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: Note

    @classmethod
    def from_bytes(cls, data: bytes) -> AddCheckpoint:
        """Read a request body; raises `Malformed`."""
        if len(data) > MAX_REQUEST_BYTES:
            raise Malformed("witness request: too long")
        head, gap, note = data.partition(b"\n\n")
        try:
            old, *hashes = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise Malformed("witness request: not ascii before the checkpoint") from None
        if not gap or not old.startswith("old "):
            raise Malformed("witness request: not an old size, a proof, an empty line and a checkpoint")
        if len(hashes) > MAX_PROOF_LINES:
            raise Malformed("witness request: the proof is too long")
        proof = tuple(read_base64(line, noun="witness request: proof") for line in hashes)
        if any(len(each) != HASH_BYTES for each in proof):
            raise Malformed("witness request: a hash of the proof is not 32 bytes long")
        size = read_decimal(old.removeprefix("old "), noun="witness request: old size")
        read = cls(size, proof, Note.from_bytes(note))
        Checkpoint.parse(read.checkpoint.text)
        return read

    def to_bytes(self) -> bytes:
        """The request as it was read, byte for byte."""
        lines = (f"old {self.old}", *map(print_base64, self.proof))
        return "".join(f"{line}\n" for line in (*lines, "")).encode("ascii") + self.checkpoint.to_bytes()


@dataclass(frozen=True, slots=True)
class WitnessAnswer:
    """What a witness says: a status of HTTP, a body and its type."""

    status: int
    body: bytes = b""
    content_type: str = _TEXT


class WitnessStore(Protocol):
    """What a witness remembers: one note a log. Every method is atomic, and reads see every earlier write."""

    def latest(self, origin: str) -> bytes | None:
        """The checkpoint of this log that was cosigned last, with the cosignature, or None."""

    def swap(self, origin: str, old: bytes | None, new: bytes) -> bool:
        """Remember `new` if what is remembered still is `old`; False when it is not."""


@dataclass(frozen=True, slots=True)
class Witness:
    """One witness: its key and name, the logs it knows by their origins, its memory and its clock.

    `now` is in seconds since 1970. Whoever loses the memory must retire the key: a witness that has forgotten
    would cosign a fork.
    """

    signer: Signer
    logs: Mapping[str, LogKeys]
    store: WitnessStore
    verify: ClaimVerifier
    now: Callable[[], int]

    @property
    def key(self) -> WitnessKey:
        """The key under which it cosigns."""
        return WitnessKey(self.signer.key.name, self.signer.key.public_key)

    def add_checkpoint(self, data: bytes) -> WitnessAnswer:
        """Answer one request; the cosignature leaves only after what it says is remembered."""
        try:
            asked = AddCheckpoint.from_bytes(data)
        except Malformed as error:
            return _refusal(400, error)
        checkpoint = Checkpoint.parse(asked.checkpoint.text)
        trusted = self.logs.get(checkpoint.origin)
        if trusted is None:
            return _refusal(404, "checkpoint: of a log that is not known here")
        try:
            self.verify(trusted.check(asked.checkpoint)[1])
        except Untrue as error:
            return _refusal(403, error)
        if asked.old > checkpoint.size:
            return _refusal(400, "witness request: the old size is larger than the checkpoint's")
        while True:
            answer = self._decide(asked, checkpoint, trusted)
            if answer is not None:
                return answer

    def _decide(self, asked: AddCheckpoint, checkpoint: Checkpoint, trusted: LogKeys) -> WitnessAnswer | None:
        """The answer, or None when the memory changed meanwhile."""
        held = self.store.latest(checkpoint.origin)
        size, root = (0, EMPTY_ROOT) if held is None else _size_and_root(held)
        if asked.old != size or (checkpoint.size == size and checkpoint.root != root):
            return WitnessAnswer(409, f"{size}\n".encode("ascii"), SIZE_TYPE)
        try:
            verify_consistency(
                size, checkpoint.size, old_root=root, new_root=checkpoint.root, proof=asked.proof
            )
        except Untrue as error:
            return _refusal(422, error)
        # The time is told before the memory is changed: at that time this was the largest tree seen, because
        # the change below finds the memory as it was read. It is written back also when the size stays.
        cosigned = cosign(_signed_by(asked.checkpoint, trusted.keys), self.signer, cosigned_at=self.now())
        if not self.store.swap(checkpoint.origin, held, cosigned.to_bytes()):
            return None
        return WitnessAnswer(200, f"{cosigned.signatures[-1]}\n".encode())


def known_logs(vkeys: Iterable[str]) -> dict[str, LogKeys]:
    """The logs that a witness knows, by origin; keys of one name are one log's. Raises `Malformed`."""
    by_origin: dict[str, list[str]] = {}
    for vkey in vkeys:
        by_origin.setdefault(VerifierKey.parse(vkey).name, []).append(vkey)
    return {origin: LogKeys.parse(*keys) for origin, keys in by_origin.items()}


def _size_and_root(held: bytes) -> tuple[int, bytes]:
    checkpoint = Checkpoint.parse(Note.from_bytes(held).text)
    return checkpoint.size, checkpoint.root


def _signed_by(note: Note, keys: Iterable[VerifierKey]) -> Note:
    """The note with the signatures by `keys` alone: those of strangers are not ours to remember."""
    known = {(key.name, key.key_id) for key in keys}
    return Note(note.text, tuple(line for line in note.signatures if (line.name, line.key_id) in known))


def _refusal(status: int, reason: object) -> WitnessAnswer:
    return WitnessAnswer(status, f"{reason}\n".encode())
