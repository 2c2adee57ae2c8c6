"""Files of agencies on S3: `agencies/<agency>/<site>/files/<sha256>`, and what jobs became, `jobs/<id>`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from consent_ledger.errors import Untrue
from edge_client.wire.manifest import MAX_FILE_BYTES
from lambdas.shared.agency.failures import Busy
from lambdas.shared.agency.job import Outcome, read_outcome
from lambdas.shared.agency.rows import AgencyId
from lambdas.shared.bounded import read_at_most
from lambdas.shared.writing_once import put_once

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_MOST_OUTCOME: Final = 4096


@dataclass(frozen=True, slots=True)
class BucketFiles:
    """`Files` in the bucket that the publisher reads."""

    client: S3Client
    bucket: str

    def put(self, agency: AgencyId, site: str, data: bytes) -> str:
        """See `Files.put`; what lies under a hash is never written over.

        Raises `Busy` when another writer is at it all the time.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        try:
            put_once(
                self.client,
                self.bucket,
                key=f"{_folder(agency, site)}files/{sha256}",
                data=data,
                noun="snapshot",
                ContentType="application/json",
            )
        except TimeoutError as error:
            raise Busy(str(error)) from error
        return sha256

    def get(self, agency: AgencyId, site: str, sha256: str) -> bytes | None:
        """See `Files.get`."""
        data = self._read(f"{_folder(agency, site)}files/{sha256}", MAX_FILE_BYTES)
        if data is not None and hashlib.sha256(data).hexdigest() != sha256:
            raise Untrue("snapshot: a file is not of its hash")
        return data

    def outcome_of(self, agency: AgencyId, site: str, job: str) -> Outcome | None:
        """Return what became of a job, or None while nothing did."""
        raw = self._read(f"{_folder(agency, site)}jobs/{job}", _MOST_OUTCOME)
        return None if raw is None else read_outcome(raw)

    def _read(self, key: str, size_bytes: int) -> bytes | None:
        try:
            return read_at_most(self.client, self.bucket, key=key, size_bytes=size_bytes, noun="snapshot")
        except self.client.exceptions.NoSuchKey:
            return None


def _folder(agency: AgencyId, site: str) -> str:
    return f"agencies/{agency}/{site}/"
