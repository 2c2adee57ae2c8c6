"""The documents that leaves name, in the ledger's bucket: world-readable, each under its hash for ever."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from consent_ledger.documents import MAX_DOCUMENT_BYTES, path_of
from lambdas.shared.bounded import read_at_most
from lambdas.shared.ledger_storage import IMMUTABLE, PUBLIC_PREFIX

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_TRIES: Final = 5
_PAUSE_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class S3Documents:
    """Documents under `ledger/documents/` of one bucket."""

    client: S3Client
    bucket: str

    def put(self, data: bytes) -> bool:
        """Serve a document under its SHA-256; False when something is served under it already.

        Needs the right to put and no other: what lies there already cannot be replaced, and is not looked at.
        Raises `TimeoutError` when another writer is at it all the time.
        """
        for _ in range(_TRIES):
            try:
                self.client.put_object(
                    Bucket=self.bucket,
                    Key=_key(hashlib.sha256(data).digest()),
                    Body=data,
                    # Most are JSON; a manifest begins with a line of its own.
                    ContentType="application/json" if data[:1] == b"{" else "text/plain; charset=utf-8",
                    CacheControl=IMMUTABLE,
                    IfNoneMatch="*",
                )
                return True
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code in ("PreconditionFailed", "412"):
                    return False
                if code not in ("ConditionalRequestConflict", "409"):
                    raise
                time.sleep(_PAUSE_S)
        raise TimeoutError("document: too many conflicting writes")

    def read(self, digest: bytes) -> bytes | None:
        """Return what is served under a SHA-256, unchecked, or None. Raises `Malformed` for too much."""
        try:
            return read_at_most(
                self.client, self.bucket, key=_key(digest), size_bytes=MAX_DOCUMENT_BYTES, noun="document"
            )
        except self.client.exceptions.NoSuchKey:
            return None


def _key(digest: bytes) -> str:
    return PUBLIC_PREFIX + path_of(digest)
