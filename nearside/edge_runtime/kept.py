"""What was built before: a folder for each set of inputs, made once."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path


def kept(place: Path, inputs: Iterable[Path], make: Callable[[Path], None]) -> Path:
    """Return the folder in `place` of what `make` writes: an earlier build's where the inputs were the same.

    An input is a file or a folder of files; its name counts, its place does not. Whoever builds at the same
    time makes the same files, and one of the two is kept.
    """
    whole = hashlib.sha256()
    for name, content in sorted(_contents(inputs)):
        whole.update(name.encode() + b"\0" + content)
    folder = place / whole.hexdigest()[:32]
    if not folder.is_dir():
        place.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=place))
        try:
            make(made)
            made.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
        finally:
            shutil.rmtree(made, ignore_errors=True)
    return folder


def _contents(inputs: Iterable[Path]) -> Iterable[tuple[str, bytes]]:
    for given in inputs:
        files = [file for file in given.rglob("*") if file.is_file()] if given.is_dir() else [given]
        for file in files:
            yield (
                file.relative_to(given.parent).as_posix(),
                hashlib.sha256(file.read_bytes()).digest(),
            )
