"""What a job wrote down before it published, so that it finds its own bundle again after a crash."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from consent_ledger import canonical
from consent_ledger.fields import Fields
from edge_client.wire.manifest import Canary, FileEntry, Manifest
from lambdas.shared.publishing.bundle_files import BundleFiles
from lambdas.shared.publishing.publication import DAY_S

MAX_BEGUN_BYTES: Final = 4096
_MOST_ATTEMPTS: Final = 16


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

    def to_json(self) -> dict[str, canonical.Json]:
        """As it is kept."""
        return {"at": self.at, "upon": self.upon, "files": self.files}

    def is_of(self, manifest: Manifest) -> bool:
        """Whether a manifest is the one that came of it: of that moment, and of those files."""
        made = _digest(manifest.files, manifest.canary)
        return (manifest.not_before, made) == (self.at - DAY_S, self.files) and manifest.version > self.upon


@dataclass(frozen=True, slots=True)
class Attempts:
    """Every attempt of a job to publish, the newest last: of two at once either may have done it."""

    begun: tuple[Begun, ...] = ()

    @classmethod
    def from_bytes(cls, raw: bytes | None) -> Attempts:
        """Read them back, none for None; version 1 is one of them. Raises `Malformed`."""
        if raw is None:
            return cls()
        fields = Fields(canonical.decode(raw, max_bytes=MAX_BEGUN_BYTES), "begun")
        if fields.whole("v", low=1, high=2) == 1:
            attempts = cls((_read(fields),))
        else:
            rows = fields.rows("attempts", max_length=_MOST_ATTEMPTS)
            each = tuple(Fields(row, "begun") for row in rows)
            attempts = cls(tuple(map(_read, each)))
            for row in each:
                row.done()
        fields.done()
        return attempts

    def to_bytes(self) -> bytes:
        """Print canonical JSON."""
        rows: list[canonical.Json] = [each.to_json() for each in self.begun]
        return canonical.encode({"v": 2, "attempts": rows})

    def plus(self, begun: Begun) -> Attempts:
        """Return them with one more."""
        return Attempts((*self.begun, begun)[-_MOST_ATTEMPTS:])

    def made(self, manifest: Manifest) -> bool:
        """Whether a manifest came of one of them."""
        return any(each.is_of(manifest) for each in self.begun)

    @property
    def upon(self) -> int:
        """The oldest version that any was built upon."""
        return min((each.upon for each in self.begun), default=0)


def _read(fields: Fields) -> Begun:
    return Begun(fields.whole("at"), fields.whole("upon"), fields.hex("files", 32).hex())


def _digest(entries: Mapping[str, FileEntry], canary: Canary | None) -> str:
    trial: list[canonical.Json] = [] if canary is None else [canary.share_milli, canary.proposal]
    listed: dict[str, canonical.Json] = {name: entry.sha256 for name, entry in entries.items()}
    return hashlib.sha256(canonical.encode({"files": listed, "canary": trial})).hexdigest()
