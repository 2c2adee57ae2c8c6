"""Where proposals, their files and what was decided about them are kept: S3, each object written once.

Under `learning/<site>/` of one bucket lie `inputs/<hash>` (the proposal that came of these inputs),
`after/<hash>` (the statement that follows this document; `after/start` is the first) and `files/<sha256>`
(models and cards). One conditional write decides between two that would follow the same.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from consent_ledger.errors import Malformed, Untrue
from edge_client.wire.manifest import MAX_FILE_BYTES
from lambdas.shared.bounded import read_at_most
from lambdas.shared.learning.proposal import MAX_PROPOSAL_BYTES, Proposal
from lambdas.shared.learning.statement import MAX_STATEMENT_BYTES, SignedStatement

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

START: Final = "start"
_TRIES: Final = 5
_PAUSE_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class LearningStore:
    """The store of one site."""

    client: S3Client
    bucket: str
    site: str

    def proposal_of(self, inputs: str) -> Proposal | None:
        """Return the proposal that came of these inputs."""
        raw = self._read(f"inputs/{inputs}", size_bytes=MAX_PROPOSAL_BYTES)
        return None if raw is None else Proposal.from_bytes(raw)

    def propose(self, inputs: str, proposal: Proposal) -> Proposal:
        """Keep a proposal unless there is one of the same inputs; return the one that counts.

        Raises `TimeoutError` when another writer is at it all the time.
        """
        if self._write_once(f"inputs/{inputs}", proposal.to_bytes()):
            return proposal
        # Somebody else was first: theirs is the proposal, and its files were there before it.
        theirs = self.proposal_of(inputs)
        if theirs is None:
            raise Untrue("proposal: what was written once is gone")
        return theirs

    def proposals(self) -> Iterator[Proposal]:
        """All proposals, in no order; what is none is passed over, so that it stands in nobody's way."""
        for name in self._names("inputs/"):
            with suppress(Malformed, Untrue):
                if (raw := self._read(name, size_bytes=MAX_PROPOSAL_BYTES)) is not None:
                    yield Proposal.from_bytes(raw)

    def statements(self) -> Iterator[SignedStatement]:
        """All statements that lie where what they follow puts them, in no order; others are passed over."""
        for name in self._names("after/"):
            with suppress(Malformed, Untrue):
                raw = self._read(name, size_bytes=MAX_STATEMENT_BYTES)
                signed = None if raw is None else SignedStatement.from_bytes(raw)
                if signed is not None and name == f"after/{signed.said.after or START}":
                    yield signed

    def after(self, document: str | None) -> SignedStatement | None:
        """The statement that follows a document, SHA-256 in hex, or the first of a rollout for None."""
        raw = self._read(f"after/{document or START}", size_bytes=MAX_STATEMENT_BYTES)
        return None if raw is None else SignedStatement.from_bytes(raw)

    def accept(self, signed: SignedStatement) -> SignedStatement:
        """Keep a statement unless another follows the same document; return the one that counts."""
        if self._write_once(f"after/{signed.said.after or START}", signed.to_bytes()):
            return signed
        theirs = self.after(signed.said.after)
        if theirs is None:
            raise Untrue("statement: what was written once is gone")
        return theirs

    def keep_file(self, data: bytes) -> None:
        """Keep a model or a card under its SHA-256."""
        self._write_once(f"files/{hashlib.sha256(data).hexdigest()}", data)

    def file(self, sha256: str) -> bytes:
        """Return a kept file. Raises `Untrue` when it is missing or is another."""
        data = self._read(f"files/{sha256}", size_bytes=MAX_FILE_BYTES)
        if data is None or hashlib.sha256(data).hexdigest() != sha256:
            raise Untrue("proposal: a file of it is missing or is another")
        return data

    def _names(self, prefix: str) -> Iterator[str]:
        whole = self._key(prefix)
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=whole)
        for page in pages:
            for found in page.get("Contents", ()):
                yield found["Key"].removeprefix(self._key(""))

    def _read(self, name: str, *, size_bytes: int) -> bytes | None:
        try:
            return read_at_most(
                self.client, self.bucket, key=self._key(name), size_bytes=size_bytes, noun="learning"
            )
        except self.client.exceptions.NoSuchKey:
            return None

    def _write_once(self, name: str, data: bytes) -> bool:
        for _ in range(_TRIES):
            try:
                self.client.put_object(Bucket=self.bucket, Key=self._key(name), Body=data, IfNoneMatch="*")
                return True
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code in {"PreconditionFailed", "412"}:
                    return False
                if code not in {"ConditionalRequestConflict", "409"}:
                    raise
                # Somebody is writing the same at this moment: who was first is known when they are done.
                time.sleep(_PAUSE_S)
        raise TimeoutError("learning: too many conflicting writes")

    def _key(self, name: str) -> str:
        return f"learning/{self.site}/{name}"
