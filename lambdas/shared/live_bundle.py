"""What the site's published bundle says: its tasks, and the pages that their indexes mean.

Whoever can write to the site's bucket has no key of the agency's: a bundle that it did not sign says nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Untrue
from consent_ledger.note import VerifierKey
from edge_client.wire.bundle import PublishedBundle
from edge_client.wire.candidates import Candidates
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.manifest import CANDIDATES, MAX_FILE_BYTES, Manifest
from edge_client.wire.paths import ItemId
from edge_client.wire.task import parse_tasks
from lambdas.shared.bounded import read_at_most
from lambdas.shared.measurement.ports import RegisteredTask

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class LiveBundle:
    """The bundle that devices of one site fetch, in the site's own bucket; `agency` tells the key that must
    have signed it."""

    client: S3Client
    bucket: str
    site: str
    agency: Callable[[], VerifierKey]

    def tasks(self) -> dict[str, RegisteredTask]:
        """Return the announced tasks by id; none before the first bundle or when it holds no tasks.

        Raises `Untrue` for a bundle that the agency did not sign, a file that it does not name, or a task
        of another site, whose devices' budget is not this site's to spend.
        """
        manifest = self.manifest()
        if manifest is None or not {"tasks.json", "catalogue.json"} <= set(manifest.files):
            return {}
        catalogue = manifest.files["catalogue.json"].sha256
        tasks = parse_tasks(self.file(manifest.files["tasks.json"].sha256))
        if any(task.site != self.site for task in tasks):
            raise Untrue("bundle: a task is another site's")
        return {task.task_id: RegisteredTask(task, catalogue) for task in tasks}

    def pages(self, catalogue: str) -> tuple[ItemId, ...]:
        """Return the pages of the catalogue with that SHA-256, in hex, in page index order."""
        return Catalogue.parse(self.file(catalogue)).pages

    def candidates(self, pages_hash: str) -> Candidates | None:
        """Return the public page pairs of the bundle; None when it has none for the pages with that hash.

        Raises `Untrue` as `tasks` does.
        """
        manifest = self.manifest()
        if manifest is None or CANDIDATES not in manifest.files:
            return None
        candidates = Candidates.parse(self.file(manifest.files[CANDIDATES].sha256))
        return candidates if candidates.pages_hash == pages_hash else None

    def manifest(self) -> Manifest | None:
        """Return what is live, or None before the first bundle. Raises `Untrue` as `tasks` does."""
        try:
            published = self._read(f"nearside/{self.site}/bundle.json")
        except self.client.exceptions.NoSuchKey:
            return None
        bundle = PublishedBundle.from_bytes(published)
        verify_claims(bundle.note.claims((self.agency(),)))
        return bundle.manifest if bundle.manifest.site == self.site else None

    def file(self, sha256: str) -> bytes:
        """Return a file of a bundle by its SHA-256 in hex. Raises `Untrue` when it is another."""
        data = self._read(f"nearside/{self.site}/files/{sha256}")
        if hashlib.sha256(data).hexdigest() != sha256:
            raise Untrue("bundle: a file is not the one that its manifest names")
        return data

    def _read(self, key: str) -> bytes:
        return read_at_most(self.client, self.bucket, key=key, size_bytes=MAX_FILE_BYTES, noun="bundle")


def bundle_key_name(origin: str) -> str:
    """Return the name of the key that signs bundles, at the agency whose ledger has this origin."""
    return f"{origin.partition('/')[0]}/bundles"


@dataclass(slots=True)
class Recent:
    """The announced tasks as they were at most `seconds` ago by `clock`."""

    source: LiveBundle
    seconds: float
    clock: Callable[[], float]
    _held: tuple[float, dict[str, RegisteredTask]] | None = field(default=None)

    def tasks(self) -> dict[str, RegisteredTask]:
        """Return the announced tasks by id."""
        held = self._held
        if held is None or self.clock() - held[0] >= self.seconds:
            # Whether a failed read leaves the old tasks standing is no question: it raises.
            held = (self.clock(), self.source.tasks())
            self._held = held
        return held[1]
