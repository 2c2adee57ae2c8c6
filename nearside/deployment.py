"""A deployment as its deployer reaches it: its shelf of public files, its signers, its ledger."""

from __future__ import annotations

import hashlib
import mimetypes
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import brotli  # type: ignore[import-untyped]  # it ships no types
from botocore.exceptions import ClientError

from consent_ledger import documents, leaf, log
from consent_ledger.errors import Refused, Untrue
from consent_ledger.keys import KeyList
from consent_ledger.leaf import Leaf
from consent_ledger.note import VerifierKey
from consent_ledger.storage.ports import Storage
from lambdas.shared.kms_signer import KmsSigner
from lambdas.shared.ledger_documents import S3Documents
from lambdas.shared.ledger_storage import IMMUTABLE, DynamoS3Storage
from lambdas.shared.wake import waker
from nearside.device_code import TWIN
from nearside.keys_in_force import agency_signer, keys_in_force, ledger_signer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

    from nearside.local.stack import Stack

LOG_TIMEOUT_S: Final = 60.0
COMPRESSED_ON_THE_WAY_BYTES: Final = 10_000_000
"""CloudFront compresses files up to this size; larger ones are stored compressed (its documented quota)."""
_TYPES: Final = {
    ".mjs": "text/javascript",
    ".js": "text/javascript",
    ".ts": "text/plain",
    ".wasm": "application/wasm",
    ".json": "application/json",
    ".whl": "application/octet-stream",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class S3Shelf:
    """The site's bucket: pages under their paths, everything of ours under `nearside/`."""

    client: S3Client
    bucket: str

    def read(self, path: str) -> bytes | None:
        """Return a file as browsers get it, or None."""
        try:
            found = self.client.get_object(Bucket=self.bucket, Key=path)
        except self.client.exceptions.NoSuchKey:
            return None
        data = found["Body"].read()
        return bytes(brotli.decompress(data)) if found.get("ContentEncoding") == "br" else data

    def paths(self, prefix: str) -> Iterator[str]:
        """List the paths of all files that begin with `prefix`."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        for page in pages:
            for found in page.get("Contents", ()):
                yield found["Key"]

    def write(self, path: str, data: bytes, *, immutable: bool, compressed: bytes | None = None) -> None:
        """Put a file where everyone can fetch it; an immutable one is written once, and then left alone.

        `compressed` is the same file in Brotli's format, which is stored in its place.
        """
        kind = _TYPES.get(Path(path).suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
        if kind.startswith("text/"):
            kind += "; charset=utf-8"
        stored: dict[str, str] = {"ContentType": kind}
        if compressed is None and len(data) > COMPRESSED_ON_THE_WAY_BYTES:
            compressed = brotli.compress(data, quality=9)
        if compressed is not None:
            # Every browser that has module workers takes Brotli.
            data, stored["ContentEncoding"] = compressed, "br"
        if immutable:
            # The object says so itself: said by its path, it would be true of a missing one's 404 as well.
            stored |= {"IfNoneMatch": "*", "CacheControl": IMMUTABLE}
        try:
            self.client.put_object(Bucket=self.bucket, Key=path, Body=data, **stored)  # type: ignore[arg-type]  # names and values are the API's own
        except ClientError as error:
            if not (immutable and error.response["Error"]["Code"] in ("PreconditionFailed", "412")):
                raise

    def write_folder(self, folder: Path, *, prefix: str) -> Iterator[int]:
        """Put a folder's files under `prefix`, and yield the size of each in bytes as it is written.

        What never changes comes first, so that the files that name it never name what is not there yet. A
        file's twin, compressed, is served in its place and not by itself.
        """
        files = {
            prefix + file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()
        }
        for path in sorted(files, key=lambda path: (not _is_immutable(path), path)):
            data = files[path].read_bytes()
            if path.removesuffix(TWIN) not in files or not path.endswith(TWIN):
                twin = files.get(path + TWIN)
                compressed = twin.read_bytes() if twin else None
                self.write(path, data, immutable=_is_immutable(path), compressed=compressed)
            yield len(data)


@dataclass(frozen=True, slots=True)
class Deployment:
    """The outputs of a deployed stack, and clients that may use them."""

    outputs: Mapping[str, str]
    s3: S3Client
    dynamodb: DynamoDBClient
    kms: KMSClient
    sqs: SQSClient

    @classmethod
    def of(cls, stack: Stack) -> Deployment:
        """The deployment that runs on this machine."""
        return cls(
            stack.outputs,
            s3=stack.client("s3"),
            dynamodb=stack.client("dynamodb"),
            kms=stack.client("kms"),
            sqs=stack.client("sqs"),
        )

    @property
    def shelf(self) -> S3Shelf:
        """Where public files go."""
        return S3Shelf(self.s3, self.outputs["SiteBucket"])

    def agency_signer(self) -> KmsSigner:
        """The signer of bundles, named after the agency."""
        return agency_signer(self.outputs, self.kms)

    def ledger_signer(self) -> KmsSigner:
        """The signer of checkpoints, whose name is the ledger's origin."""
        return ledger_signer(self.outputs, self.kms)

    def keys(self) -> KeyList:
        """The keys in force, as they are logged."""
        return keys_in_force(self.outputs, self.kms)

    @property
    def ledger(self) -> DynamoS3Storage:
        """The log's store."""
        return DynamoS3Storage(
            self.outputs["LedgerTable"],
            self.outputs["LedgerBucket"],
            dynamodb_client=self.dynamodb,
            s3_client=self.s3,
        )

    def approvers(self) -> tuple[VerifierKey, ...]:
        """Those who may decide on models now. Raises `Malformed` for what is no key."""
        listed = self.outputs["ApproverKeys"]
        return () if listed == "none" else tuple(VerifierKey.parse(vkey) for vkey in listed.split(","))

    @property
    def log(self) -> DeployedLog:
        """The ledger, for whoever has something to log."""
        documents_shelf = S3Documents(self.s3, self.outputs["LedgerBucket"])
        return DeployedLog(self.ledger, documents_shelf, waker(self.sqs, self.outputs["WakeQueueUrl"]))


@dataclass(frozen=True, slots=True)
class DeployedLog:
    """The ledger of a deployment: its store, its documents, and what rouses its sequencer."""

    storage: DynamoS3Storage
    documents: S3Documents
    wake: Callable[[], None]

    def __call__(self, leaves: tuple[Leaf, ...], public: tuple[bytes, ...] = ()) -> str:
        """Serve the documents that leaves name, append the leaves, and return the proof of the last one.

        Leaves that are in the log already stay where they are, and so do documents; the proof is there once
        all of the leaves are published. Raises `Refused` when the sequencer does not come, `Untrue` when
        `public` are not the leaves' documents, or something else is served in the place of one.
        """
        for data in documents.gather(leaves, public).values():
            digest = hashlib.sha256(data).digest()
            if not self.documents.put(data) and self.documents.read(digest) != data:
                raise Untrue("document: something else is served in its place")
        entries = tuple(log.accept(self.storage, leaf.to_bytes(entry)) for entry in leaves)
        return wait_for_all(self.storage, entries, wake=self.wake, clock=time.monotonic, sleep=time.sleep)


def wait_for_all(
    storage: Storage,
    entries: tuple[bytes, ...],
    *,
    wake: Callable[[], None],
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> str:
    """Wait until every entry is published, and return the proof of the last one, whose tree holds them all.

    `wake` rouses the sequencer, `clock` and `sleep` are in seconds. A backlog is sequenced a part at a time
    and in no order: that one entry is published says nothing of the others. Raises `Refused` after
    `LOG_TIMEOUT_S`.
    """
    ends_at = clock() + LOG_TIMEOUT_S
    waiting = list(entries)
    while clock() < ends_at:
        wake()
        for _ in range(20):
            while (proof := log.proof_for(storage, waiting[0])) is not None:
                del waiting[0]
                if not waiting:
                    return proof
            sleep(0.1)
    raise Refused("ledger: the sequencer did not publish in time")


def _is_immutable(path: str) -> bool:
    return path.startswith("nearside/runtime/")
