"""Reads objects out of buckets that others may write to: no more of one than it may be long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consent_ledger.errors import Malformed

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def read_at_most(client: S3Client, bucket: str, *, key: str, size_bytes: int, noun: str) -> bytes:
    """Return an object's bytes.

    Raises `Malformed` for one of more than `size_bytes`, of which no more than that is read, and
    `client.exceptions.NoSuchKey` for none.
    """
    body = client.get_object(Bucket=bucket, Key=key)["Body"]
    try:
        data = body.read(size_bytes + 1)
    finally:
        body.close()
    if len(data) > size_bytes:
        raise Malformed(f"{noun}: too long")
    return data
