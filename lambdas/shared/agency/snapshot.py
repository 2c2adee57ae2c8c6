"""Snapshots: the files that a proposal is about, each under its hash, and the list of them under its own.

Whoever approves a snapshot approves bytes: what is edited afterwards is in another one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Protocol

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Untrue
from edge_client.wire.manifest import FileEntry
from lambdas.shared.agency.rows import AgencyId
from lambdas.shared.publishing.snapshot import Snapshot, check_file


class Files(Protocol):
    """Files of agencies by their hash, each agency's and site's apart."""

    def put(self, agency: AgencyId, site: str, data: bytes) -> str:
        """Keep bytes and return their SHA-256 in hex; keeping the same again changes nothing."""

    def get(self, agency: AgencyId, site: str, sha256: str) -> bytes | None:
        """Return the bytes of that hash, or None; raises `Untrue` where they are not of that hash."""


class MemoryFiles:
    """The reference: files that end with their process."""

    def __init__(self) -> None:
        self._kept: dict[tuple[AgencyId, str, str], bytes] = {}

    def put(self, agency: AgencyId, site: str, data: bytes) -> str:
        """See `Files.put`."""
        sha256 = hashlib.sha256(data).hexdigest()
        self._kept[agency, site, sha256] = data
        return sha256

    def get(self, agency: AgencyId, site: str, sha256: str) -> bytes | None:
        """See `Files.get`."""
        return self._kept.get((agency, site, sha256))


def keep_snapshot(files: Files, agency: AgencyId, site: str, contents: Mapping[str, bytes]) -> str:
    """Keep every file and the list of them; return the hash of the list, which stands for them all."""
    listed: dict[str, Json] = {
        name: {"sha256": files.put(agency, site, data), "bytes": len(data)} for name, data in contents.items()
    }
    return files.put(
        agency, site, canonical.encode({"v": 1, "agency": agency, "site": site, "files": listed})
    )


def read_snapshot(files: Files, agency: AgencyId, site: str, digest: str) -> Mapping[str, FileEntry]:
    """Return the list of a snapshot's files. Raises `Untrue` where it is gone, or is of somebody else."""
    raw = files.get(agency, site, digest)
    if raw is None:
        raise Untrue("snapshot: it is missing")
    snapshot = Snapshot.from_bytes(raw)
    if (snapshot.agency, snapshot.site) != (agency, site):
        raise Untrue("snapshot: of another agency or another site")
    return snapshot.files


def read_file(files: Files, agency: AgencyId, site: str, *, name: str, entry: FileEntry) -> bytes:
    """Return a file of a snapshot. Raises `Untrue` where its bytes are gone, or are others."""
    return check_file(files.get(agency, site, entry.sha256), name=name, entry=entry)
