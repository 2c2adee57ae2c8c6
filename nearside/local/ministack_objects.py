"""S3's objects as MiniStack keeps them: a file of bytes and, beside it, a file of what is said about them.

Each is replaced as a whole and survives a loss of power, but they are two. A process that ends between them
leaves new bytes under an old description, and a client that compares checksums refuses such an object for
ever; at the next start the description is made true again. Standard library only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from consent_ledger.storage.whole_file import PRIVATE, replace_file, sync_folder

_DESCRIPTION: Final = ".meta.json"


def durable_writer(root: Path) -> Callable[..., None]:
    """Return what writes an object's file under `root` such that it survives a loss of power."""
    known = {root}

    def write(path: str, data: bytes | str, *, text: bool = False) -> None:
        file = Path(path)
        replace_file(file, data.encode("utf-8") if isinstance(data, str) else data, mode=PRIVATE)
        # Folders were made for the file just before, and their own names must last as well.
        for folder in file.parents:
            if folder in known:
                break
            known.add(folder)
            sync_folder(folder.parent)

    return write


def describe_again(root: Path) -> int:
    """Make true the descriptions that are older than the bytes they describe; return how many were not."""
    return sum(_described_again(file) for file in sorted(root.rglob(f"*{_DESCRIPTION}")))


def _described_again(description: Path) -> bool:
    file = description.with_name(description.name.removesuffix(_DESCRIPTION))
    try:
        # Clocks of file systems are coarse: of equal age means that nothing is known.
        if file.stat().st_mtime_ns < description.stat().st_mtime_ns:
            return False
        described: dict[str, Any] = json.loads(description.read_bytes())
        data = file.read_bytes()
    except (FileNotFoundError, IsADirectoryError, ValueError):
        return False
    etag = f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'
    # The tag of an object that came in parts is no hash of its bytes.
    if described.get("size") == len(data) and ("-" in described.get("etag", "") or described["etag"] == etag):
        return False
    described |= {"size": len(data), "etag": etag, "checksums": {}}
    with suppress(FileNotFoundError):
        replace_file(description, json.dumps(described).encode("utf-8"), mode=PRIVATE)
    return True
