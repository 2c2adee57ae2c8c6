"""A site's files from a folder, a zip or one file, for the importers of catalogues."""

from __future__ import annotations

from pathlib import Path

from consent_ledger.errors import Malformed, Refused
from lambdas.shared.importing.gathering import Asked
from lambdas.shared.importing.imported import Imported
from lambdas.shared.importing.limits import LONGEST_FILE_BYTES, LONGEST_UNPACKED_BYTES, MOST_ENTRIES
from lambdas.shared.importing.uploads import SUFFIXES, SourceKind, import_files, import_upload


def import_path(kind: SourceKind, source: Path, asked: Asked, *, pages: Path | None = None) -> Imported:
    """Read what lies at a path; `pages` is a folder or a file of JSON lines with the HTML of a sitemap's
    pages.

    Raises `OSError` where there is nothing, and else as `import_upload` does.
    """
    if not source.is_dir() and pages is None:
        if source.suffix == ".gz":
            return import_files(kind, {source.name: _bytes_of(source)}, asked)
        return import_upload(kind, _bytes_of(source), asked)
    suffixes = SUFFIXES[kind]
    files = read_folder(source, suffixes) if source.is_dir() else {source.name: _bytes_of(source)}
    if pages is not None:
        files |= read_folder(pages, suffixes) if pages.is_dir() else {pages.name: _bytes_of(pages)}
    return import_files(kind, files, asked)


def read_folder(folder: Path, suffixes: tuple[str, ...]) -> dict[str, bytes]:
    """The files below a folder whose names end so, by path, in order.

    What leads out of the folder is not followed. Raises `Refused` for more than an archive may hold.
    """
    root = folder.resolve(strict=True)
    found: dict[str, bytes] = {}
    left = LONGEST_UNPACKED_BYTES
    for number, path in enumerate(sorted(root.rglob("*"))):
        if number >= MOST_ENTRIES:
            raise Refused("folder: too many files")
        name = path.relative_to(root)
        if not name.name.lower().endswith(suffixes) or ".git" in name.parts or not path.is_file():
            continue
        if not path.resolve().is_relative_to(root):
            raise Refused("folder: a link to a file outside it")
        found[name.as_posix()] = data = _bytes_of(path)
        left -= len(data)
        if left < 0:
            raise Refused("folder: holds too much")
    return found


def _bytes_of(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(LONGEST_FILE_BYTES + 1)
    if len(data) > LONGEST_FILE_BYTES:
        raise Malformed("file: too long")
    return data
