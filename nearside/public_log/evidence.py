"""Evidence: checkpoints of one log that contradict each other, kept for everybody to see."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from consent_ledger.checkpoint import Checkpoint
from consent_ledger.note import Note
from consent_ledger.storage.whole_file import replace_file

EVIDENCE: Final = "evidence"
"""The folder in a mirror that keeps what was refused."""


def evidence_beside(file: Path) -> Path:
    """The folder where what contradicts a file is kept."""
    return file.with_name(f"{file.name}.evidence")


def keep_evidence(folder: Path, *notes: bytes) -> tuple[Path, ...]:
    """Keep checkpoints that contradict each other, and return their files.

    A file is named after the size that its note says and its own hash, so that nothing is overwritten.
    """
    files = []
    for data in notes:
        size = Checkpoint.parse(Note.from_bytes(data).text).size
        files.append(folder / f"checkpoint-{size}-{hashlib.sha256(data).hexdigest()[:16]}")
        replace_file(files[-1], data)
    return tuple(files)
