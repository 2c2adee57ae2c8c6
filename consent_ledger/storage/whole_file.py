"""Whole files: read up to a limit, and replaced so that nobody ever finds a part of one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO, Final

from consent_ledger.errors import Malformed

PRIVATE: Final = 0o600
"""The mode of a file that its owner alone may read."""


def read_at_most(file: Path | BinaryIO, limit: int, *, noun: str) -> bytes:
    """All bytes of a file, or what is left of an open one; no more than one above `limit` are ever held.

    Raises `Malformed`, its text beginning with `noun`, when there are more than `limit`.
    """
    if isinstance(file, Path):
        with file.open("rb") as opened:
            return read_at_most(opened, limit, noun=noun)
    data = file.read(limit + 1)
    if len(data) > limit:
        raise Malformed(f"{noun}: too long")
    return data


def replace_file(path: Path, data: bytes, *, mode: int = 0o666, durably: bool = True) -> None:
    """Write a file, and its folder, so that it is the old or the new one whole, also after a crash.

    `mode` is the file's, less what the process's mask takes; a folder made for it can be entered by whoever
    may read the file. Once this returns the new one survives a loss of power, unless not `durably`: whoever
    writes many files then calls `os.sync` before anything relies on them. One writer of a file at a time.
    """
    path.parent.mkdir(mode=mode | (mode & 0o444) >> 2, parents=True, exist_ok=True)
    # Under this ending MiniStack takes no file for an object.
    draft = path.with_name(f"{path.name}.tmp")
    # One that a crash left behind may be open to more readers.
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            if durably:
                file.flush()
                os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    if durably:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a loss of power."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
