"""At which place of a ranking the answers stand: many questions at once, nothing put in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from model_export.learning.evaluate import HIT_AT, NDCG_AT, RECENT, Step, first_of_row, query
from model_export.shipping.quantise import QuantisedTable

_STEPS_AT_ONCE = 128


def places_of(table: QuantisedTable, steps: Sequence[Step]) -> NDArray[np.int64]:
    """The place of each step's answer from 0, equal scores by lowest index; the number of pages for none.

    Memory is that of 128 rankings.
    """
    blocks = [_places(scores, block) for block, scores in _scored(table, steps)]
    return np.concatenate(blocks) if blocks else np.empty(0, dtype=np.int64)


def first_of(table: QuantisedTable, steps: Sequence[Step]) -> NDArray[np.int64]:
    """The first ten pages of every step that it has not seen, (steps, 10 or all pages)."""
    number = min(NDCG_AT, table.items)
    rows = [first_of_row(row, number) for _, scores in _scored(table, steps) for row in scores]
    return np.stack(rows) if rows else np.empty((0, number), dtype=np.int64)


def agreement(found: NDArray[np.int64], expected: NDArray[np.int64]) -> float:
    """The share of expected pages that are found in each row, earlier places of what is found weighing more.

    Weights are those of NDCG; 1 where every row names the same pages.
    """
    named = (found[:, :, None] == expected[:, None, :]).any(axis=2)
    weight = 1 / np.log2(np.arange(found.shape[1]) + 2.0)
    return float((named @ weight).mean() / weight.sum())


def hit_of(places: NDArray[np.int64]) -> float:
    """The share of answers among the first five."""
    return float((places < HIT_AT).mean()) if len(places) else 0.0


def ndcg_of(places: NDArray[np.int64]) -> float:
    """The mean gain of answers among the first ten."""
    return float(np.where(places < NDCG_AT, 1 / np.log2(places + 2.0), 0.0).mean()) if len(places) else 0.0


def _queries(steps: Sequence[Step], *, items: int) -> sp.csr_matrix:
    starts = np.cumsum([0, *(len(step.recent) for step in steps)])
    age = np.arange(starts[-1]) - np.repeat(starts[:-1], np.diff(starts))
    _, weights = query((0,) * RECENT)
    return sp.csr_matrix(
        (
            weights[age].astype(np.float64),
            np.array([page for step in steps for page in step.recent], dtype=np.int64),
            starts,
        ),
        shape=(len(steps), items),
    )


def _scored(
    table: QuantisedTable, steps: Sequence[Step]
) -> Iterator[tuple[Sequence[Step], NDArray[np.float64]]]:
    """Blocks of steps and every page's score, pages that they have seen below all others."""
    matrix = table.matrix()
    left, right = table.rest.matrix(), table.rest.right.astype(np.float64)
    for start in range(0, len(steps), _STEPS_AT_ONCE):
        block = steps[start : start + _STEPS_AT_ONCE]
        asked = _queries(block, items=table.items)
        scores: NDArray[np.float64] = np.asarray((asked @ matrix).todense()) + table.popularity
        if table.rest.rank:
            scores += np.maximum((asked @ left) @ right, 0)
        rows = np.array([row for row, step in enumerate(block) for _ in step.seen], dtype=np.int64)
        scores[rows, [page for step in block for page in step.seen]] = -np.inf
        yield block, scores


def _places(scores: NDArray[np.float64], steps: Sequence[Step]) -> NDArray[np.int64]:
    items = scores.shape[1]
    target = np.array([-1 if step.target is None else step.target for step in steps])
    reached = scores[np.arange(len(steps)), target][:, None]
    before = (scores == reached) & (np.arange(items) < target[:, None])
    place = (scores > reached).sum(axis=1) + before.sum(axis=1)
    return np.asarray(np.where(target < 0, items, place), dtype=np.int64)
