"""How a table is cut to size: which entries are kept, in how many bits, and what stands for the rest."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from model_export.shipping.low_rank import low_rank
from model_export.shipping.quantise import (
    QuantisedTable,
    TableModel,
    page_popularity,
    page_table,
    quantise_table,
)


class Spread(StrEnum):
    """Whose entries are kept first."""

    EVEN = "as many for every page"
    VALUE = "the largest of all pages"
    TRAFFIC = "the largest, pages often wanted first"


@dataclass(frozen=True, slots=True)
class Layout:
    """`entries` kept of all pages together, `bits` a value (8 or 4), `rank` factors for what is left out."""

    spread: Spread
    entries: int
    bits: int = 8
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Whole:
    """A fitted model's table before it is cut: what every layout is made from.

    `orders` lists the places of the entries, the one to keep first first, for every spread.
    """

    table: sp.csr_matrix
    popularity: NDArray[np.float32]
    orders: dict[Spread, NDArray[np.int64]]

    @classmethod
    def of(cls, model: TableModel) -> Whole:
        """The whole table of a fitted model; raises ValueError as `page_table` does."""
        table, popularity = page_table(model), page_popularity(model)
        largest = popularity.max(initial=0)
        traffic = popularity / largest if largest > 0 else np.ones_like(popularity)
        return cls(table, popularity, {spread: _order(table, spread, traffic=traffic) for spread in Spread})

    @property
    def entries(self) -> int:
        """How many entries there are to keep."""
        return int(self.table.nnz)

    def even(self, neighbours: int) -> int:
        """How many entries there are when every page keeps at most `neighbours`."""
        return int(np.minimum(np.diff(self.table.indptr), neighbours).sum())

    def cut(self, layout: Layout) -> QuantisedTable:
        """The table in this layout; the factors are fitted to what its entries leave out."""
        kept = np.zeros(self.entries, dtype=bool)
        kept[self.orders[layout.spread][: layout.entries]] = True
        rest = low_rank(_only(self.table, ~kept), layout.rank) if layout.rank else None
        return quantise_table(_only(self.table, kept), self.popularity, bits=layout.bits, rest=rest)


def _order(table: sp.csr_matrix, spread: Spread, *, traffic: NDArray[np.float32]) -> NDArray[np.int64]:
    """Places of entries, the one to keep first first; of equal ones the first in the table."""
    lengths = np.diff(table.indptr)
    row = np.repeat(np.arange(table.shape[0]), lengths)
    match spread:
        case Spread.EVEN:
            by_row = np.lexsort((-table.data, row))
            place = np.empty(len(row), dtype=np.int64)
            place[by_row] = np.arange(len(row)) - np.repeat(table.indptr[:-1], lengths)
            return np.lexsort((-table.data, place))
        case Spread.VALUE:
            return np.argsort(-table.data, kind="stable")
        case Spread.TRAFFIC:
            # Rows that nobody asks for are worth little, but not nothing: popularity only hints at it.
            return np.argsort(-table.data * np.sqrt(traffic[row] + 1e-3), kind="stable")


def _only(table: sp.csr_matrix, kept: NDArray[np.bool_]) -> sp.csr_matrix:
    upto = np.concatenate([[0], np.cumsum(kept)])
    return sp.csr_matrix((table.data[kept], table.indices[kept], upto[table.indptr]), shape=table.shape)
