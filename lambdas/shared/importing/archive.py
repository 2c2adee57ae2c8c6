"""Zip files that somebody uploads: their texts by path, or nothing at all of a file that plays tricks."""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Collection
from typing import Final

from consent_ledger.errors import Malformed, Refused
from lambdas.shared.importing.limits import (
    LONGEST_FILE_BYTES,
    LONGEST_PLACE,
    LONGEST_UNPACKED_BYTES,
    MOST_ENTRIES,
    MOST_RATIO,
    RATIO_COUNTS_FROM_BYTES,
)

_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED: Final = 0x1
_TRICK = re.compile(r"^/|^[A-Za-z]:|\\|(?:^|/)\.\.(?:/|$)|[\x00-\x1f\x7f]")
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    KeyError,
)


def read_archive(raw: bytes, *, suffixes: Collection[str]) -> dict[str, bytes]:
    """The files of a zip whose names end in one of `suffixes`, in order of their paths; others are not
    unpacked.

    A folder that holds everything is taken off the paths. Raises `Malformed` for what is no zip, `Refused`
    for one that would unpack into too much, or has a path that leaves its folder, a link, a file twice, or
    a password.
    """
    if len(raw) > LONGEST_FILE_BYTES:
        raise Refused("archive: too long")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _check(entries)
            wanted = [entry for entry in entries if _is_wanted(entry.filename, suffixes)]
            found = _unpacked(archive, wanted, packed_bytes=len(raw))
    except (Malformed, Refused):
        raise
    except _BROKEN:
        raise Malformed("archive: not a zip file, or a broken one") from None
    return dict(sorted(_without_top(found).items()))


def _check(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_ENTRIES:
        raise Refused("archive: too many files")
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names):
        raise Refused("archive: a file is there twice")
    for entry in entries:
        # What is shown as one name and stored as another was made to mislead.
        if any(
            _TRICK.search(name) or len(name) > LONGEST_PLACE for name in (entry.filename, entry.orig_filename)
        ):
            raise Refused("archive: a path that leaves its folder, or none")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise Refused("archive: a link to another file")
        if entry.flag_bits & _ENCRYPTED:
            raise Refused("archive: a file with a password")
        if entry.compress_type not in _METHODS:
            raise Refused("archive: packed in a way that no author's computer uses")


def _is_wanted(name: str, suffixes: Collection[str]) -> bool:
    parts = name.split("/")
    # A Mac's own notes beside every file, and the histories of version control.
    return name.lower().endswith(tuple(suffixes)) and not {"__MACOSX", ".git"} & set(parts)


def _unpacked(
    archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], *, packed_bytes: int
) -> dict[str, bytes]:
    # What the archive says of its sizes is not believed: what comes out is counted.
    left = min(LONGEST_UNPACKED_BYTES, max(RATIO_COUNTS_FROM_BYTES, packed_bytes * MOST_RATIO))
    found = {}
    for entry in entries:
        with archive.open(entry) as packed:
            data = packed.read(left + 1)
        left -= len(data)
        if left < 0:
            raise Refused("archive: unpacks into too much")
        found[entry.filename] = data
    return found


def _without_top(files: dict[str, bytes]) -> dict[str, bytes]:
    tops = {name.partition("/")[0] for name in files}
    if len(tops) != 1 or any("/" not in name for name in files):
        return files
    (top,) = tops
    # A folder that means something to an importer is no wrapping.
    if top.startswith("_") or top in ("schema", "data", "resources", "pages"):
        return files
    return {name.partition("/")[2]: data for name, data in files.items()}
