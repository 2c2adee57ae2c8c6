"""The manifest of a bundle: which files every device gets, and from when until when."""

from __future__ import annotations

from dataclasses import dataclass

from consent_ledger import canonical
from consent_ledger.errors import Malformed

MAX_FILES = 64
MAX_FILE_BYTES = 64 * 1024 * 1024
FILE_NAMES = ("catalogue.json", "model.json", "model.onnx", "notices.json", "rules.json", "tasks.json")


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One content-addressed file: its SHA-256 as 64 hex digits, and its size in bytes."""

    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle holds. Printed as the body of a C2SP signed note; what parses prints back byte for byte.

    `version` rises by at least one with every publication; `previous` is the SHA-256 of the manifest before
    it, in hex, or None for the first; `not_before` and `expires` are Unix seconds; `files` maps names to
    entries.
    """

    site: str
    version: int
    previous: str | None
    not_before: int
    expires: int
    min_client: str
    files: dict[str, FileEntry]

    @classmethod
    def parse(cls, text: str) -> Manifest:
        """Read the note body: a line that names the site, a line of canonical JSON. Raises `Malformed`."""
        head, _, rest = text.partition("\n")
        fields = canonical.decode(rest.removesuffix("\n").encode())
        if not isinstance(fields, dict):
            raise Malformed("manifest: not an object")
        try:
            parsed = cls(
                site=_text(fields, "site"),
                version=_whole(fields, "version"),
                previous=_digest_or_none(fields, "previous"),
                not_before=_whole(fields, "not_before"),
                expires=_whole(fields, "expires"),
                min_client=_text(fields, "min_client"),
                files=_files(fields.get("files")),
            )
        except KeyError as missing:
            raise Malformed(f"manifest: field {missing} is missing") from None
        if head != f"nearside bundle {parsed.site}" or str(parsed) != text:
            raise Malformed("manifest: not in canonical form")
        return parsed

    def __str__(self) -> str:
        fields: canonical.Json = {
            "v": 1,
            "site": self.site,
            "version": self.version,
            "previous": self.previous,
            "not_before": self.not_before,
            "expires": self.expires,
            "min_client": self.min_client,
            "files": {
                name: {"sha256": entry.sha256, "bytes": entry.size_bytes}
                for name, entry in self.files.items()
            },
        }
        return f"nearside bundle {self.site}\n{canonical.encode(fields).decode()}\n"


def _text(fields: dict[str, canonical.Json], name: str) -> str:
    value = fields[name]
    if not isinstance(value, str) or not value or len(value) > 200:
        raise Malformed(f"manifest: field {name} is not a short text")
    return value


def _whole(fields: dict[str, canonical.Json], name: str) -> int:
    value = fields[name]
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Malformed(f"manifest: field {name} is not a whole number")
    return value


def _is_digest(value: canonical.Json) -> bool:
    return isinstance(value, str) and len(value) == 64 and not set(value) - set("0123456789abcdef")


def _digest_or_none(fields: dict[str, canonical.Json], name: str) -> str | None:
    value = fields[name]
    if value is None:
        return None
    if not isinstance(value, str) or not _is_digest(value):
        raise Malformed(f"manifest: field {name} is not a SHA-256 in hex")
    return value


def _files(value: canonical.Json) -> dict[str, FileEntry]:
    if not isinstance(value, dict) or len(value) > MAX_FILES:
        raise Malformed("manifest: files are not an object of at most 64 entries")
    files: dict[str, FileEntry] = {}
    for name, entry in value.items():
        match entry:
            case {"sha256": str(digest), "bytes": int(size), **rest} if not rest:
                if name not in FILE_NAMES or not _is_digest(digest) or not 0 <= size <= MAX_FILE_BYTES:
                    raise Malformed("manifest: a file entry has an unknown name, hash or size")
                files[name] = FileEntry(digest, size)
            case _:
                raise Malformed("manifest: a file entry is not a hash and a size")
    return files
