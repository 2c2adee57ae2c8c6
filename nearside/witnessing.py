"""Witnessing from the command line: what was cosigned last lies in a file, what contradicts it beside it."""

from __future__ import annotations

import fcntl
import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from consent_ledger.checkpoint import Checkpoint, LogKeys
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Refused, Untrue
from consent_ledger.merkle import EMPTY_ROOT
from consent_ledger.note import MAX_NOTE_BYTES, Note, Signer
from consent_ledger.storage.file import replace_file
from consent_ledger.witness import AddCheckpoint, Witness
from nearside.public_log.proofs import believed, latest, prove_growth
from nearside.public_log.source import PublicLog


@dataclass(frozen=True, slots=True)
class FileMemory:
    """A `WitnessStore` for one log, in one file; a lock file beside it keeps two runs apart."""

    file: Path

    def latest(self, origin: str) -> bytes | None:
        """See `WitnessStore.latest`; raises `Malformed` when damaged, `Refused` when it is another log's."""
        try:
            with self.file.open("rb") as opened:
                data = opened.read(MAX_NOTE_BYTES + 1)
        except FileNotFoundError:
            return None
        if Checkpoint.parse(Note.from_bytes(data).text).origin != origin:
            raise Refused("witness: the file remembers another log")
        return data

    def swap(self, origin: str, old: bytes | None, new: bytes) -> bool:
        """See `WitnessStore.swap`: on disk before this returns."""
        with self._locked():
            if self.latest(origin) != old:
                return False
            replace_file(self.file, new)
            return True

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.with_name(f"{self.file.name}.lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def observe(log: PublicLog, trusted: LogKeys, *, signer: Signer, memory: FileMemory) -> bytes:
    """Cosign what the log publishes now, and return the note; it is remembered before this returns.

    Raises `Untrue` when the checkpoint is not the log's, or when the log does not continue what is
    remembered; then both checkpoints are kept as evidence, in a folder beside the memory.
    """
    note = latest(log)
    believed(note, trusted)
    held = memory.latest(trusted.origin)
    try:
        request = _continuing(log, note, held)
    except Untrue as error:
        shown = [note.to_bytes()] if held is None else [held, note.to_bytes()]
        kept = keep_evidence(evidence_beside(memory.file), *shown)
        raise Untrue(f"{error}; kept as evidence in {kept[0].parent.name}") from None
    logs = {trusted.origin: trusted}
    witness = Witness(signer, logs, memory, verify_claims, now=lambda: int(time.time()))
    answer = witness.add_checkpoint(request.to_bytes())
    cosigned = memory.latest(trusted.origin)
    if answer.status != 200 or cosigned is None:
        raise Refused("witness: another run with this state came in between; try again")
    return cosigned


def evidence_beside(file: Path) -> Path:
    """The folder where what contradicts a file is kept."""
    return file.with_name(f"{file.name}.evidence")


def keep_evidence(folder: Path, *notes: bytes) -> tuple[Path, ...]:
    """Keep checkpoints that contradict each other, for everybody to see; return their files.

    A file is named after the size that its note says and its own hash, so that nothing is overwritten.
    """
    files = []
    for data in notes:
        size = Checkpoint.parse(Note.from_bytes(data).text).size
        files.append(folder / f"checkpoint-{size}-{hashlib.sha256(data).hexdigest()[:16]}")
        replace_file(files[-1], data)
    return tuple(files)


def _continuing(log: PublicLog, note: Note, held: bytes | None) -> AddCheckpoint:
    now = Checkpoint.parse(note.text)
    size, root = 0, EMPTY_ROOT
    if held is not None:
        before = Checkpoint.parse(Note.from_bytes(held).text)
        size, root = before.size, before.root
    if now.size < size:
        raise Untrue("checkpoint: the log is shorter than when it was cosigned last")
    if now.size == size and now.root != root:
        raise Untrue("checkpoint: the log shows another tree of the size that was cosigned last")
    found, request = prove_growth(log, size, note=note)
    if found != root:
        raise Untrue("checkpoint: the log's past was rewritten since it was cosigned last")
    return request
