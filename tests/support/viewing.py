"""What an agency's people look at, in memory: a log, models, releases, and what devices have."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from consent_ledger.leaf import BudgetLeaf, Leaf
from edge_client.wire.manifest import FileEntry, Manifest
from edge_client.wire.release import Release
from lambdas.agency_views.models import Models
from lambdas.agency_views.ports import Named
from lambdas.agency_views.releases import ReleasesView
from lambdas.agency_views.service import ViewsService
from lambdas.shared.agency.desk import Desk
from lambdas.shared.learning.memory import MemoryStore
from tests.support.learning import PEOPLE, digest, proposal
from tests.support.proposing import release_of


@dataclass
class PublicLog:
    """Leaves in their order, and what is served beside them; `asked` counts questions."""

    leaves: list[Leaf] = field(default_factory=list)
    served: dict[bytes, bytes] = field(default_factory=dict)
    asked: int = 0

    def place(self, entry: Leaf) -> int | None:
        self.asked += 1
        return self.leaves.index(entry) if entry in self.leaves else None

    def document(self, digest: bytes) -> bytes | None:
        return self.served.get(digest)


@dataclass
class ReleaseBucket:
    """What lies there by task and period, and what was read of it."""

    found: dict[tuple[str, str], bytes] = field(default_factory=dict)
    read_names: list[str] = field(default_factory=list)

    def names(self, *, after: str) -> Iterator[Named]:
        for (task, period), data in sorted(self.found.items()):
            if f"{task}/{period}" > after:
                yield Named(task, period, len(data))

    def read(self, task: str, period: str) -> bytes | None:
        self.read_names.append(f"{task}/{period}")
        return self.found.get((task, period))


@dataclass
class OnDevices:
    """What devices of a site have: nothing at first."""

    live: Manifest | None = None
    files: dict[str, bytes] = field(default_factory=dict)

    def manifest(self) -> Manifest | None:
        return self.live

    def file(self, sha256: str) -> bytes:
        return self.files[sha256]

    def publish(self, site: str, files: dict[str, bytes], *, at: int, previous: str | None = None) -> None:
        """Have devices have these files; what is not given is named and not there."""
        named = {name: digest(name) for name in ("model.json", "model.onnx", "catalogue.json")}
        for name, data in files.items():
            named[name] = digest(data.decode())
            self.files[named[name]] = data
        self.live = Manifest(
            site=site,
            version=1 if self.live is None else self.live.version + 1,
            previous=previous,
            not_before=at,
            expires=at + 1000,
            min_client="1",
            keys=digest("keys"),
            files={name: FileEntry(sha256, 1) for name, sha256 in named.items()},
            code={},
        )


@dataclass
class Sights:
    """All of it for one site that is learnt for."""

    site: str
    log: PublicLog = field(default_factory=PublicLog)
    store: MemoryStore = field(default_factory=MemoryStore)
    bucket: ReleaseBucket = field(default_factory=ReleaseBucket)
    devices: OnDevices = field(default_factory=OnDevices)

    def fill(self) -> dict[str, str]:
        """Have a model and a release be there, and in the log; return what they are called."""
        made, data = proposal("one", site=self.site), release_of("2026-W09", site=self.site)
        self.store.propose("one", made)
        spent = Release.parse(data).privacy
        named = hashlib.sha256(data).digest()
        self.bucket.found["moves", "2026-W09"] = data
        counted = BudgetLeaf("moves", "2026-W09", spent.epsilon_milli, spent.delta_exp, named)
        self.log.leaves += [made.leaf, counted]
        return {"model": made.digest.hex(), "task": "moves", "period": "2026-W09"}

    def views(self, desk: Desk) -> ViewsService:
        """The service that shows it."""
        keys = tuple(each.key for each in PEOPLE)
        return ViewsService(
            desk,
            Models(self.site, self.store, self.log, keys),
            ReleasesView(self.bucket, self.log),
            lambda site: self.devices if site == self.site else OnDevices(),
            self.log,
        )
