"""What deciding and proposing need of a store, and of the public log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from consent_ledger.leaf import ModelLeaf
from lambdas.shared.learning.proposal import Proposal
from lambdas.shared.learning.statement import SignedStatement


class Store(Protocol):
    """Proposals, their files, and what was decided; nothing in it ever changes."""

    def proposal_of(self, inputs: str) -> Proposal | None:
        """Return the proposal that came of these inputs."""

    def propose(self, inputs: str, proposal: Proposal) -> Proposal:
        """Keep a proposal unless there is one of the same inputs; return the one that counts."""

    def proposals(self) -> Iterator[Proposal]:
        """All proposals, in no order."""

    def statements(self) -> Iterator[SignedStatement]:
        """All statements that were accepted, in no order."""

    def after(self, document: str | None) -> SignedStatement | None:
        """The statement that follows a document, SHA-256 in hex, or the first of a rollout for None."""

    def accept(self, signed: SignedStatement) -> SignedStatement:
        """Keep a statement unless another follows the same document; return the one that counts."""

    def keep_file(self, data: bytes) -> None:
        """Keep a model or a card under its SHA-256."""

    def file(self, sha256: str) -> bytes:
        """Return a kept file. Raises `Untrue` when it is missing or is another."""


class StepLog(Protocol):
    """Serves a document beside the log, then logs its leaf; again is the same as once."""

    def __call__(self, entry: ModelLeaf, document: bytes, /) -> None:
        """Serve and log."""
