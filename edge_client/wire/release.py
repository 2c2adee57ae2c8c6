"""A release of aggregates: page-to-page moves that many visitors made, and nothing about any of them.

A release is the only thing that training, dashboards and experiments ever read.
Its format is `docs/formats/release.md`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import Any

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Untrue
from edge_client.wire.catalogue import hash_pages
from edge_client.wire.noise import Noise
from edge_client.wire.paths import ItemId, scrub_path
from edge_client.wire.period import Period
from edge_client.wire.privacy import FEWEST_K, Bound, Mechanism, Privacy, PublicPairs, Unit, is_count
from edge_client.wire.promise import check_promise

# The terms have a module of their own; whoever reads a release finds them here too.
__all__ = [
    "FEWEST_K", "LONGEST_BYTES", "MOST_PAGES", "Bound", "Mechanism", "Period", "Privacy", "PublicPairs",
    "Release", "Source", "Unit", "check_site",
]  # fmt: skip
MOST_PAGES = 50_000
LONGEST_BYTES = 64 * 1024 * 1024
_FIELDS = {
    "bound", "cells", "delta_exp", "epsilon_milli", "k", "kind", "mechanism", "pages", "pages_hash", "period",
    "site", "source", "totals", "v",
}  # fmt: skip
_SINCE_2 = {"candidates", "parts", "scale_milli", "threshold"}
_SITE = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}", re.ASCII)


class Source(StrEnum):
    """Where the counts come from."""

    LOG = "log"
    COUNTS = "counts"
    CONTRIBUTIONS = "contributions"


@dataclass(frozen=True, slots=True)
class Release:
    """Counts of moves between pages, each at least `threshold`, where a whole unit is `parts`.

    `pages` is sorted without doubles; `cells` are (from index, to index, value), sorted by the indexes.
    `candidates` is the public list of pairs that could be there, or None where any pair that occurred could.
    `scale_milli` is the noise's scale, or sigma, in thousandths of a cell's one; None without noise.
    `dropped_cells` is None when noise was added, because the noise does not protect an exact number.
    `version` 1 is read for ever and written no longer: its threshold is its k, and it does not tell the rest.
    Raises Malformed for wrong shapes, Untrue for a release that contradicts itself or breaks its promise.
    """

    site: str
    source: Source
    period: Period
    pages: tuple[ItemId, ...]
    cells: tuple[tuple[int, int, int], ...]
    privacy: Privacy
    bound: Bound
    threshold: int
    parts: int = 1
    candidates: PublicPairs | None = None
    scale_milli: int | None = None
    dropped_cells: int | None = None
    version: int = 2

    def __post_init__(self) -> None:
        check_site(self.site)
        _check_pages(self.pages)
        if self.version != 1:
            check_promise(
                self.privacy,
                self.bound,
                parts=self.parts,
                threshold=self.threshold,
                scale_milli=self.scale_milli,
                candidates=self.candidates,
                pages=len(self.pages),
                cells=len(self.cells),
            )
        _check_cells(self.cells, pages=len(self.pages), threshold=self.threshold)
        # Version 1 did not say so, and is read for ever.
        if self.version != 1 and any(cell[0] == cell[1] for cell in self.cells):
            raise Untrue("release: a page follows itself")
        noisy = self.privacy.mechanism is not Mechanism.NONE
        if noisy and self.dropped_cells is not None:
            raise Untrue("release: an exact number of dropped cells is named beside noise")
        if not noisy and not is_count(self.dropped_cells):
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
        parts: int = 1,
        candidates: PublicPairs | None = None,
        threshold: int | None = None,
        scale_milli: int | None = None,
    ) -> Release:
        """Release those of `counts` that reach the threshold, by default the least that the terms allow.

        `counts` carry their noise already, by default the least that the terms allow.
        Without `pages` only pages of kept cells are named: the list must not betray a page seen by few.
        With `pages` (a public catalogue's) counts of other pages are dropped.
        """
        noise = Noise.least(privacy, bound.footprint(parts), occurring=candidates is None)
        if noise is not None and scale_milli is not None:
            noise = replace(noise, scale_milli=scale_milli)
        if threshold is None:
            threshold = privacy.k * parts
            if noise is not None and candidates is None and privacy.delta_exp is not None:
                threshold = noise.threshold_for(privacy, floor=threshold)
        known = None if pages is None else frozenset(pages)
        kept = {
            pair: count
            for pair, count in counts.items()
            if count >= threshold and (known is None or (pair[0] in known and pair[1] in known))
        }
        listed = tuple(sorted({page for pair in kept for page in pair})) if pages is None else pages
        index = {page: at for at, page in enumerate(listed)}
        return cls(
            site=site,
            source=source,
            period=period,
            pages=listed,
            cells=tuple(sorted((index[a], index[b], count) for (a, b), count in kept.items())),
            privacy=privacy,
            bound=bound,
            threshold=threshold,
            parts=parts,
            candidates=candidates,
            scale_milli=None if noise is None else noise.scale_milli,
            dropped_cells=len(counts) - len(kept) if noise is None else None,
        )

    @classmethod
    def parse(cls, data: bytes) -> Release:
        """Read a release of version 1 or 2; what parses prints back byte for byte.

        Raises Malformed or Untrue.
        """
        value = canonical.decode(data, max_bytes=LONGEST_BYTES)
        if not isinstance(value, dict) or value.get("kind") != "page-moves":
            raise Malformed("release: not a release of page moves")
        if isinstance(value.get("v"), bool) or (value.get("v"), set(value)) not in (
            (1, _FIELDS),
            (2, _FIELDS | _SINCE_2),
        ):
            raise Malformed("release: not the fields of a version that is known")
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
        since_2: dict[str, Any] = {
            "candidates": _candidates_to_json(self.candidates),
            "parts": self.parts,
            "scale_milli": self.scale_milli,
            "threshold": self.threshold,
        }
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
                "v": self.version,
            }
            | ({} if self.version == 1 else since_2)
        )

    @property
    def totals(self) -> dict[str, int | None]:
        """Cells and whole units' worth of moves kept, and cells dropped."""
        return {
            "dropped_cells": self.dropped_cells,
            "kept_cells": len(self.cells),
            "kept_moves": sum(count for _, _, count in self.cells) // self.parts,
        }

    @property
    def noise(self) -> Noise | None:
        """The noise on every cell; None without any. Version 1 tells no scale: the least that it promised."""
        footprint = self.bound.footprint(self.parts)
        if self.scale_milli is None:
            return Noise.least(self.privacy, footprint, occurring=self.privacy.delta_exp is not None)
        return Noise(self.privacy.mechanism, self.scale_milli, footprint)

    @property
    def noise_scale(self) -> float:
        """The standard deviation of a cell's noise, in whole units (visitors); 0 without noise."""
        return 0.0 if self.noise is None else self.noise.deviation / self.parts

    def moves(self) -> dict[tuple[ItemId, ItemId], int]:
        """The values by pair of pages, of which `parts` make a whole unit."""
        return {(self.pages[a], self.pages[b]): count for a, b, count in self.cells}

    def weights(self) -> dict[tuple[ItemId, ItemId], float]:
        """The values by pair of pages, in whole units (visitors)."""
        return {pair: count / self.parts for pair, count in self.moves().items()}


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
        threshold=value.get("threshold", value["k"]),
        parts=value.get("parts", 1),
        candidates=_candidates_from_json(value.get("candidates", {"kind": "occurring"})),
        scale_milli=value.get("scale_milli"),
        dropped_cells=value["totals"]["dropped_cells"],
        version=value["v"],
    )


def _candidates_from_json(value: object) -> PublicPairs | None:
    match value:
        case {"kind": "occurring", **others} if not others:
            return None
        case {"kind": "public", "count": count, "sha256": sha256, **others} if not others:
            return PublicPairs(count, sha256)
        case _:
            raise Malformed("release: candidates are neither occurring nor public")


def _candidates_to_json(candidates: PublicPairs | None) -> dict[str, Any]:
    if candidates is None:
        return {"kind": "occurring"}
    return {"count": candidates.count, "kind": "public", "sha256": candidates.sha256}


def _check_pages(pages: tuple[ItemId, ...]) -> None:
    if len(pages) > MOST_PAGES or not all(isinstance(page, str) for page in pages):
        raise Malformed("release: pages is not an acceptable list of paths")
    if any(earlier >= later for earlier, later in pairwise(pages)):
        raise Malformed("release: pages are not sorted without doubles")
    if any(scrub_path(page) != page for page in pages):
        raise Untrue("release: a page is not a scrubbed path")


def _check_cells(cells: tuple[tuple[int, ...], ...], *, pages: int, threshold: int) -> None:
    if any(len(cell) != 3 or not all(is_count(number) for number in cell) for cell in cells):
        raise Malformed("release: a cell is not three whole numbers")
    if any(earlier[:2] >= later[:2] for earlier, later in pairwise(cells)):
        raise Malformed("release: cells are not sorted without doubles")
    if any(cell[0] >= pages or cell[1] >= pages for cell in cells):
        raise Untrue("release: an index is outside the pages")
    if any(cell[2] < threshold for cell in cells):
        raise Untrue("release: a cell is smaller than the threshold")
