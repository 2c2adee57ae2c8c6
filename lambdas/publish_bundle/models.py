"""What belongs to a model, for the pages of a snapshot that has none."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from edge_client.wire.catalogue import Catalogue
from lambdas.publish_bundle.ports import Decided
from lambdas.shared.publishing.bundle_files import BundleFiles
from lambdas.shared.publishing.paging import BESIDE, Beside, Pages, Wanted
from lambdas.shared.publishing.snapshot import OF_A_MODEL
from lambdas.shared.publishing.trained_model import Card


@dataclass(frozen=True, slots=True)
class Models:
    """What people decided about models, and what makes those of other pages."""

    decided: Decided
    pages: Pages

    def of(self, catalogue: bytes, live: BundleFiles | None) -> Mapping[str, bytes]:
        """Return what belongs to a model, for the pages of a catalogue: as it is live, or made anew.

        What is made anew is made from what people decided on, however often pages changed since: a page that
        comes again has what it had, and a model that was taken back does not come back. What lies beside it
        is made from what is live: a page that was gone for a while is in no group, and its pairs are new.
        """
        if live is None:
            return self.pages(Wanted(_digest(catalogue), None))
        kept = {name: data for name, data in live.by_name.items() if name in OF_A_MODEL}
        if Card.parse(kept["model.json"]).is_of(Catalogue.parse(catalogue)):
            return kept
        standing = self.decided.standing(live)
        beside: dict[str, str] = {name: _digest(kept[name]) for name in BESIDE if name in kept}
        was = Beside(_digest(live.by_name["catalogue.json"]), beside) if beside else None
        return self.pages(Wanted(_digest(catalogue), standing.source, was))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
