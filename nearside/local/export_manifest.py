"""The list of an export's files with their hashes: what makes a folder an export, and a whole one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, Self

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.fields import Fields
from consent_ledger.storage.whole_file import read_at_most, replace_file

MANIFEST: Final = "manifest.json"
_MAX_BYTES: Final = 256 * 1024 * 1024
_BLOCK: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ExportManifest:
    """Every file of an export by its path, with its SHA-256 in hex; `made_at` in seconds since 1970.

    `has_secrets` says whether private keys and exact sums are among them.
    """

    made_at: int
    has_secrets: bool
    files: Mapping[str, str]

    @classmethod
    def of(cls, folder: Path, *, made_at: int, has_secrets: bool) -> Self:
        """Hash what lies in a folder."""
        return cls(made_at, has_secrets, {path: _hash(folder / path) for path in _paths(folder)})

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the manifest of an export. Raises `Malformed`."""
        try:
            raw = read_at_most(folder / MANIFEST, _MAX_BYTES, noun="export: manifest")
        except OSError as error:
            raise Malformed("export: no manifest.json is there; this is no export") from error
        fields = Fields(canonical.decode(raw, max_bytes=_MAX_BYTES), "export: manifest")
        fields.whole("v", low=1, high=1)
        made_at, has_secrets = fields.whole("made_at"), fields.flag("has_secrets")
        match fields.take("files"):
            case dict(files) if all(isinstance(value, str) for value in files.values()):
                fields.done()
                return cls(made_at, has_secrets, {path: str(value) for path, value in files.items()})
            case _:
                raise Malformed("export: manifest: files are not hashes by path")

    def write(self, folder: Path) -> None:
        """Put the manifest into the folder, last: without it nothing there is an export."""
        body = {
            "v": 1,
            "made_at": self.made_at,
            "has_secrets": self.has_secrets,
            "files": dict(self.files),
        }
        replace_file(folder / MANIFEST, canonical.encode(body))

    def check(self, folder: Path) -> None:
        """Hold the folder against this. Raises `Untrue` for a file that is another, missing, or new."""
        there = set(_paths(folder))
        for path in sorted(there ^ set(self.files)):
            state = "is not in its manifest" if path in there else "is missing"
            raise Untrue(f"export: {_named(path)} {state}")
        for path, digest in sorted(self.files.items()):
            if _hash(folder / path) != digest:
                raise Untrue(f"export: {_named(path)} is not the file that was exported")


def _paths(folder: Path) -> list[str]:
    files = (file for file in folder.rglob("*") if file.is_file() or file.is_symlink())
    paths = sorted(file.relative_to(folder).as_posix() for file in files)
    return [path for path in paths if path != MANIFEST]


def _named(path: str) -> str:
    """Where a file lies; the names of objects are an agency's pages, and those of rows are in no path."""
    return str(PurePosixPath(path))


def _hash(file: Path) -> str:
    if file.is_symlink():
        raise Untrue("export: a link is no file of an export")
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
