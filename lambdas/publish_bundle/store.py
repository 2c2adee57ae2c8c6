"""An agency's files and what became of its jobs: `agencies/<agency>/<site>/` of one bucket.

Below it lie `files/<sha256>`, which its API writes, `begun/<job>`, `begun/newest` and `jobs/<job>`, the last
written once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lambdas.publish_bundle.begun import MAX_BEGUN_BYTES
from lambdas.publish_bundle.newest import MAX_NEWEST_BYTES, Newest
from lambdas.publish_bundle.result import MAX_RESULT_BYTES
from lambdas.shared.bounded import read_at_most
from lambdas.shared.replacing import replace_object
from lambdas.shared.writing_once import put_once

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from lambdas.shared.publishing.job import Job

_PAUSE_S: Final = 0.05
_MOST_RENEWALS: Final = 20
"""Each turn one of those who write at once does: there are far fewer of them."""


@dataclass(frozen=True, slots=True)
class S3Files:
    """The bucket of all agencies."""

    client: S3Client
    bucket: str

    def file(self, agency: str, site: str, *, sha256: str, size_bytes: int) -> bytes | None:
        """Return what is kept under a hash, unchecked, or None. Raises `Malformed` for more than its size."""
        return self._read(f"{_folder(agency, site)}files/{sha256}", size_bytes=size_bytes, noun="snapshot")

    def begun(self, job: Job) -> bytes | None:
        """Return what a job wrote down before it published, or None."""
        return self._read(_place(job, "begun"), size_bytes=MAX_BEGUN_BYTES, noun="begun")

    def begin(self, job: Job, begun: bytes, *, before: bytes | None) -> bool:
        """See `Files.begin`."""
        return self._replace(_place(job, "begun"), begun, before)

    def newest(self, job: Job) -> Newest:
        """Return what is newest of the jobs of its site."""
        return self.newest_of(job.agency, job.site)

    def newest_of(self, agency: str, site: str) -> Newest:
        """Return what is newest of the jobs of a site."""
        raw = self._read(_newest(agency, site), size_bytes=MAX_NEWEST_BYTES, noun="newest")
        return Newest() if raw is None else Newest.from_bytes(raw)

    def renew(self, job: Job) -> Newest:
        """See `Files.renew`. Raises `TimeoutError` when other writers are at it all the time."""
        return self._renewed(_newest(job.agency, job.site), lambda newest: newest.after(job))

    def let_go(self, agency: str, site: str) -> Newest:
        """Forget what was to stay silent, by the deployer's own word. Raises as `renew` does."""
        return self._renewed(_newest(agency, site), Newest.let_go)

    def result(self, job: Job) -> bytes | None:
        """Return what became of a job, or None."""
        return self._read(_place(job, "jobs"), size_bytes=MAX_RESULT_BYTES, noun="result")

    def settle(self, job: Job, result: bytes) -> None:
        """Write down what became of a job, once: what is there already stays.

        Raises `TimeoutError` when another writer is at it all the time.
        """
        place = _place(job, "jobs")
        put_once(self.client, self.bucket, key=place, data=result, noun="job", ContentType="application/json")

    def _renewed(self, key: str, change: Callable[[Newest], Newest]) -> Newest:
        for _ in range(_MOST_RENEWALS):
            before = self._read(key, size_bytes=MAX_NEWEST_BYTES, noun="newest")
            newest = change(Newest() if before is None else Newest.from_bytes(before))
            if newest.to_bytes() == before or self._replace(key, newest.to_bytes(), before):
                return newest
            time.sleep(_PAUSE_S)
        raise TimeoutError("newest: too many conflicting writes")

    def _replace(self, key: str, data: bytes, before: bytes | None) -> bool:
        return replace_object(
            self.client, self.bucket, key=key, data=data, before=before, ContentType="application/json"
        )

    def _read(self, key: str, *, size_bytes: int, noun: str) -> bytes | None:
        try:
            return read_at_most(self.client, self.bucket, key=key, size_bytes=size_bytes, noun=noun)
        except self.client.exceptions.NoSuchKey:
            return None


def _folder(agency: str, site: str) -> str:
    return f"agencies/{agency}/{site}/"


def _newest(agency: str, site: str) -> str:
    return f"{_folder(agency, site)}begun/newest"


def _place(job: Job, kind: str) -> str:
    return f"{_folder(job.agency, job.site)}{kind}/{job.id}"
