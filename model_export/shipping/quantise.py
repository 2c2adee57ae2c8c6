"""A trained table in eight bits or four: the reference that every runtime is held to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from model_export.shipping.low_rank import LowRank, no_rank

MOST_ITEMS = 65_535
MOST_LEVEL = {8: 255, 4: 15}


class TableModel(Protocol):
    """What every estimator here has once it is fitted: a sparse table and an overall share of each class."""

    classes_: NDArray[Any]
    table_: sp.csr_matrix
    share_: NDArray[np.float64]
    n_features_in_: int
    popularity: float


@dataclass(frozen=True, slots=True)
class QuantisedTable:
    """For each of n pages its neighbours, rising, those of page p from `starts[p]` up to `starts[p + 1]`.

    `levels` (entries,) are from 1 to the most that `bits` hold: eight bits count evenly, four by their
    square, so that small values keep their order.
    `scale` (n,) multiplies a row's levels; `popularity` (n,) is what every page scores before anything is
    known; `rest` is what is left of everything else.
    """

    starts: NDArray[np.int64]
    neighbours: NDArray[np.int64]
    levels: NDArray[np.uint8]
    bits: int
    scale: NDArray[np.float32]
    popularity: NDArray[np.float32]
    rest: LowRank

    @property
    def items(self) -> int:
        """The number of pages."""
        return len(self.scale)

    @property
    def entries(self) -> int:
        """The number of neighbours of all pages together."""
        return len(self.levels)

    def values(self) -> NDArray[np.float32]:
        """Each entry's level as it is multiplied: itself in eight bits, its square in four."""
        levels = self.levels.astype(np.float32)
        return levels if self.bits == 8 else levels * levels

    def scores(self, recent: NDArray[np.int64], weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """Every page's score after `recent` pages with `weights`, added up in this order."""
        scores = self.popularity.copy()
        for page, weight in zip(recent, weights, strict=True):
            entries = slice(self.starts[page], self.starts[page + 1])
            level = self.levels[entries].astype(np.float32)
            value = level if self.bits == 8 else level * level
            scores[self.neighbours[entries]] += value * np.float32(self.scale[page] * weight)
        return self.rest.added_to(scores, recent, weights)

    def matrix(self) -> sp.csr_matrix:
        """The sparse part as a matrix of doubles, (pages, pages)."""
        value = self.values().astype(np.float64) * np.repeat(self.scale, np.diff(self.starts))
        return sp.csr_matrix((value, self.neighbours, self.starts), shape=(self.items, self.items))


def page_table(model: TableModel) -> sp.csr_matrix:
    """A fitted model's table with pages for columns, rows and columns rising.

    Raises ValueError when its classes are not page indexes, or pages are too many for sixteen bits.
    """
    items = model.n_features_in_
    if items > MOST_ITEMS:
        raise ValueError("model: more pages than an index of sixteen bits can name")
    classes = np.asarray(model.classes_)
    if classes.dtype.kind not in "iu" or classes.min() < 0 or classes.max() >= items:
        raise ValueError("model: its classes are not page indexes")
    table = sp.csr_matrix(model.table_)
    paged = sp.csr_matrix((table.data, classes[table.indices], table.indptr), shape=(items, items))
    paged.sort_indices()
    return paged


def page_popularity(model: TableModel) -> NDArray[np.float32]:
    """What each page scores before anything is known."""
    popularity = np.zeros(model.n_features_in_, dtype=np.float32)
    popularity[np.asarray(model.classes_)] = model.popularity * model.share_
    return popularity


def quantise(model: TableModel) -> QuantisedTable:
    """A fitted model's whole table in eight bits with a scale a page; raises ValueError as `page_table`."""
    return quantise_table(page_table(model), page_popularity(model))


def quantise_table(
    table: sp.csr_matrix, popularity: NDArray[np.float32], *, bits: int = 8, rest: LowRank | None = None
) -> QuantisedTable:
    """Round a table of pages by pages, columns rising; what rounds to nothing is dropped.

    Raises ValueError for a negative value.
    """
    if table.data.min(initial=0.0) < 0:
        raise ValueError("model: a value of its table is negative")
    items, most = len(popularity), MOST_LEVEL[bits]
    lengths = np.diff(table.indptr)
    row = np.repeat(np.arange(items), lengths)
    largest = np.zeros(items)
    np.maximum.at(largest, row, table.data)
    share = np.divide(table.data, largest[row], out=np.zeros(len(row)), where=largest[row] > 0)
    levels = np.round((share if bits == 8 else np.sqrt(share)) * most).astype(np.uint8)
    kept = levels > 0
    starts = np.concatenate([[0], np.cumsum(np.bincount(row[kept], minlength=items))]).astype(np.int64)
    unit = most if bits == 8 else most * most
    return QuantisedTable(
        starts=starts,
        neighbours=table.indices[kept].astype(np.int64),
        levels=levels[kept],
        bits=bits,
        scale=(largest / unit).astype(np.float32),
        popularity=popularity,
        rest=no_rank(items) if rest is None else rest,
    )
