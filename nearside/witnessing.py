"""Witnessing from the command line: what was cosigned last lies in a file, what contradicts it beside it."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from consent_ledger.checkpoint import Checkpoint, LogKeys
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Refused, Untrue
from consent_ledger.merkle import EMPTY_ROOT
from consent_ledger.note import MAX_NOTE_BYTES, Note, Signer
from consent_ledger.storage.whole_file import read_at_most, replace_file
from consent_ledger.witness import AddCheckpoint, Witness
from nearside.public_log.evidence import evidence_beside, keep_evidence
from nearside.public_log.proofs import believed, latest, prove_growth
from nearside.public_log.source import PublicLog


@dataclass(frozen=True, slots=True)
class FileWitnessStore:
    """A `WitnessStore` for one log, in one file; a lock file beside it keeps two runs apart."""

    file: Path

    def latest(self, origin: str) -> bytes | None:
        """See `WitnessStore.latest`; raises `Malformed` when damaged, `Refused` when it is another log's."""
        try:
            data = read_at_most(self.file, MAX_NOTE_BYTES, noun="checkpoint")
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


def observe(
    log: PublicLog,
    trusted: LogKeys,
    *,
    signer: Signer,
    memory: FileWitnessStore,
    now: Callable[[], int],
) -> bytes:
    """Cosign what the log publishes now, and return the note; it is remembered before this returns.

    `now` gives the time in seconds since 1970, which is asked for when the cosignature is made.
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
    witness = Witness(signer, {trusted.origin: trusted}, memory, verify_claims, now=now)
    answer = witness.add_checkpoint(request.to_bytes())
    cosigned = memory.latest(trusted.origin)
    if answer.status != 200 or cosigned is None:
        raise Refused("witness: another run with this memory came in between; try again")
    return cosigned


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
