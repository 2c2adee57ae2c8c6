"""Releases in S3, each under its own name for good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class S3Releases:
    """Releases under `releases/` of one bucket."""

    client: S3Client
    bucket: str

    def read(self, name: str) -> bytes | None:
        """Return a release's bytes, if it has been published."""
        try:
            return self.client.get_object(Bucket=self.bucket, Key=f"releases/{name}")["Body"].read()
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
