"""Reading a log's public part, by folder or by URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from consent_ledger.errors import Malformed


class PublicLog(Protocol):
    """The public part of one log; reads are safe from several threads at once."""

    def read(self, path: str) -> bytes | None:
        """The bytes at a path below the log's prefix, or None when there is nothing.

        Raises `Malformed` when the file is longer than its kind may be, and `Refused` when it cannot be had.
        """

    def superseded_sizes(self) -> tuple[int, ...] | None:
        """The sizes of the superseded checkpoints kept here, in order; None where nobody can list them."""


@contextmanager
def open_log(place: str) -> Iterator[PublicLog]:
    """The log at `place`: a URL that begins with https: or http:, or else a folder.

    Raises `Malformed` when `place` is neither, and `Refused` for http beyond this machine.
    """
    if place.startswith(("https:", "http:")):
        # Whoever reads a folder need not load an HTTP client.
        from nearside.public_log.http import HttpLog

        with HttpLog.at(place) as log:
            yield log
        return
    folder = Path(place)
    if not folder.is_dir():
        raise Malformed("log: neither a folder nor a URL")
    from nearside.public_log.folder import FolderLog

    yield FolderLog(folder)


def need(log: PublicLog, path: str) -> bytes:
    """The bytes at `path`; raises `Malformed` when there is nothing."""
    data = log.read(path)
    if data is None:
        raise Malformed(f"log: no {path.partition('/')[0]} there")
    return data
