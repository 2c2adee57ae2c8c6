"""The manifest of a bundle: which files every device gets, run by which code, under which keys, and until
when."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields, read_hex
from consent_ledger.leaf import NAME

MAX_MANIFEST_BYTES: Final = 4096
"""As many as a KMS key signs at once (AWS KMS, Sign, "Message")."""

MAX_FILE_BYTES: Final = 64 * 1024 * 1024
MAX_CODE_FILES: Final = 64
MAX_PATH: Final = 200
FILE_NAMES: Final = (
    "catalogue.json",
    "model.json",
    "model.onnx",
    "notices.json",
    "rules.json",
    "tasks.json",
)
"""What every bundle holds."""

CANARY_NAMES: Final = ("canary.json", "canary.onnx")
"""Card and file of a model that is tried on a share of devices: both, and only in a bundle with a canary."""

CANDIDATES: Final = "candidates.json"
"""The public page pairs that a release of contributions may be about (docs/formats/release.md)."""

ARCHETYPES: Final = "archetypes.json"
"""Groups of pages, optional: which of them a device is like, it works out for itself."""

FLOWS: Final = "flows.json"
"""Branching questions, optional (docs/formats/flow.md); pages that hold some read it without Python too."""

REMINDERS: Final = "reminders.json"
"""Dates to remind people of, optional (docs/formats/reminders.md); read by pages, as flows are."""

OPTIONAL_NAMES: Final = (ARCHETYPES, *CANARY_NAMES, CANDIDATES, FLOWS, REMINDERS)
"""What a bundle may hold beside that; whatever it holds, every device that runs Python fetches all of it."""

WHOLE_MILLI: Final = 1000
_CODE_PATH: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One content-addressed file: its SHA-256 as 64 hex digits, and its size in bytes."""

    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Canary:
    """A model on trial: `share_milli` thousandths of devices use it, 1 to 1000, each by its own draw.

    `proposal` is the SHA-256 in hex of the proposal that it comes from (docs/formats/learning.md).
    """

    share_milli: int
    proposal: str

    @classmethod
    def of(cls, value: canonical.Json) -> Canary:
        """Read the manifest's field. Raises `Malformed`."""
        fields = Fields(value, "manifest: canary")
        canary = cls(
            share_milli=fields.whole("share_milli", low=1, high=WHOLE_MILLI),
            proposal=fields.hex("proposal", 32).hex(),
        )
        fields.done()
        return canary


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle holds. Printed as the body of a C2SP signed note; what parses prints back byte for byte.

    `version` rises by at least one with every publication; `previous` is the SHA-256 of the manifest before
    it, in hex, or None for the first; `not_before` and `expires` are Unix seconds; `files` maps names to
    entries. `code` maps the paths below `/nearside/` of everything that a device runs to their SHA-256 in
    hex, and `keys` is the SHA-256 in hex of the key list in force: both are for whoever audits the log. A
    device that has been given other code would be told so by that code alone. `canary` is None, and no field
    of the text, unless a model is on trial; then `files` name it.
    """

    site: str
    version: int
    previous: str | None
    not_before: int
    expires: int
    min_client: str
    keys: str
    files: Mapping[str, FileEntry]
    code: Mapping[str, str]
    canary: Canary | None = None

    @classmethod
    def parse(cls, text: str) -> Manifest:
        """Read the note body: a line that names the site, a line of canonical JSON. Raises `Malformed`."""
        if len(text) > MAX_MANIFEST_BYTES:
            raise Malformed("manifest: too long")
        head, _, rest = text.partition("\n")
        raw = rest.removesuffix("\n").encode("utf-8", "surrogatepass")
        value = canonical.decode(raw)
        fields = Fields(value, "manifest")
        fields.whole("v", low=1, high=1)
        has_canary = isinstance(value, Mapping) and "canary" in value
        parsed = cls(
            site=fields.text("site", pattern=NAME),
            version=fields.whole("version", low=1),
            previous=_previous(fields.take("previous")),
            not_before=fields.whole("not_before"),
            expires=fields.whole("expires"),
            min_client=fields.text("min_client", pattern=r".+", max_length=200),
            keys=fields.hex("keys", 32).hex(),
            files=_files(fields.take("files")),
            code=_code(fields.take("code")),
            canary=Canary.of(fields.take("canary")) if has_canary else None,
        )
        fields.done()
        if len(parsed.files.keys() & set(CANARY_NAMES)) != (len(CANARY_NAMES) if has_canary else 0):
            raise Malformed("manifest: a canary without its files, or files of none")
        if head != f"nearside bundle {parsed.site}" or parsed.to_bytes() != text.encode():
            raise Malformed("manifest: not in canonical form")
        return parsed

    def __str__(self) -> str:
        fields: dict[str, canonical.Json] = {
            "v": 1,
            "site": self.site,
            "version": self.version,
            "previous": self.previous,
            "not_before": self.not_before,
            "expires": self.expires,
            "min_client": self.min_client,
            "keys": self.keys,
            "files": {
                name: {"sha256": entry.sha256, "bytes": entry.size_bytes}
                for name, entry in self.files.items()
            },
            "code": dict(self.code),
        }
        if self.canary is not None:
            fields["canary"] = {"share_milli": self.canary.share_milli, "proposal": self.canary.proposal}
        return f"nearside bundle {self.site}\n{canonical.encode(fields).decode()}\n"

    def to_bytes(self) -> bytes:
        """The note body as it is signed and logged. Raises `Malformed` above `MAX_MANIFEST_BYTES`."""
        raw = str(self).encode()
        if len(raw) > MAX_MANIFEST_BYTES:
            raise Malformed("manifest: too long")
        return raw


def _previous(value: canonical.Json) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise Malformed("manifest: previous is not a string")
    return read_hex(value, 32, noun="manifest: previous").hex()


def _files(value: canonical.Json) -> dict[str, FileEntry]:
    if not isinstance(value, dict):
        raise Malformed("manifest: files are not an object")
    if not set(value) <= {*FILE_NAMES, *OPTIONAL_NAMES}:
        raise Malformed("manifest: a file has an unknown name")
    return {name: _entry(entry) for name, entry in value.items()}


def _entry(value: canonical.Json) -> FileEntry:
    fields = Fields(value, "manifest: file")
    entry = FileEntry(fields.hex("sha256", 32).hex(), fields.whole("bytes", high=MAX_FILE_BYTES))
    fields.done()
    return entry


def _code(value: canonical.Json) -> dict[str, str]:
    if not isinstance(value, dict) or len(value) > MAX_CODE_FILES:
        raise Malformed("manifest: code is not an object of at most 64 files")
    code: dict[str, str] = {}
    for path, digest in value.items():
        if len(path) > MAX_PATH or _CODE_PATH.fullmatch(path) is None or not isinstance(digest, str):
            raise Malformed("manifest: code is not paths and hashes")
        code[path] = read_hex(digest, 32, noun="manifest: code").hex()
    return code
