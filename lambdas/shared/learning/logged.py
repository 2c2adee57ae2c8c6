"""The public log, for whoever must not believe a bucket: proofs are checked under the log's own keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from consent_ledger import documents, leaf, log
from consent_ledger.checkpoint import LogKeys
from consent_ledger.cosignature import WitnessKey
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.keys import KeyList
from consent_ledger.leaf import Leaf
from consent_ledger.storage.ports import Storage
from consent_ledger.tlog_proof import TlogProof
from lambdas.shared import clients
from lambdas.shared.kms_signer import KmsSigner
from lambdas.shared.ledger_documents import S3Documents
from lambdas.shared.ledger_storage import DynamoS3Storage
from lambdas.shared.settings import AwsSettings, listed, variable
from lambdas.shared.standing import check_newest
from lambdas.shared.wake import waker

if TYPE_CHECKING:
    from consent_ledger.leaf import BundleLeaf, ModelLeaf


@dataclass(frozen=True, slots=True)
class PublicLog:
    """One log, its documents, and the keys by which it is believed."""

    storage: Storage
    shelf: S3Documents
    trusted: LogKeys
    wake: Callable[[], None]

    def holds(self, entry: Leaf) -> bool:
        """Say whether the published log holds a leaf, by a proof under its keys and its witnesses'."""
        return is_held(self.storage, entry, trusted=self.trusted)

    def check_newest(self, bundle: BundleLeaf) -> None:
        """Raise `Untrue` unless the published log holds a bundle, and none of its site after it."""
        check_newest(bundle, storage=self.storage, trusted=self.trusted)

    def record(self, entry: ModelLeaf, document: bytes) -> None:
        """Serve a document, then log its leaf; again is the same as once."""
        self.shelf.put(document)
        log.accept(self.storage, leaf.to_bytes(entry))
        self.wake()

    def document(self, digest: bytes) -> bytes | None:
        """Return what is served under a SHA-256, or None. Raises `Untrue` when it is something else."""
        data = self.shelf.read(digest)
        return None if data is None else documents.check(data, digest)


@dataclass(frozen=True, slots=True)
class LogReader:
    """The same log, for whoever only reads it: nothing is entered, and nobody is woken."""

    storage: Storage
    shelf: S3Documents
    trusted: LogKeys

    def place(self, entry: Leaf) -> int | None:
        """Return where the published log holds a leaf, or None where it does not; see `place_in`."""
        return place_in(self.storage, entry, trusted=self.trusted)

    def document(self, digest: bytes) -> bytes | None:
        """See `PublicLog.document`."""
        data = self.shelf.read(digest)
        return None if data is None else documents.check(data, digest)


def is_held(storage: Storage, entry: Leaf, *, trusted: LogKeys) -> bool:
    """Say whether a published log holds a leaf, by a proof under keys that are trusted."""
    return place_in(storage, entry, trusted=trusted) is not None


def place_in(storage: Storage, entry: Leaf, *, trusted: LogKeys) -> int | None:
    """Return where a published log holds a leaf, by a proof under keys that are trusted; None for nowhere."""
    named = leaf.hash_of(entry)
    text = log.proof_for(storage, named)
    if text is None:
        return None
    try:
        proof = TlogProof.parse(text)
        _, claims = proof.check(named, trusted)
        verify_claims(claims)
    except (Malformed, Untrue):
        return None
    return proof.index


def log_reader(aws: AwsSettings) -> LogReader:
    """Wire the log that a function's variables name, to be read. Raises as `public_log`."""
    return _read(
        aws,
        table=variable("LEDGER_TABLE"),
        bucket=variable("LEDGER_BUCKET"),
        named=(variable("LEDGER_ORIGIN"), variable("LEDGER_KEY_ID")),
        witnesses=(listed("WITNESS_KEYS"), int(variable("QUORUM"))),
    )


def public_log(aws: AwsSettings) -> PublicLog:
    """Wire the log that a function's variables name. Raises `Malformed` for a key that is none."""
    return _wired(
        aws,
        table=variable("LEDGER_TABLE"),
        bucket=variable("LEDGER_BUCKET"),
        wake_queue=variable("WAKE_QUEUE_URL"),
        named=(variable("LEDGER_ORIGIN"), variable("LEDGER_KEY_ID")),
        witnesses=(listed("WITNESS_KEYS"), int(variable("QUORUM"))),
    )


@cache
def _wired(
    aws: AwsSettings,
    *,
    table: str,
    bucket: str,
    wake_queue: str,
    named: tuple[str, str],
    witnesses: tuple[tuple[str, ...], int],
) -> PublicLog:
    read = _read(aws, table=table, bucket=bucket, named=named, witnesses=witnesses)
    return PublicLog(read.storage, read.shelf, read.trusted, waker(clients.sqs(aws), wake_queue))


@cache
def _read(
    aws: AwsSettings,
    *,
    table: str,
    bucket: str,
    named: tuple[str, str],
    witnesses: tuple[tuple[str, ...], int],
) -> LogReader:
    origin, key_id = named
    vkeys, quorum = witnesses
    s3 = clients.s3(aws)
    signed_by = KmsSigner(origin, key_id, clients.kms(aws)).key
    keys = KeyList.of(
        origin,
        [signed_by],
        witnesses=[WitnessKey.parse(vkey) for vkey in vkeys],
        quorum=quorum,
        bundles=[],
    )
    return LogReader(
        DynamoS3Storage(table, bucket, dynamodb_client=clients.dynamodb(aws), s3_client=s3),
        S3Documents(s3, bucket),
        keys.log_keys(),
    )
