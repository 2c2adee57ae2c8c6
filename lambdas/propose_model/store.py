"""What is learnt from, in S3: releases, and the bundle that is live; read, never written."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from consent_ledger.leaf import BundleLeaf
from edge_client.wire.manifest import Manifest
from edge_client.wire.release import LONGEST_BYTES
from lambdas.shared.bounded import read_at_most
from lambdas.shared.live_bundle import LiveBundle

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_KEY: Final = re.compile(r"releases/([^/]+)/([^/]+)\.json")


@dataclass(frozen=True, slots=True)
class S3Releases:
    """Releases under `releases/` of one bucket."""

    client: S3Client
    bucket: str

    def names(self) -> Iterator[tuple[str, str]]:
        """Task and period of each."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix="releases/")
        for page in pages:
            for found in page.get("Contents", ()):
                if (named := _KEY.fullmatch(found["Key"])) is not None:
                    yield named[1], named[2]

    def read(self, task_id: str, period: str) -> bytes:
        """Return a release's bytes. Raises `Malformed` when it is too long."""
        key = f"releases/{task_id}/{period}.json"
        return read_at_most(self.client, self.bucket, key=key, size_bytes=LONGEST_BYTES, noun="release")


@dataclass(frozen=True, slots=True)
class LoggedBundle:
    """The live bundle, if it is the last of its site that the log holds: `check_newest` raises if not.

    An older one, put back by whoever can write to the bucket, would have a model compared under what was
    changed since.
    """

    live: LiveBundle
    check_newest: Callable[[BundleLeaf], None]

    def manifest(self) -> Manifest | None:
        """Return what is live, or None before the first bundle. Raises `Untrue` as the two do."""
        manifest = self.live.manifest()
        if manifest is not None:
            digest = hashlib.sha256(manifest.to_bytes()).digest()
            self.check_newest(BundleLeaf(manifest.site, manifest.version, digest))
        return manifest

    def file(self, sha256: str) -> bytes:
        """Return a file of the bundle, checked against its hash."""
        return self.live.file(sha256)
