"""What publishing needs of others: an agency's files and what became of its jobs, and where bundles go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from consent_ledger.keys import KeyList
from consent_ledger.note import Signer
from lambdas.publish_bundle.newest import Newest
from lambdas.shared.publishing.bundle_files import BundleFiles
from lambdas.shared.publishing.history import Documents
from lambdas.shared.publishing.job import Job
from lambdas.shared.publishing.live_bundle import Log, Shelf
from lambdas.shared.publishing.model_rollout import Standing
from lambdas.shared.publishing.paging import Pages


class Files(Protocol):
    """One bucket for all agencies, each and each of its sites in a folder of its own."""

    def file(self, agency: str, site: str, *, sha256: str, size_bytes: int) -> bytes | None:
        """Return what is kept under a hash, unchecked, or None. Raises `Malformed` for more than its size."""
        ...

    def begun(self, job: Job) -> bytes | None:
        """Return what a job wrote down before it published, or None."""
        ...

    def begin(self, job: Job, begun: bytes, *, before: bytes | None) -> bool:
        """Write down what a job is about to publish, after what it wrote down before; False where that is
        no longer what is there."""
        ...

    def newest(self, job: Job) -> Newest:
        """Return what is newest of the jobs of its site."""
        ...

    def renew(self, job: Job) -> Newest:
        """Write down what is newest with this job, whoever does so at the same time, and return it."""
        ...

    def result(self, job: Job) -> bytes | None:
        """Return what became of a job, or None."""
        ...

    def settle(self, job: Job, result: bytes) -> None:
        """Write down what became of a job, once: what is there already stays."""
        ...


@dataclass(frozen=True, slots=True)
class Press:
    """Where bundles are made: the shelf of public files, the log, the keys in force, and who signs.

    `document` returns what is served beside the log under a SHA-256, or None.
    """

    shelf: Shelf
    log: Log
    keys: KeyList
    signer: Signer
    document: Documents


class Decided(Protocol):
    """What people with keys decided about a site's models, as the log holds it."""

    def files(self, live: BundleFiles, *, proposal: str, pages: Pages) -> BundleFiles | None:
        """Return what devices should get, None where that is live.

        Raises `Refused` unless the last decision is about that proposal, its SHA-256 in hex, and may be
        followed; `pages` makes a model for today's pages, and raises as it does.
        """
        ...

    def standing(self, live: BundleFiles) -> Standing:
        """Return the model that is live, or the one before where people took that back."""
        ...

    def is_taken_back(self, files: BundleFiles) -> bool:
        """Whether people took back the model that these files hold."""
        ...
