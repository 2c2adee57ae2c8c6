"""Histories that visitors may well have had, walked through a model's own table: no visit is looked at."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from model_export.learning.evaluate import RECENT, Step

HISTORIES = 400
_ANY_PAGE = 0.1


def walk_histories(table: sp.csr_matrix, popularity: NDArray[np.float32]) -> tuple[Step, ...]:
    """Four hundred histories of one to five pages, most recent first, the same for the same table.

    A walk begins at a page as often as it is wanted, one in ten times at any page, and goes back: to a page
    that leads to the last one, as often as it does.
    A step without an answer: what matters is what is named after it.
    """
    pages, rng = len(popularity), np.random.default_rng(0)
    wanted = popularity.astype(np.float64)
    wanted = wanted / wanted.sum() if wanted.sum() > 0 else np.full(pages, 1 / pages)
    mixed = (1 - _ANY_PAGE) * wanted + _ANY_PAGE / pages
    leading = sp.csc_matrix(sp.diags_array(mixed) @ table)
    begins = rng.choice(pages, size=HISTORIES, p=mixed / mixed.sum())
    lengths = rng.integers(1, RECENT + 1, size=HISTORIES)
    walks = (
        _back(leading, int(page), length=int(n), rng=rng) for page, n in zip(begins, lengths, strict=True)
    )
    return tuple(Step(number, walk, frozenset(walk), None) for number, walk in enumerate(walks))


def _back(leading: sp.csc_matrix, page: int, *, length: int, rng: np.random.Generator) -> tuple[int, ...]:
    walk = [page]
    while len(walk) < length:
        column = slice(leading.indptr[walk[-1]], leading.indptr[walk[-1] + 1])
        before, weight = leading.indices[column], leading.data[column]
        fresh = ~np.isin(before, walk)
        before, reached = before[fresh], np.cumsum(weight[fresh])
        if not len(before) or reached[-1] <= 0:
            break
        drawn = np.searchsorted(reached, rng.random() * reached[-1], side="right")
        walk.append(int(before[min(int(drawn), len(before) - 1)]))
    return tuple(walk)
