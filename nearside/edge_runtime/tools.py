"""The programs that a build runs: Node, and what npm installed for it."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

# A tool may quote the line that failed, and a line of a bundle is a megabyte.
LINE: Final = 300


def run(command: Sequence[str | Path]) -> None:
    """Run one of our own tools.

    Raises `RuntimeError` with the tool's own words when it fails.
    """
    said_by(command)


def said_by(command: Sequence[str | Path]) -> bytes:
    """Run one of our own tools, and return what it prints. Raises as `run`."""
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 - our own tools
    if done.returncode != 0:
        said = "\n".join(line[:LINE] for line in (done.stderr or done.stdout).splitlines())
        raise RuntimeError(f"edge build: {Path(words[0]).name} failed\n{said}")
    return done.stdout.encode()
