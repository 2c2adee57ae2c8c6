"""Two tables of moves compared: only what neither noise, chance nor thresholds can have made counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.stats import chi2

from model_export.advisor.counts import Counts, Floats
from model_export.advisor.discovery import discoveries, upper_tail

_Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Change:
    """How two tables differ.

    `moved` is the share of moves that go elsewhere (total variation) less what noise and chance would make,
    with a 95 % interval; `p_value` that of the chi-square statistic; `pairs` how many cells were compared;
    `pages` the indexes of the pages whose share of visits changed, most first; `halved` those that lost more
    than half of it, with their shares then and, at most, now.
    """

    moved: float
    moved_low: float
    moved_high: float
    p_value: float
    pairs: int
    pages: tuple[int, ...]
    halved: tuple[tuple[int, float, float], ...]


@dataclass(frozen=True, slots=True)
class _Cells:
    """Shares of all moves in the cells that either table shows, and their variances.

    Where a table does not show a cell, its share is only known to be under a limit: then the value nearest to
    the other table's is taken.
    """

    rows: Floats
    columns: Floats
    then: Floats
    now: Floats
    variance: Floats


def compare(then: Counts, now: Counts) -> Change:
    """Compare two tables of the same pages."""
    cells = _cells(then, now)
    difference = cells.now - cells.then
    squared = np.divide(
        difference**2, cells.variance, out=np.zeros_like(difference), where=cells.variance > 0
    )
    informative = int((difference != 0).sum())
    p_value = float(chi2.sf(squared.sum(), max(1, informative)))
    # Half of what absolute differences add up to by chance: the mean of a folded normal variable.
    by_chance = float(np.sqrt(2 * cells.variance / np.pi).sum()) / 2
    moved = float(np.abs(difference).sum()) / 2 - by_chance
    half = _Z95 * float(np.sqrt(cells.variance.sum() * (1 - 2 / np.pi))) / 2
    pages, halved = _by_page(cells, size=len(then.pages))
    return Change(
        moved=max(0.0, moved),
        moved_low=max(0.0, moved - half),
        moved_high=max(0.0, moved + half),
        p_value=p_value,
        pairs=len(difference),
        pages=pages,
        halved=halved,
    )


def _cells(then: Counts, now: Counts) -> _Cells:
    union = sp.coo_matrix(((then.moves > 0) + (now.moves > 0)).astype(np.float64))
    rows, columns = union.coords
    (before, before_variance, before_limit), (after, after_variance, after_limit) = (
        _shares(counts, rows, columns) for counts in (then, now)
    )
    # A hidden cell may hold anything under the threshold: it is as near to the other as it can be.
    before = np.where(before > 0, before, np.minimum(after, before_limit))
    after = np.where(after > 0, after, np.minimum(before, after_limit))
    return _Cells(rows, columns, before, after, before_variance + after_variance)


def _shares(counts: Counts, rows: Floats, columns: Floats) -> tuple[Floats, Floats, float]:
    total = max(counts.total, 1e-12)
    value = np.asarray(counts.moves[rows, columns], dtype=np.float64).ravel()
    shown = np.asarray((counts.people + counts.noise)[rows, columns], dtype=np.float64).ravel()
    hidden = max((lens.noise for lens in counts.lenses), default=0.0) ** 2
    limit = sum(lens.threshold for lens in counts.lenses)
    unseen = sum(lens.together * lens.threshold for lens in counts.lenses)
    variance = np.where(value > 0, shown, unseen + hidden) / total**2
    return value / total, variance, limit / total


def _by_page(cells: _Cells, *, size: int) -> tuple[tuple[int, ...], tuple[tuple[int, float, float], ...]]:
    columns = cells.columns.astype(np.int64)
    then, now, variance = (
        np.bincount(columns, weights=weights, minlength=size)
        for weights in (cells.then, cells.now, cells.variance)
    )
    spread = np.sqrt(np.maximum(variance, 1e-18))
    difference = np.abs(now - then)
    changed = np.flatnonzero(discoveries(2 * upper_tail(difference / spread)))
    asked = np.flatnonzero(then > 0)
    # Under half: the test is of then / 2 against now.
    lost = discoveries(upper_tail((then[asked] / 2 - now[asked]) / spread[asked]))
    halved = sorted(asked[lost].tolist(), key=lambda page: (-float(then[page]), page))
    return (
        tuple(sorted((int(page) for page in changed), key=lambda page: (-float(difference[page]), page))),
        tuple((page, float(then[page]), float(now[page])) for page in halved),
    )
