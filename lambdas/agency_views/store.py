"""`Releases` on S3: `releases/<task>/<period>.json` of one bucket, read and never written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edge_client.wire.release import LONGEST_BYTES
from lambdas.agency_views.ports import Named
from lambdas.shared.bounded import read_at_most

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_NAME: Final = r"[A-Za-z0-9._-]{1,100}"
_KEY: Final = re.compile(rf"releases/({_NAME})/({_NAME})\.json")


@dataclass(frozen=True, slots=True)
class S3Releases:
    """Releases as the function that makes them left them."""

    client: S3Client
    bucket: str

    def names(self, *, after: str) -> Iterator[Named]:
        """See `Releases.names`."""
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix="releases/", StartAfter=f"releases/{after}.json" if after else ""
        )
        for page in pages:
            for found in page.get("Contents", ()):
                if (named := _KEY.fullmatch(found["Key"])) is not None:
                    yield Named(named[1], named[2], found["Size"])

    def read(self, task: str, period: str) -> bytes | None:
        """See `Releases.read`."""
        key = f"releases/{task}/{period}.json"
        if _KEY.fullmatch(key) is None:
            return None
        try:
            return read_at_most(self.client, self.bucket, key=key, size_bytes=LONGEST_BYTES, noun="release")
        except self.client.exceptions.NoSuchKey:
            return None
