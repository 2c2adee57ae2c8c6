"""What the advisor reads: releases, the catalogue, and whatever else is at hand; nothing about anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from edge_client.wire.candidates import Candidates
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Release
from edge_client.wire.rules import Rules, sensitive_pages
from model_export.advisor.counts import Counts
from model_export.advisor.words import Words
from model_export.shipping.quantise import QuantisedTable


@dataclass(frozen=True, slots=True)
class LiveModel:
    """The model on devices now: its table, the catalogue that its indexes are of, and the hashes (hex
    SHA-256) of the releases that it was trained on."""

    table: QuantisedTable
    catalogue: Catalogue
    trained_on: frozenset[str]


@dataclass(frozen=True)
class Material:
    """Everything to judge; what is None or empty was not handed in, and is not asked about.

    `releases` are in the order of their periods; `candidates` the list of public pairs that they were made
    with, in the catalogue's page indexes; `reviewed` says when people last looked at a page;
    `speakers` are shares of visitors by the language that they read best.
    """

    catalogue: Catalogue
    releases: tuple[Release, ...] = ()
    rules: Rules | None = None
    model: LiveModel | None = None
    candidates: Candidates | None = None
    today: date | None = None
    reviewed: Mapping[ItemId, date] = field(default_factory=dict)
    speakers: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def counts(self) -> Counts:
        """All releases together, in the indexes of the catalogue."""
        return Counts.of(self.releases, self.catalogue.pages, candidates=self.candidates)

    @cached_property
    def words(self) -> Words:
        """How alike the catalogue's pages are by what they say."""
        return Words.of(self.catalogue)

    @cached_property
    def sensitive(self) -> frozenset[ItemId]:
        """Pages that devices neither store nor suggest: that they are not seen is as it should be."""
        return frozenset() if self.rules is None else sensitive_pages(self.catalogue, self.rules)

    @cached_property
    def visitors(self) -> Mapping[ItemId, float]:
        """How many visitors came to each page, from the releases."""
        return dict(zip(self.catalogue.pages, self.counts.arrivals.tolist(), strict=True))

    @cached_property
    def main_language(self) -> str:
        """The language of most pages."""
        langs = [item.lang for item in self.catalogue.items]
        return max(sorted(set(langs)), key=langs.count, default="")
