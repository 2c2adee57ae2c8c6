"""A site's public files and its agency's, each under its hash, in two buckets of S3."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from consent_ledger.errors import Untrue
from edge_client.wire.manifest import MAX_FILE_BYTES, FileEntry
from lambdas.shared.bounded import read_at_most
from lambdas.shared.writing_once import put_once

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from lambdas.shared.publishing.job import Job

_ABSENT: Final = {"NoSuchKey", "NotFound", "404"}


@dataclass(frozen=True, slots=True)
class S3Files:
    """`nearside/<site>/files/` of the sites' bucket, `agencies/<agency>/<site>/files/` of the agencies'."""

    client: S3Client
    sites: str
    agencies: str

    def read(self, job: Job, sha256: str) -> bytes:
        """Return a file, the public one first. Raises `Untrue` where it is missing or is another."""
        for bucket, key in (
            (self.sites, f"nearside/{job.site}/files/{sha256}"),
            (self.agencies, f"{_folder(job)}{sha256}"),
        ):
            try:
                data = read_at_most(
                    self.client, bucket, key=key, size_bytes=MAX_FILE_BYTES, noun="paged: file"
                )
            except self.client.exceptions.NoSuchKey:
                continue
            # What somebody put under this hash is passed over: the other may be the one.
            if hashlib.sha256(data).hexdigest() == sha256:
                return data
        raise Untrue("model: a file that it is made from is missing or is another")

    def is_settled(self, job: Job) -> bool:
        """Whether something became of a job already."""
        try:
            self.client.head_object(
                Bucket=self.agencies, Key=f"agencies/{job.agency}/{job.site}/jobs/{job.id}"
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in _ABSENT:
                raise
            return False
        return True

    def keep(self, job: Job, data: bytes) -> FileEntry:
        """Keep a file among its agency's; what lies under a hash is never written over.

        Raises `TimeoutError` when another writer is at it all the time.
        """
        entry = FileEntry(hashlib.sha256(data).hexdigest(), len(data))
        place = f"{_folder(job)}{entry.sha256}"
        put_once(self.client, self.agencies, key=place, data=data, noun="model")
        return entry


def _folder(job: Job) -> str:
    return f"agencies/{job.agency}/{job.site}/files/"
