"""Files that a command reads and writes, and what it says when it cannot."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from consent_ledger.errors import Malformed, Refused, Untrue


class Unusable(click.ClickException):
    """The input cannot be used: one line on the terminal, exit code 2."""

    exit_code = 2


@contextmanager
def unusable() -> Iterator[None]:
    """Say in one line why a file could not be read, trusted or written; never what is in it."""
    try:
        yield
    except (Malformed, Untrue, Refused) as error:
        raise Unusable(str(error)) from error
    except OSError as error:
        raise Unusable(f"file: {(error.strerror or 'cannot be used').lower()}") from error


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` to `path` so that a reader finds the old file or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
