"""What a job wrote down before it published, so that it finds its own bundle again after a crash."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from consent_ledger import canonical
from consent_ledger.fields import Fields
from edge_client.wire.manifest import Canary, FileEntry, Manifest
from lambdas.shared.publishing.bundle_files import BundleFiles
from lambdas.shared.publishing.publication import DAY_S

MAX_BEGUN_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Begun:
    """When a job published, in Unix seconds, upon which version, and a hash of what; 0 upon none."""

    at: int
    upon: int
    files: str

    @classmethod
    def of(cls, files: BundleFiles, *, at: int, upon: int) -> Begun:
        """What is written down of files that are about to be published."""
        entries = {
            name: FileEntry(hashlib.sha256(raw).hexdigest(), len(raw)) for name, raw in files.by_name.items()
        }
        return cls(at, upon, _digest(entries, files.canary))

    @classmethod
    def from_bytes(cls, raw: bytes) -> Begun:
        """Read it back. Raises `Malformed`."""
        fields = Fields(canonical.decode(raw, max_bytes=MAX_BEGUN_BYTES), "begun")
        fields.whole("v", low=1, high=1)
        begun = cls(fields.whole("at"), fields.whole("upon"), fields.hex("files", 32).hex())
        fields.done()
        return begun

    def to_bytes(self) -> bytes:
        """Print canonical JSON."""
        return canonical.encode({"v": 1, "at": self.at, "upon": self.upon, "files": self.files})

    def is_of(self, manifest: Manifest) -> bool:
        """Whether a manifest is the one that came of it: of that moment, and of those files."""
        made = _digest(manifest.files, manifest.canary)
        return (manifest.not_before, made) == (self.at - DAY_S, self.files) and manifest.version > self.upon


def _digest(entries: Mapping[str, FileEntry], canary: Canary | None) -> str:
    trial: list[canonical.Json] = [] if canary is None else [canary.share_milli, canary.proposal]
    listed: dict[str, canonical.Json] = {name: entry.sha256 for name, entry in entries.items()}
    return hashlib.sha256(canonical.encode({"files": listed, "canary": trial})).hexdigest()
