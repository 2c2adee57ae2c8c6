"""What is looked at: the public log, what is learnt of a site, its releases, and what devices have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from consent_ledger.leaf import Leaf
from edge_client.wire.manifest import Manifest
from lambdas.shared.learning.proposal import Proposal
from lambdas.shared.learning.statement import SignedStatement


class Log(Protocol):
    """The public log, believed by proofs alone."""

    def place(self, entry: Leaf) -> int | None:
        """Return where the published log holds a leaf, or None where it does not."""

    def document(self, digest: bytes) -> bytes | None:
        """Return what is served under a SHA-256, or None. Raises `Untrue` when it is something else."""


class Learnt(Protocol):
    """Proposals of models, their files, and what was decided."""

    def proposals(self) -> Iterator[Proposal]:
        """All proposals, in no order."""

    def statements(self) -> Iterator[SignedStatement]:
        """All statements that were accepted, in no order."""

    def file(self, sha256: str) -> bytes:
        """Return a kept file. Raises `Untrue` when it is missing or is another."""


@dataclass(frozen=True, slots=True)
class Named:
    """A release by the name under which it lies, and how long it is."""

    task: str
    period: str
    size_bytes: int

    @property
    def name(self) -> str:
        """Where it stands in a list."""
        return f"{self.task}/{self.period}"


class Releases(Protocol):
    """Releases as they lie in a bucket, where others may write as well."""

    def names(self, *, after: str) -> Iterator[Named]:
        """Go through all whose names come after this one, by name."""

    def read(self, task: str, period: str) -> bytes | None:
        """Return what lies under a release's name, or None. Raises `Malformed` when it is too long."""


class Bundle(Protocol):
    """What devices of one site have."""

    def manifest(self) -> Manifest | None:
        """Return what is live, or None before the first. Raises `Untrue` when the agency did not sign it."""

    def file(self, sha256: str) -> bytes:
        """Return a file of a bundle. Raises `Untrue` when it is another."""
