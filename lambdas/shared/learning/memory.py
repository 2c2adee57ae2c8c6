"""The reference for `Store`: everything in memory, one lock."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Lock

from consent_ledger.errors import Untrue
from lambdas.shared.learning.proposal import Proposal
from lambdas.shared.learning.statement import SignedStatement


@dataclass(slots=True)
class MemoryStore:
    """A store that lasts as long as the process."""

    _inputs: dict[str, Proposal] = field(default_factory=dict)
    _after: dict[str | None, SignedStatement] = field(default_factory=dict)
    _files: dict[str, bytes] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def proposal_of(self, inputs: str) -> Proposal | None:
        """Return the proposal that came of these inputs."""
        return self._inputs.get(inputs)

    def propose(self, inputs: str, proposal: Proposal) -> Proposal:
        """Keep a proposal unless there is one of the same inputs; return the one that counts."""
        with self._lock:
            return self._inputs.setdefault(inputs, proposal)

    def proposals(self) -> Iterator[Proposal]:
        """All proposals, in no order."""
        return iter(tuple(self._inputs.values()))

    def statements(self) -> Iterator[SignedStatement]:
        """All statements that were accepted, in no order."""
        return iter(tuple(self._after.values()))

    def after(self, document: str | None) -> SignedStatement | None:
        """The statement that follows a document, SHA-256 in hex, or the first of a rollout for None."""
        return self._after.get(document)

    def accept(self, signed: SignedStatement) -> SignedStatement:
        """Keep a statement unless another follows the same document; return the one that counts."""
        with self._lock:
            return self._after.setdefault(signed.said.after, signed)

    def keep_file(self, data: bytes) -> None:
        """Keep a model or a card under its SHA-256."""
        self._files[hashlib.sha256(data).hexdigest()] = data

    def file(self, sha256: str) -> bytes:
        """Return a kept file. Raises `Untrue` when it is missing."""
        if sha256 not in self._files:
            raise Untrue("proposal: a file of it is missing or is another")
        return self._files[sha256]
