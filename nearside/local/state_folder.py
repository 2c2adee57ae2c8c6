"""What becomes of a state folder as a whole: how large it is, held at rest, and removed by a reset."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from consent_ledger.errors import Refused
from nearside.local.claims import IN_USE, claimed, is_claimed
from nearside.local.ministack import holding
from nearside.local.names import ACCOUNT, physical_name
from nearside.local.ownership import DRAFTS, OURS, of_others
from nearside.local.template import Resource, load, walk
from nearside.settings import Settings


def size_of(folder: Path) -> int:
    """Return the bytes of all files below a folder; what vanishes meanwhile counts nothing."""
    total = 0
    for file in folder.rglob("*"):
        try:
            total += file.stat().st_size if file.is_file() else 0
        except FileNotFoundError:
            continue
    return total


@contextmanager
def at_rest(state: Path) -> Iterator[None]:
    """Hold a folder on which nothing runs, MiniStack included, while the body runs.

    Raises `Refused` where something runs or still stops, and as `claimed`.
    """
    with claimed(state), holding(state):
        yield


def check_forgettable(state: Path) -> None:
    """Raise `Refused` for a folder that is not one of ours, and while something runs on it."""
    if not (state / "format.json").is_file():
        raise Refused("state: this is not a folder of ours; nothing was removed")
    if is_claimed(state):
        raise Refused(IN_USE)


def forget(state: Path) -> list[str]:
    """Remove what is ours, and the folder when nothing else is in it; return what stays.

    Raises `Refused` as `check_forgettable`.
    """
    check_forgettable(state)
    with at_rest(state):
        rest = of_others(state)
        # The format goes last: a removal that was cut short can be told to go on.
        for name in sorted(OURS, key=lambda each: each in {"format.json", "lock", "ministack.lock"}):
            for each in (name, *(f"{name}{ending}" for ending in DRAFTS)):
                _remove(state / each)
    if not rest:
        state.rmdir()
    return rest


def bucket_folder(state: Path, path: str) -> Path:
    """Return where MiniStack keeps a bucket's objects; `path` is its resource's, as `Ledger/LedgerBucket`."""
    return state / "objects" / ACCOUNT / physical_name(_resource(path))


def _resource(path: str) -> Resource:
    root = load(Settings.read().project / "template.yaml")
    return next(each for each in walk(root) if each.path == path)


def _remove(file: Path) -> None:
    if file.is_dir() and not file.is_symlink():
        shutil.rmtree(file)
    else:
        file.unlink(missing_ok=True)
