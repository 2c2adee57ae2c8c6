"""Releases in S3, each under its own name for good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from edge_client.wire.release import LONGEST_BYTES
from lambdas.shared.bounded import read_at_most

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class S3Releases:
    """Releases under `releases/` of one bucket."""

    client: S3Client
    bucket: str

    def read(self, name: str) -> bytes | None:
        """Return what lies under a release's name, unchecked, or None. Raises `Malformed` for too much."""
        try:
            return read_at_most(
                self.client,
                self.bucket,
                key=f"releases/{name}",
                size_bytes=LONGEST_BYTES,
                noun="release",
            )
        except self.client.exceptions.NoSuchKey:
            return None

    def write_once(self, name: str, data: bytes) -> None:
        """Publish a release. Raises `FileExistsError` when that name is taken."""
        try:
            self.client.put_object(
                Bucket=self.bucket,
                Key=f"releases/{name}",
                Body=data,
                ContentType="application/json",
                IfNoneMatch="*",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in {"PreconditionFailed", "ConditionalRequestConflict", "412"}:
                raise FileExistsError(name) from None
            raise
