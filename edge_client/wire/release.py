"""A release of aggregates: page-to-page moves that many visitors made, and nothing about any of them.

A release is the only thing that training, dashboards and experiments ever read.
Its format is `docs/formats/release.md`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Untrue
from edge_client.wire.catalogue import hash_pages
from edge_client.wire.paths import ItemId, scrub_path

FEWEST_K = 2
MOST_PAGES = 50_000
LONGEST_BYTES = 64 * 1024 * 1024
_FIELDS = {
    "bound", "cells", "delta_exp", "epsilon_milli", "k", "kind", "mechanism", "pages", "pages_hash", "period",
    "site", "source", "totals", "v",
}  # fmt: skip
_DAY_OR_WEEK = re.compile(r"\d{4}-(?:\d{2}-\d{2}|W\d{2})", re.ASCII)
_SITE = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}", re.ASCII)


class Source(StrEnum):
    """Where the counts come from."""

    LOG = "log"
    COUNTS = "counts"
    CONTRIBUTIONS = "contributions"


class Mechanism(StrEnum):
    """The noise that was added to every cell."""

    NONE = "none"
    DISCRETE_LAPLACE = "discrete-laplace"
    DISCRETE_GAUSSIAN = "discrete-gaussian"


class Unit(StrEnum):
    """Whose presence or absence the contribution bound, and so epsilon, speaks of."""

    VISITOR = "visitor"
    SESSION = "session"
    DEVICE_WEEK = "device-week"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class Period:
    """First and last day (`2026-11-16`) or ISO week (`2026-W47`); None where the source does not tell."""

    start: str | None = None
    end: str | None = None

    def __post_init__(self) -> None:
        for day in (self.start, self.end):
            if day is not None and not _DAY_OR_WEEK.fullmatch(day):
                raise Malformed("release: period is neither a day nor a week")
        if (self.start is None) != (self.end is None) or (self.start or "") > (self.end or ""):
            raise Untrue("release: period ends before it begins")


@dataclass(frozen=True, slots=True)
class Bound:
    """The most distinct page pairs that one unit adds one to."""

    unit: Unit
    pairs: int

    def __post_init__(self) -> None:
        if not _is_count(self.pairs) or self.pairs < 1:
            raise Malformed("release: bound is not a positive number of pairs")


@dataclass(frozen=True, slots=True)
class Privacy:
    """What protects the units: a fewest count, and a mechanism with its privacy parameters.

    `epsilon_milli` is epsilon in thousandths; delta is 10 to the power of minus `delta_exp`.
    """

    k: int
    mechanism: Mechanism = Mechanism.NONE
    epsilon_milli: int | None = None
    delta_exp: int | None = None

    def __post_init__(self) -> None:
        if not _is_count(self.k) or self.k < FEWEST_K:
            raise Untrue(f"release: k is not a number of at least {FEWEST_K}")
        for number in (self.epsilon_milli, self.delta_exp):
            if number is not None and (not _is_count(number) or number < 1):
                raise Malformed("release: epsilon or delta is not a positive whole number")
        if (self.mechanism is Mechanism.NONE) != (self.epsilon_milli is None):
            raise Untrue("release: noise and epsilon must be named together or not at all")
        if self.mechanism is Mechanism.NONE and self.delta_exp is not None:
            raise Untrue("release: delta is named without noise")
        if self.mechanism is Mechanism.DISCRETE_GAUSSIAN and self.delta_exp is None:
            raise Untrue("release: gaussian noise is named without delta")


@dataclass(frozen=True, slots=True)
class Release:
    """Counts of moves between pages, each at least `privacy.k`.

    `pages` is sorted without doubles; `cells` are (from index, to index, count), sorted by the indexes.
    `dropped_cells` is None when noise was added, because the noise does not protect an exact number.
    Raises Malformed for wrong shapes, Untrue for a release that contradicts itself.
    """

    site: str
    source: Source
    period: Period
    pages: tuple[ItemId, ...]
    cells: tuple[tuple[int, int, int], ...]
    privacy: Privacy
    bound: Bound
    dropped_cells: int | None = None

    def __post_init__(self) -> None:
        check_site(self.site)
        _check_pages(self.pages)
        _check_cells(self.cells, pages=len(self.pages), k=self.privacy.k)
        noisy = self.privacy.mechanism is not Mechanism.NONE
        if noisy and self.dropped_cells is not None:
            raise Untrue("release: an exact number of dropped cells is named beside noise")
        if not noisy and not _is_count(self.dropped_cells):
            raise Malformed("release: the number of dropped cells is missing")

    @classmethod
    def of(
        cls,
        counts: Mapping[tuple[ItemId, ItemId], int],
        /,
        *,
        site: str,
        source: Source,
        period: Period,
        privacy: Privacy,
        bound: Bound,
        pages: tuple[ItemId, ...] | None = None,
    ) -> Release:
        """Release those of `counts` that reach `privacy.k`.

        Without `pages` only pages of kept cells are named: the list must not betray a page seen by few.
        With `pages` (a public catalogue's) counts of other pages are dropped.
        """
        known = None if pages is None else frozenset(pages)
        kept = {
            pair: count
            for pair, count in counts.items()
            if count >= privacy.k and (known is None or (pair[0] in known and pair[1] in known))
        }
        listed = tuple(sorted({page for pair in kept for page in pair})) if pages is None else pages
        index = {page: at for at, page in enumerate(listed)}
        exact = privacy.mechanism is Mechanism.NONE
        return cls(
            site=site,
            source=source,
            period=period,
            pages=listed,
            cells=tuple(sorted((index[a], index[b], count) for (a, b), count in kept.items())),
            privacy=privacy,
            bound=bound,
            dropped_cells=len(counts) - len(kept) if exact else None,
        )

    @classmethod
    def parse(cls, data: bytes) -> Release:
        """Read a release; what parses prints back byte for byte. Raises Malformed or Untrue."""
        value = canonical.decode(data, max_bytes=LONGEST_BYTES)
        if (
            not isinstance(value, dict)
            or set(value) != _FIELDS
            or value["v"] != 1
            or value["kind"] != "page-moves"
        ):
            raise Malformed("release: not a version 1 release of page moves")
        try:
            release = _from_json(value)
        except (KeyError, TypeError, AttributeError) as error:
            raise Malformed("release: a field has the wrong type") from error
        except ValueError as error:
            raise (
                error if isinstance(error, Malformed) else Malformed("release: a field has an unknown value")
            ) from error
        if value["pages_hash"] != hash_pages(release.pages):
            raise Untrue("release: the hash of the pages does not match the pages")
        if value["totals"] != release.totals:
            raise Untrue("release: the totals are not those of the cells")
        if release.to_bytes() != data:
            raise Malformed("release: does not print back as it was read")
        return release

    def to_bytes(self) -> bytes:
        """The release as canonical JSON."""
        return canonical.encode(
            {
                "bound": {"pairs": self.bound.pairs, "unit": self.bound.unit.value},
                "cells": [list(cell) for cell in self.cells],
                "delta_exp": self.privacy.delta_exp,
                "epsilon_milli": self.privacy.epsilon_milli,
                "k": self.privacy.k,
                "kind": "page-moves",
                "mechanism": self.privacy.mechanism.value,
                "pages": list(self.pages),
                "pages_hash": hash_pages(self.pages),
                "period": {"from": self.period.start, "to": self.period.end},
                "site": self.site,
                "source": self.source.value,
                "totals": self.totals,
                "v": 1,
            }
        )

    @property
    def totals(self) -> dict[str, int | None]:
        """Cells and moves kept, and cells dropped."""
        return {
            "dropped_cells": self.dropped_cells,
            "kept_cells": len(self.cells),
            "kept_moves": sum(count for _, _, count in self.cells),
        }

    def moves(self) -> dict[tuple[ItemId, ItemId], int]:
        """The counts by pair of pages."""
        return {(self.pages[a], self.pages[b]): count for a, b, count in self.cells}


def check_site(site: str) -> None:
    """Raise Malformed unless `site` is a short lower case name."""
    if not _SITE.fullmatch(site):
        raise Malformed("release: site is not a short lower case name")


def _from_json(value: dict[str, Any]) -> Release:
    if set(value["bound"]) != {"pairs", "unit"} or set(value["period"]) != {"from", "to"}:
        raise Malformed("release: bound or period has missing or unknown fields")
    return Release(
        site=value["site"],
        source=Source(value["source"]),
        period=Period(value["period"]["from"], value["period"]["to"]),
        pages=tuple(value["pages"]),
        cells=tuple(tuple(cell) for cell in value["cells"]),
        privacy=Privacy(
            value["k"], Mechanism(value["mechanism"]), value["epsilon_milli"], value["delta_exp"]
        ),
        bound=Bound(Unit(value["bound"]["unit"]), value["bound"]["pairs"]),
        dropped_cells=value["totals"]["dropped_cells"],
    )


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53


def _check_pages(pages: tuple[ItemId, ...]) -> None:
    if len(pages) > MOST_PAGES or not all(isinstance(page, str) for page in pages):
        raise Malformed("release: pages is not an acceptable list of paths")
    if any(earlier >= later for earlier, later in pairwise(pages)):
        raise Malformed("release: pages are not sorted without doubles")
    if any(scrub_path(page) != page for page in pages):
        raise Untrue("release: a page is not a scrubbed path")


def _check_cells(cells: tuple[tuple[int, ...], ...], *, pages: int, k: int) -> None:
    if any(len(cell) != 3 or not all(_is_count(number) for number in cell) for cell in cells):
        raise Malformed("release: a cell is not three whole numbers")
    if any(earlier[:2] >= later[:2] for earlier, later in pairwise(cells)):
        raise Malformed("release: cells are not sorted without doubles")
    if any(cell[0] >= pages or cell[1] >= pages for cell in cells):
        raise Untrue("release: an index is outside the pages")
    if any(cell[2] < k for cell in cells):
        raise Untrue("release: a cell is smaller than k")
