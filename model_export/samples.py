"""Released counts and likeness of content as the rows that a classifier learns from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from edge_client.wire.catalogue import Catalogue
from edge_client.wire.paths import ItemId, has_placeholder
from edge_client.wire.release import Release


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


def pages_of(releases: Sequence[Release], catalogue: Catalogue | None) -> tuple[ItemId, ...]:
    """The pages that a model is about: the catalogue's, or else all that the releases name, sorted."""
    if catalogue is not None:
        return catalogue.pages
    return tuple(sorted({page for release in releases for page in release.pages}))


def moves_of(releases: Sequence[Release], pages: Sequence[ItemId]) -> sp.csr_matrix:
    """The releases' counts added up, as a (pages, pages) matrix.

    A page that stands for many, because something typed was taken out of its path, is never a target:
    there is no address to send anyone to.
    """
    index = {page: at for at, page in enumerate(pages)}
    counts: Counter[tuple[int, int]] = Counter()
    for release in releases:
        for (source, target), count in release.moves().items():
            if source in index and target in index and source != target and not has_placeholder(target):
                counts[index[source], index[target]] += count
    cells = sorted(counts)
    return sp.csr_matrix(
        ([counts[cell] for cell in cells], ([a for a, _ in cells], [b for _, b in cells])),
        shape=(len(pages), len(pages)),
        dtype=np.float64,
    )


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
