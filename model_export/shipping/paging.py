"""A model's table for other pages than it was made for: what stays, what goes, and what is new.

Pages that stay keep their popularity and every value between them, bit for bit. Pages that are gone leave.
Pages that are new are placed by words alone: a row of the pages most alike, a place in the rows of those that
they are most alike to, and the popularity of the least wanted page, since nobody counted them yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from edge_client.wire.paths import ItemId, stands_for_many
from model_export.learning.covisit import LEAST_SHARE
from model_export.learning.drift import resolve
from model_export.learning.recipes import Settings
from model_export.shipping.low_rank import LowRank
from model_export.shipping.quantise import MOST_LEVEL, QuantisedTable, quantise_table


@dataclass(frozen=True, slots=True)
class Places:
    """Where pages went: `before` is each later page's index before, or -1, and `after` the reverse."""

    before: NDArray[np.int64]
    after: NDArray[np.int64]

    @classmethod
    def of(
        cls, before: Sequence[ItemId], after: Sequence[ItemId], renamed: Mapping[ItemId, ItemId]
    ) -> Places:
        """Match pages by name; a renamed one goes to its new name, unless either name had a page of its own.

        Raises ValueError where renaming goes round.
        """
        named, there = {page: at for at, page in enumerate(before)}, set(after)
        moved = {
            end: named[page] for page, end in resolve(renamed).items() if page in named and page not in there
        }
        found = moved | named
        place = np.array([found.get(page, -1) for page in after], dtype=np.int64)
        reverse = np.full(len(before), -1, dtype=np.int64)
        reverse[place[place >= 0]] = np.flatnonzero(place >= 0)
        return cls(place, reverse)

    @property
    def new(self) -> NDArray[np.bool_]:
        """Which pages of after were not there before."""
        return self.before < 0

    @property
    def gone(self) -> int:
        """How many pages of before are not there after."""
        return int((self.after < 0).sum())


def page_table(table: QuantisedTable, places: Places) -> QuantisedTable:
    """What stays of a table, bit for bit; new pages have an empty row and the least popularity."""
    stays = ~places.new
    popularity = np.full(len(places.before), _least(table.popularity), dtype=np.float32)
    popularity[stays] = table.popularity[places.before[stays]]
    scale = np.zeros(len(places.before), dtype=np.float32)
    scale[stays] = table.scale[places.before[stays]]
    row = places.after[np.repeat(np.arange(table.items), np.diff(table.starts))]
    near = places.after[table.neighbours]
    kept = (row >= 0) & (near >= 0)
    return _assembled(
        (row[kept], near[kept], table.levels[kept]),
        replace(table, scale=scale, popularity=popularity, rest=_rest(table.rest, places)),
    )


def add_words(
    table: QuantisedTable,
    alike: sp.csr_matrix,
    pages: Sequence[ItemId],
    *,
    new: NDArray[np.bool_],
    by: Settings,
) -> QuantisedTable:
    """That table with the words of its new pages: `alike` is `similar_pages` of all of its pages.

    A row that is empty is filled as training fills that of a page that nobody visited. A new page comes into
    the rows of the pages that it is most alike to as training puts it into that of a page that everybody
    visits, which is the least that it gives to words; what is there already stays.
    """
    empty = np.diff(table.starts) == 0
    to_one = np.array([not stands_for_many(page) for page in pages], dtype=bool)
    words = sp.coo_matrix(alike)
    rows, columns = words.coords
    fills = empty[rows] & to_one[columns]
    joins = ~empty[rows] & new[columns] & to_one[columns]
    worth = _stands_out(table.popularity, by)
    unvisited = by.kappa / (by.kappa + by.damping)
    visited = by.content_share / (1 + by.content_share)
    value = (words.data * np.where(empty[rows], unvisited, visited)) ** by.power / worth[columns]
    size = (table.items, table.items)
    filled = sp.csr_matrix((value[fills], (rows[fills], columns[fills])), shape=size)
    filled.sort_indices()
    own = quantise_table(filled, table.popularity, bits=table.bits)
    level = _levels(value[joins], table.scale[rows[joins]].astype(np.float64), bits=table.bits)
    there = level > 0
    old_rows, own_rows = (np.repeat(np.arange(each.items), np.diff(each.starts)) for each in (table, own))
    return _assembled(
        (
            np.concatenate([old_rows, own_rows, rows[joins][there]]),
            np.concatenate([table.neighbours, own.neighbours, columns[joins][there].astype(np.int64)]),
            np.concatenate([table.levels, own.levels, level[there]]),
        ),
        replace(table, scale=np.where(empty, own.scale, table.scale).astype(np.float32)),
    )


def lost_of(table: QuantisedTable, places: Places) -> float:
    """The share of all that the table's rows hold, 0 to 1, that pointed from or to pages that are gone."""
    row = np.repeat(np.arange(table.items), np.diff(table.starts))
    value = table.values().astype(np.float64) * table.scale[row]
    gone = (places.after[row] < 0) | (places.after[table.neighbours] < 0)
    every = float(value.sum())
    return float(value[gone].sum()) / every if every else 0.0


def _assembled(
    entries: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]], table: QuantisedTable
) -> QuantisedTable:
    """A table of these entries, rows and neighbours rising, and of everything else that `table` has."""
    row, near, level = entries
    order = np.lexsort((near, row))
    lengths = np.bincount(row, minlength=len(table.scale))
    return replace(
        table,
        starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        neighbours=near[order].astype(np.int64),
        levels=level[order].astype(np.uint8),
    )


def _rest(rest: LowRank, places: Places) -> LowRank:
    """The factors of pages that stay; a new page has none."""
    stays = ~places.new
    left = np.zeros((len(places.before), rest.rank), dtype=np.int8)
    right = np.zeros((rest.rank, len(places.before)), dtype=np.int8)
    left[stays] = rest.left[places.before[stays]]
    right[:, stays] = rest.right[:, places.before[stays]]
    return LowRank(left, right, rest.factor)


def _least(popularity: NDArray[np.float32]) -> np.float32:
    wanted = popularity[popularity > 0]
    return np.float32(wanted.min()) if len(wanted) else np.float32(0)


def _stands_out(popularity: NDArray[np.float32], by: Settings) -> NDArray[np.float64]:
    """By what training divides the values of each page: (its share + the least one) ** lift."""
    worth = np.maximum(popularity.astype(np.float64) / by.popularity, 0)
    share = worth ** (1 / (1 - by.lift)) if by.lift else worth + LEAST_SHARE
    return np.asarray(np.maximum(share, LEAST_SHARE) ** by.lift)


def _levels(value: NDArray[np.float64], scale: NDArray[np.float64], *, bits: int) -> NDArray[np.uint8]:
    """Values on the scales of rows that are there: no more than the most that a row can hold."""
    level = np.divide(value, scale, out=np.zeros_like(value), where=scale > 0)
    rounded = np.round(level if bits == 8 else np.sqrt(level))
    return np.asarray(np.minimum(rounded, MOST_LEVEL[bits]), dtype=np.uint8)
