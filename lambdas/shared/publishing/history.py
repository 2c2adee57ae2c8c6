"""Earlier versions of a site's bundle: each manifest names the one before it by its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

from consent_ledger.errors import Refused, Untrue
from edge_client.wire.bundle import PublishedBundle
from edge_client.wire.manifest import Manifest

Documents = Callable[[bytes], bytes | None]
"""What is served beside the log under a SHA-256, or None."""


def manifests(live: PublishedBundle, *, document: Documents) -> Iterator[Manifest]:
    """Yield the live manifest, then those before it, the newest first.

    Each is proven by the hash in the one after it. Raises `Untrue` where one is missing or is another.
    """
    manifest = live.manifest
    yield manifest
    while manifest.previous is not None:
        digest = bytes.fromhex(manifest.previous)
        raw = document(digest)
        if raw is None or hashlib.sha256(raw).digest() != digest:
            raise Untrue("bundle: an earlier manifest is missing or is another")
        manifest = Manifest.parse(raw.decode("utf-8", "surrogateescape"))
        if manifest.site != live.manifest.site:
            raise Untrue("bundle: an earlier manifest is of another site")
        yield manifest


def manifest_of(version: int, live: PublishedBundle, *, document: Documents) -> Manifest:
    """Return the manifest of an earlier version. Raises `Refused` where there was none, and as above."""
    if version < live.manifest.version:
        for manifest in manifests(live, document=document):
            if manifest.version <= version:
                if manifest.version == version:
                    return manifest
                break
    raise Refused("roll back: no earlier version has that number")
