"""The city of the demo in memory: signed and logged files, a trained model, and the real services."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

import demo
from demo.catalogue import catalogue_of
from demo.content import load_pages
from demo.journeys import citizen_journeys
from demo.pictures import load_pictures
from demo.stage import AGENCY
from edge_client.bundle import Trust
from edge_client.scoring import Candidates, History, Question, candidates_of
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.notice import Notice
from edge_client.wire.paths import ItemId
from edge_client.wire.rules import Rules
from lambdas.shared.publishing.bundle_files import BundleFiles
from lambdas.shared.publishing.learning_task import LearningTerms
from model_export import train_model
from model_export.shipping.convert import read_table
from nearside.publishing import gather
from tests.support.city import City
from tests.support.journeys import release_of_journeys
from tests.support.pair import PairedHost, Services

LEARNT_FROM = 300
LIVED = 500


@dataclass
class Riverton(City):
    """The agency's side, with the files of the demo's city."""

    made: BundleFiles | None = None

    @property
    def trust(self) -> Trust:
        """What the city's pages name."""
        trusted = super().trust
        return Trust(self.files().site, trusted.agency, trusted.ledger)

    def files(self, model: bytes = b"") -> BundleFiles:
        """Return the files of the bundle; there is one model."""
        assert self.made is not None
        return self.made


@dataclass
class Reader:
    """The model's file, read plainly: rows of a table, added up (`model_export.shipping.quantise`)."""

    model: bytes

    def __post_init__(self) -> None:
        table = read_table(self.model)

        @lru_cache(maxsize=50_000)
        def score(history: History) -> tuple[float, ...]:
            recent = np.array(history.recent, np.int64)
            return tuple(table.scores(recent, np.array(history.weights, np.float32)).tolist())

        self._score = score

    def answers(self, questions: tuple[Question, ...]) -> tuple[Candidates, ...]:
        """Answer questions."""
        return tuple(candidates_of(question, self._score) for question in questions)


@dataclass
class ReadingHost(PairedHost):
    """A device's host, whose model is the bundle's own, read plainly."""

    readers: dict[bytes, Reader] = field(default_factory=dict)
    reader: Reader | None = None

    async def open_model(self, model: bytes) -> None:
        """Make the model ready; devices of one world share what was read."""
        self.reader = self.readers.setdefault(model, Reader(model))

    async def candidates(self, questions: tuple[Question, ...]) -> tuple[Candidates, ...]:
        """Return the model's answers."""
        assert self.reader is not None
        return self.reader.answers(questions)


@dataclass(frozen=True)
class World:
    """All that citizens find: the city, what its pages say and link to, and what people come for."""

    city: Riverton
    catalogue: Catalogue
    rules: Rules
    notice: Notice
    links: Mapping[str, tuple[ItemId, ...]]
    journeys: tuple[tuple[ItemId, ...], ...]
    readers: dict[bytes, Reader]

    def host(self) -> ReadingHost:
        """Return the host of one more device."""
        clock: list[ReadingHost] = []
        host = ReadingHost(Services(self.city, now_ms=lambda: clock[0].at_ms), readers=self.readers)
        clock.append(host)
        return host


def make_world(folder: Path, *, seed: int, rules: bytes | None = None) -> World:
    """Train, sign, log and publish, in memory; `rules` are others than the agency's own."""
    content = Path(demo.__file__).parent / "content"
    pages = load_pages(content)
    catalogue = catalogue_of(pages, load_pictures(content / "pictures.yaml"))
    every = tuple(
        tuple(map(ItemId, journey)) for journey in citizen_journeys(catalogue, LEARNT_FROM + LIVED, seed)
    )
    trained = train_model(release_of_journeys(catalogue, every[:LEARNT_FROM]), catalogue)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(trained.onnx_bytes)
    (folder / "model.json").write_bytes(trained.card_bytes)
    notice = json.loads((AGENCY / "notices/en.json").read_bytes())
    raw = (AGENCY / "rules.json").read_bytes() if rules is None else rules
    made = gather(
        catalogue=catalogue.to_bytes(), rules=raw, notices=[notice], model=folder, terms=LearningTerms()
    )
    city = Riverton(folder, made=made)
    city.publish()
    return World(
        city,
        catalogue,
        Rules.parse(raw),
        Notice.from_value(notice),
        {page.id: tuple(map(ItemId, page.related)) for page in pages},
        every[LEARNT_FROM:],
        {},
    )
