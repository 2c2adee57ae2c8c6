"""Snapshots: the list of an agency's files as they were approved, each named by its hash.

The format is `docs/formats/publishing.md`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.fields import Fields
from consent_ledger.leaf import NAME
from edge_client.wire.manifest import ARCHETYPES, CANDIDATES, FLOWS, MAX_FILE_BYTES, REMINDERS, FileEntry
from lambdas.shared.publishing.job import AGENCY

MAX_SNAPSHOT_BYTES: Final = 16 * 1024
MODEL_FILES: Final = ("model.onnx", "model.json")
NEEDED: Final = ("catalogue.json", "notices.json", "rules.json")
OF_A_MODEL: Final = (*MODEL_FILES, ARCHETYPES, CANDIDATES)
"""What comes with a model, and is kept as it is live where a snapshot has none."""

_KNOWN: Final = frozenset({*NEEDED, *OF_A_MODEL, FLOWS, REMINDERS})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Which files an agency's people approved for a site: hash and size by name."""

    agency: str
    site: str
    files: Mapping[str, FileEntry]

    @classmethod
    def from_bytes(cls, raw: bytes) -> Snapshot:
        """Read a list. Raises `Malformed`, also where a file is missing or is of no name that is known."""
        fields = Fields(canonical.decode(raw, max_bytes=MAX_SNAPSHOT_BYTES), "snapshot")
        fields.whole("v", low=1, high=1)
        snapshot = cls(
            agency=fields.text("agency", pattern=AGENCY),
            site=fields.text("site", pattern=NAME),
            files=_files(fields.take("files")),
        )
        fields.done()
        return snapshot

    def to_bytes(self) -> bytes:
        """Print what `from_bytes` reads."""
        files: dict[str, Json] = {
            name: {"sha256": entry.sha256, "bytes": entry.size_bytes} for name, entry in self.files.items()
        }
        return canonical.encode({"v": 1, "agency": self.agency, "site": self.site, "files": files})

    @property
    def has_model(self) -> bool:
        """Whether it brings a model of its own; otherwise the one that is live stays."""
        return MODEL_FILES[0] in self.files


def check_file(data: bytes | None, *, name: str, entry: FileEntry, noun: str = "snapshot") -> bytes:
    """Return a file's bytes. Raises `Untrue` when there are none, or others than the list names.

    `noun` is what names the file: an approved snapshot, or an answer.
    """
    if data is None:
        raise Untrue(f"{noun}: {name} is missing")
    if len(data) != entry.size_bytes or hashlib.sha256(data).hexdigest() != entry.sha256:
        raise Untrue(f"{noun}: {name} is not the file that was named")
    return data


def _files(value: Json) -> dict[str, FileEntry]:
    if not isinstance(value, dict) or not set(NEEDED) <= value.keys() <= _KNOWN:
        raise Malformed("snapshot: a file is missing or unknown")
    named = value.keys() & set(OF_A_MODEL)
    if named and not set(MODEL_FILES) <= named:
        raise Malformed("snapshot: what belongs to a model is there without all of it")
    return {name: _entry(entry) for name, entry in value.items()}


def _entry(value: Json) -> FileEntry:
    fields = Fields(value, "snapshot: file")
    entry = FileEntry(fields.hex("sha256", 32).hex(), fields.whole("bytes", high=MAX_FILE_BYTES))
    fields.done()
    return entry
