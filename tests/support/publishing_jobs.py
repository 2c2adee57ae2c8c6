"""An agency's bucket in memory, snapshots of a small city's files, and a publisher that may die."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from consent_ledger import canonical, documents
from edge_client.wire.manifest import FileEntry
from lambdas.publish_bundle.newest import Newest
from lambdas.publish_bundle.ports import Press
from lambdas.publish_bundle.service import PublishBundleService
from lambdas.shared.publishing.bundle_files import BundleFiles
from lambdas.shared.publishing.job import Asked, Job, Publish
from lambdas.shared.publishing.live_bundle import Log, Shelf
from lambdas.shared.publishing.snapshot import Snapshot
from tests.support.city import NOW_S, SITE, City, catalogue, notice_value, rules

AGENCY = "smallville"
PROPOSAL = "1795000000-0123abcd"


@dataclass
class MemoryFiles:
    """The reference of the agency's bucket."""

    kept: dict[str, bytes] = field(default_factory=dict)

    def file(self, agency: str, site: str, *, sha256: str, size_bytes: int) -> bytes | None:
        """Return what is kept under a hash, whatever it is."""
        return self.kept.get(f"{agency}/{site}/files/{sha256}")

    def put(self, data: bytes, *, agency: str = AGENCY, site: str = SITE) -> FileEntry:
        """Keep a file as the agency's API does."""
        digest = hashlib.sha256(data).hexdigest()
        self.kept[f"{agency}/{site}/files/{digest}"] = data
        return FileEntry(digest, len(data))

    def begun(self, job: Job) -> bytes | None:
        """Return what a job wrote down."""
        return self.kept.get(f"{job.agency}/{job.site}/begun/{job.id}")

    def begin(self, job: Job, begun: bytes) -> None:
        """Write down what a job is about to publish."""
        self.kept[f"{job.agency}/{job.site}/begun/{job.id}"] = begun

    def newest(self, job: Job) -> Newest:
        """Return what is newest of the jobs that were done."""
        raw = self.kept.get(f"{job.agency}/{job.site}/begun/newest")
        return Newest() if raw is None else Newest.from_bytes(raw)

    def renew(self, job: Job, newest: Newest) -> None:
        """Write that down."""
        self.kept[f"{job.agency}/{job.site}/begun/newest"] = newest.to_bytes()

    def result(self, job: Job) -> bytes | None:
        """Return what became of a job."""
        return self.kept.get(f"{job.agency}/{job.site}/jobs/{job.id}")

    def settle(self, job: Job, result: bytes) -> None:
        """Write down what became of a job, once."""
        self.kept.setdefault(f"{job.agency}/{job.site}/jobs/{job.id}", result)


class Undecided:
    """Nobody decided anything about any model."""

    def files(self, live: BundleFiles, *, proposal: str) -> BundleFiles | None:
        """Nothing."""
        return None

    def is_taken_back(self, files: BundleFiles) -> bool:
        """No."""
        return False


@dataclass
class Office:
    """An agency with a city, its bucket, and the function that publishes for it."""

    city: City
    files: MemoryFiles = field(default_factory=MemoryFiles)
    at: int = NOW_S
    jobs: int = 0

    def service(
        self, *, files: MemoryFiles | None = None, shelf: Shelf | None = None, log: Log | None = None
    ) -> PublishBundleService:
        """The function's service, or one that reaches other parts."""
        city = self.city
        press = Press(shelf or city.shelf, log or city.log, city.keys, city.agency, self.document)
        return PublishBundleService(
            files or self.files, press, {SITE: AGENCY}.get, lambda _: Undecided(), lambda: self.at
        )

    def document(self, digest: bytes) -> bytes | None:
        """What is served beside the city's log."""
        return self.city.ledger.read(documents.path_of(digest))

    def job(self, asked: Asked, *, agency: str = AGENCY, site: str = SITE) -> Job:
        """A job of its own."""
        self.jobs += 1
        return Job(f"{NOW_S + self.jobs}-{self.jobs:08x}", agency, site, asked)

    def snapshot(self, contents: Mapping[str, bytes]) -> Publish:
        """Keep files and their list, and ask for them to be published."""
        listed = Snapshot(AGENCY, SITE, {name: self.files.put(data) for name, data in contents.items()})
        return Publish(self.files.put(listed.to_bytes()).sha256, PROPOSAL)

    def drafts(self, **changes: bytes) -> dict[str, bytes]:
        """What the agency's people wrote: everything but a model."""
        return {
            "catalogue.json": catalogue().to_bytes(),
            "notices.json": canonical.encode({"v": 1, "notices": [notice_value()]}),
            "rules.json": rules(),
            **{f"{name}.json": data for name, data in changes.items()},
        }

    def with_model(self, data: bytes = b"model") -> dict[str, bytes]:
        """That, with a model of the city's pages."""
        made = self.city.files(data).by_name
        return {**self.drafts(), "model.onnx": made["model.onnx"], "model.json": made["model.json"]}


def rules_with(**changes: canonical.Json) -> bytes:
    """The city's rules, changed."""
    return canonical.encode({**canonical.decode_object(rules()), **changes})


def other(asked: Job, **changes: str) -> Job:
    """The same job but for what is changed."""
    return replace(asked, **changes)
