"""An agency's bucket in memory, snapshots of a small city's files, and a publisher that may die."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from consent_ledger import canonical, documents
from consent_ledger.errors import Untrue
from edge_client.wire.manifest import FileEntry
from lambdas.page_model.maker import make
from lambdas.page_model.service import PageModelService
from lambdas.publish_bundle.newest import Newest
from lambdas.publish_bundle.ports import Press
from lambdas.publish_bundle.result import Done, RefusedJob
from lambdas.publish_bundle.service import PublishBundleService
from lambdas.shared.publishing.bundle_files import BundleFiles
from lambdas.shared.publishing.job import Asked, Job, Publish
from lambdas.shared.publishing.live_bundle import Log, Shelf
from lambdas.shared.publishing.model_rollout import Standing
from lambdas.shared.publishing.paging import Answer, JobMessage, NotPaged, Order, Pages
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

    def begin(self, job: Job, begun: bytes, *, before: bytes | None) -> bool:
        """Write down what a job is about to publish, after what it wrote down before."""
        if self.begun(job) != before:
            return False
        self.kept[f"{job.agency}/{job.site}/begun/{job.id}"] = begun
        return True

    def newest(self, job: Job) -> Newest:
        """Return what is newest of the jobs of its site."""
        raw = self.kept.get(f"{job.agency}/{job.site}/begun/newest")
        return Newest() if raw is None else Newest.from_bytes(raw)

    def renew(self, job: Job) -> Newest:
        """Write down what is newest with this job."""
        newest = self.newest(job).after(job)
        self.kept[f"{job.agency}/{job.site}/begun/newest"] = newest.to_bytes()
        return newest

    def result(self, job: Job) -> bytes | None:
        """Return what became of a job."""
        return self.kept.get(f"{job.agency}/{job.site}/jobs/{job.id}")

    def settle(self, job: Job, result: bytes) -> None:
        """Write down what became of a job, once."""
        self.kept.setdefault(f"{job.agency}/{job.site}/jobs/{job.id}", result)


class Undecided:
    """Nobody decided anything about any model."""

    def files(self, live: BundleFiles, *, proposal: str, pages: Pages) -> BundleFiles | None:
        """Nothing."""
        return None

    def standing(self, live: BundleFiles) -> Standing:
        """What is live."""
        named = {name: live.by_name[name] for name in ("model.json", "model.onnx")}
        return Standing(named, hashlib.sha256(live.by_name["catalogue.json"]).hexdigest())

    def is_taken_back(self, files: BundleFiles) -> bool:
        """No."""
        return False


@dataclass
class PageFiles:
    """What the function that makes models reads, and where it keeps what it made."""

    shelf: Shelf
    files: MemoryFiles

    def read(self, job: Job, sha256: str) -> bytes:
        """Return a public file or an approved one."""
        public = self.shelf.read(f"nearside/{job.site}/files/{sha256}")
        data = public or self.files.file(job.agency, job.site, sha256=sha256, size_bytes=0)
        if data is None or hashlib.sha256(data).hexdigest() != sha256:
            raise Untrue("model: a file that it is made from is missing or is another")
        return data

    def is_settled(self, job: Job) -> bool:
        """Whether something became of it."""
        return self.files.result(job) is not None

    def keep(self, job: Job, data: bytes) -> FileEntry:
        """Keep a file among the agency's."""
        return self.files.put(data, agency=job.agency, site=job.site)


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

    def done(self, job: Job, *, service: PublishBundleService | None = None) -> Done | RefusedJob:
        """What becomes of a job when both functions get what the other sends, as often as it takes."""
        publisher, answer = service or self.service(), None
        for _ in range(4):
            try:
                return publisher.do(job, answer)
            except NotPaged as waits:
                answer = self.paged(Order(job, waits.wanted))
        raise AssertionError("a job wants pages again and again")

    def paged(self, order: Order) -> Answer:
        """What the function that makes models sends back, read as the publisher reads it."""
        sent: list[JobMessage] = []
        files = PageFiles(self.city.shelf, self.files)
        PageModelService(files, make, sent.append).do(Order.from_bytes(order.to_bytes()))
        (message,) = sent
        answer = JobMessage.from_bytes(message.to_bytes()).answer
        assert answer is not None
        return answer

    def document(self, digest: bytes) -> bytes | None:
        """What is served beside the city's log."""
        return self.city.ledger.read(documents.path_of(digest))

    def job(self, asked: Asked, *, agency: str = AGENCY, site: str = SITE) -> Job:
        """A job of its own."""
        self.jobs += 1
        return Job(f"{NOW_S}-{self.jobs:08x}", agency, site, asked, self.jobs)

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


def other(asked: Job, **changes: Any) -> Job:
    """The same job but for what is changed."""
    return replace(asked, **changes)
