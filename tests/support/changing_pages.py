"""A city whose people decide on models and whose pages change, with models that are real."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from consent_ledger import canonical
from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind, hash_pages
from edge_client.wire.paths import ItemId
from lambdas.publish_bundle.decided import DecidedModels
from lambdas.publish_bundle.result import Done, RefusedJob
from lambdas.shared.learning.proposal import LiveFiles
from lambdas.shared.learning.statement import Step
from lambdas.shared.publishing.bundle_files import BundleFiles
from lambdas.shared.publishing.job import Asked, BringModel
from lambdas.shared.publishing.trained_model import Card
from model_export.shipping.convert import export_onnx
from tests.support import layouts
from tests.support.agency import Agency, entry
from tests.support.city import PATHS, City, card, catalogue
from tests.support.learning import proposal
from tests.support.publishing_jobs import Office

TO_LIVE = ((Step.APPROVED, None), (Step.CANARY, 30), (Step.LIVE, None))


@cache
def model(seed: int, count: int = len(PATHS)) -> bytes:
    """A real model of so many pages, the city's unless told, another one for each seed."""
    return export_onnx(layouts.model(count, moves=90, seed=seed))


def item(path: str, title: str) -> CatalogueItem:
    """A page that the city did not have."""
    return CatalogueItem(ItemId(path), title, f"About: {title}.", "bins", ItemKind.INFORMATION, "en")


def pages(*, without: str = "", new: tuple[CatalogueItem, ...] = ()) -> Catalogue:
    """The city's catalogue without a page, and with others, in the order of their addresses."""
    items = [*(each for each in catalogue().items if each.id != without), *new]
    return Catalogue(catalogue().site, tuple(sorted(items, key=lambda each: each.id)))


ONE_MORE = pages(new=(item("/bins/garden", "Garden bins"),))
"""The city's pages and one more."""

OTHERS = pages(without="/bins/missed", new=(item("/bins/garden", "Garden bins"),))
"""One more, and one less."""


def digest(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def told_of(data: bytes, wanted: Catalogue, **changes: canonical.Json) -> dict[str, bytes]:
    """Bytes as a model of these pages, with a card that says so and what is changed in it."""
    told = {**canonical.decode_object(card(data)), "pages_hash": hash_pages(wanted.pages)}
    printed = canonical.encode({**told, "pages": len(wanted.items), **changes})
    return {"model.onnx": data, "model.json": printed}


class Town:
    """The city, its people, and both functions; the model that it begins with is `model(1)`."""

    def __init__(self, folder: Path) -> None:
        self.agency = Agency(City(folder))
        self.agency.city.publish(model(1))
        self.office = Office(self.agency.city)
        decided = DecidedModels(
            self.agency.learning,
            self.agency.city.shelf,
            self.agency.desk.store.file,
            tuple(each.key for each in self.agency.desk.approvers),
        )
        self.service = replace(self.office.service(), decided=lambda _: decided)

    @property
    def live(self) -> BundleFiles:
        """The files of the live bundle."""
        return self.agency.files()

    @property
    def card(self) -> Card:
        """The card of the live model."""
        return Card.parse(self.live.by_name["model.json"])

    @property
    def made_from(self) -> str:
        """The SHA-256 of the model that the live one was made from."""
        assert self.card.made_from is not None
        return self.card.made_from.model

    def asks(self, asked: Asked) -> Done | RefusedJob:
        """Have something done, whatever it needs of both functions."""
        return self.office.done(self.office.job(asked), service=self.service)

    def done(self, asked: Asked) -> int:
        """Have something done, and return the version that came of it."""
        made = self.asks(asked)
        assert isinstance(made, Done), made
        return made.version

    def refused(self, asked: Asked) -> str:
        """Have something refused, and return why."""
        made = self.asks(asked)
        assert isinstance(made, RefusedJob), made
        return made.why

    def publishes(self, wanted: Catalogue) -> int:
        """Publish the drafts with another catalogue and no model."""
        return self.done(self.office.snapshot(self.office.drafts(catalogue=wanted.to_bytes())))

    def brings_live(self, seed: int, *, of: Catalogue | None = None) -> str:
        """Have people propose a model of the live pages, try it and bring it live; return its proposal."""
        wanted = of or catalogue()
        name = self.proposes(seed, told_of(model(seed, len(wanted.items)), wanted))
        for step, share in TO_LIVE:
            self.agency.desk.decide(step, name, share_milli=share)
            self.agency.apply()
        return name

    def proposes(self, seed: int, files: Mapping[str, bytes]) -> str:
        """Have a model and its card proposed upon what is live; return the proposal."""
        data, printed = files["model.onnx"], files["model.json"]
        live = self.live.by_name
        names = ("model.onnx", "model.json", "catalogue.json", "rules.json")
        made = replace(
            proposal(f"of {seed}"),
            live=LiveFiles(*(digest(live[name]) for name in names)),
            model=entry(data),
            card=entry(printed),
        )
        for raw in (data, printed):
            self.agency.desk.store.keep_file(raw)
        return self.agency.desk.add(made)

    def takes_back(self, name: str) -> None:
        """Have people take a model back, and bring devices what was before."""
        self.agency.desk.decide(Step.ROLLED_BACK, name)
        self.done(BringModel(name))
