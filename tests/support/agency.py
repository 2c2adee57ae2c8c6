"""An agency with a live bundle and a desk where its people decide on models: each step can be published."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

from edge_client.wire.manifest import FileEntry
from lambdas.shared.learning.learning import Learning
from lambdas.shared.learning.proposal import LiveFiles
from lambdas.shared.publishing.bundle_files import BundleFiles, read_files
from lambdas.shared.publishing.live_bundle import live_bundle
from lambdas.shared.publishing.model_rollout import Place, bring, wanted
from lambdas.shared.publishing.publication import Published, publish
from nearside.paging import pages_of
from tests.support.city import NOW_S, SITE, City, card
from tests.support.learning import Desk, proposal

CANDIDATE = b"candidate"


@dataclass
class Agency:
    """A city with a live bundle, a proposal for it, and a desk for decisions."""

    city: City
    desk: Desk = field(default_factory=Desk)

    def files(self) -> BundleFiles:
        bundle = live_bundle(self.city.shelf, SITE, log=self.city.log, keys=self.city.keys)
        assert bundle is not None
        return read_files(self.city.shelf, bundle.manifest)

    def propose(self, name: str = "one", data: bytes = CANDIDATE, **changes: object) -> str:
        """A proposal that was compared under what is live; return its hash."""
        live = {name: hashlib.sha256(raw).hexdigest() for name, raw in self.files().by_name.items()}
        names = ("model.onnx", "model.json", "catalogue.json", "rules.json")
        made = replace(
            proposal(name, **changes),
            live=LiveFiles(*(live[file] for file in names)),
            model=entry(data),
            card=entry(card(data)),
        )
        for raw in (data, card(data)):
            self.desk.store.keep_file(raw)
        return self.desk.add(made)

    def learning(self) -> Learning:
        return self.desk.learning()

    def wanted(self) -> BundleFiles | None:
        return wanted(
            self.files(),
            self.learning(),
            shelf=self.city.shelf,
            file=self.desk.store.file,
            approvers=[each.key for each in self.desk.approvers],
            pages=pages_of(self.city.shelf, SITE),
        )

    def by_hand(self, rules: bytes) -> None:
        """Publish other rules beside all that is live."""
        files, city = self.files(), self.city
        publish(
            replace(files, by_name={**files.by_name, "rules.json": rules}),
            shelf=city.shelf,
            signer=city.agency,
            log=city.log,
            keys=city.keys,
            now=NOW_S,
        )

    def apply(self) -> Published | None:
        """Publish what was decided last."""
        city = self.city
        return bring(
            self.learning(),
            Place(SITE, city.shelf, city.log, city.keys, city.agency),
            file=self.desk.store.file,
            approvers=[each.key for each in self.desk.approvers],
            pages=pages_of(city.shelf, SITE),
            now=NOW_S,
        )


def entry(data: bytes) -> FileEntry:
    return FileEntry(hashlib.sha256(data).hexdigest(), len(data))
