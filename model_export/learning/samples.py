"""Released counts and likeness of content as the rows that a classifier learns from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from edge_client.wire.catalogue import Catalogue
from edge_client.wire.paths import ItemId, stands_for_many
from edge_client.wire.release import Release
from model_export.learning.denoise import cells_of
from model_export.learning.drift import resolve, weights_of


@dataclass(frozen=True, slots=True)
class Samples:
    """`visited` (samples, pages) one-hot or empty rows, `followed` page indexes, `weight` how often."""

    visited: sp.csr_matrix
    followed: NDArray[np.int64]
    weight: NDArray[np.float64]

    def __add__(self, other: Samples) -> Samples:
        return Samples(
            sp.csr_matrix(sp.vstack([self.visited, other.visited])),
            np.concatenate([self.followed, other.followed]),
            np.concatenate([self.weight, other.weight]),
        )

    def without_visits(self) -> Samples:
        """The same next pages with nothing visited before: what popularity alone can learn from."""
        return Samples(sp.csr_matrix(self.visited.shape), self.followed, self.weight)


def pages_of(
    releases: Sequence[Release],
    catalogue: Catalogue | None,
    *,
    renamed: Mapping[ItemId, ItemId] | None = None,
) -> tuple[ItemId, ...]:
    """The pages that a model is about: the catalogue's, or else all that the releases name, sorted."""
    if catalogue is not None:
        return catalogue.pages
    moved = resolve(renamed or {})
    return tuple(sorted({moved.get(page, page) for release in releases for page in release.pages}))


def moves_of(
    releases: Sequence[Release],
    pages: Sequence[ItemId],
    *,
    renamed: Mapping[ItemId, ItemId] | None = None,
    half_life_days: float | None = None,
) -> sp.csr_matrix:
    """What the releases' counts are worth, in visitors, added up as a (pages, pages) matrix.

    Noise is taken into account within a release (`denoise`) and between releases (`drift.weights_of`).
    `renamed` pages bring their counts along; a page that is not in `pages` is left out, and so is one that
    stands for many as a target: there is no address to send anyone to.
    """
    index = {page: at for at, page in enumerate(pages)}
    moved = resolve(renamed or {})
    size = len(pages)
    total = sp.csr_matrix((size, size))
    for release, weight in zip(releases, weights_of(releases, half_life_days=half_life_days), strict=True):
        place = np.array([index.get(moved.get(page, page), -1) for page in release.pages], dtype=np.int64)
        many = np.array([stands_for_many(moved.get(page, page)) for page in release.pages], dtype=bool)
        sources, targets, worth = cells_of(release)
        rows, columns = place[sources], place[targets]
        kept = (rows >= 0) & (columns >= 0) & (rows != columns) & ~many[targets]
        values = weight * worth[kept]
        total += sp.csr_matrix((values, (rows[kept], columns[kept])), shape=(size, size))
    return sp.csr_matrix(total)


def prior_of(alike: sp.csr_matrix, counts: sp.csr_matrix, *, kappa: float, share: float) -> sp.csr_matrix:
    """Likeness in visits: each page's row weighs `kappa` visits, and `share` more for each visit counted.

    The first places pages that hardly anyone visited, the second keeps content in the ranking of the others.
    """
    visits = np.asarray(counts.sum(axis=1)).ravel()
    return sp.csr_matrix(sp.diags(kappa + share * visits) @ alike)


def samples_from(counts: sp.csr_matrix) -> Samples:
    """One sample a non-zero cell: its row visited, its column followed, its value the weight."""
    cells = sp.coo_matrix(counts)
    rows, columns = cells.coords
    places = np.arange(len(cells.data))
    visited = sp.csr_matrix(
        (np.ones(len(cells.data)), (places, rows)), shape=(len(cells.data), counts.shape[0])
    )
    return Samples(visited, columns.astype(np.int64), cells.data.astype(np.float64))
