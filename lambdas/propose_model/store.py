"""Releases in S3, as whoever learns from them sees them: listed and read, never written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edge_client.wire.release import LONGEST_BYTES
from lambdas.shared.bounded import read_at_most

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
