"""A log's public part in a folder: one that is kept here, or a copy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from consent_ledger.storage.whole_file import read_at_most
from nearside.public_log.layout import most_bytes


@dataclass(frozen=True, slots=True)
class FolderLog:
    """A `PublicLog` in `folder`; nothing is ever written."""

    folder: Path

    def read(self, path: str) -> bytes | None:
        """See `PublicLog.read`."""
        limit = most_bytes(path)
        try:
            # A pipe or a device would never end, and is no copy of anything.
            if not (file := self.folder / path).is_file():
                return None
            return read_at_most(file, limit, noun="log file")
        except (FileNotFoundError, NotADirectoryError):
            return None

    def superseded_sizes(self) -> tuple[int, ...] | None:
        """See `PublicLog.superseded_sizes`."""
        kept = self.folder / "checkpoints"
        names = [file.name for file in kept.iterdir()] if kept.is_dir() else []
        return tuple(sorted(int(name) for name in names if name.isascii() and name.isdigit()))
