"""At which place of a ranking the answers stand: many questions at once, nothing put in order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from model_export.evaluate import HIT_AT, NDCG_AT, Step, query
from model_export.quantise import QuantisedTable

_STEPS_AT_ONCE = 128


def places_of(table: QuantisedTable, steps: Sequence[Step]) -> NDArray[np.int64]:
    """The place of each step's answer from 0, equal scores by lowest index; the number of pages for none.

    Memory is that of 128 rankings.
    """
    matrix, found = table.matrix(), []
    left, right = table.rest.matrix(), table.rest.right.astype(np.float64)
    for start in range(0, len(steps), _STEPS_AT_ONCE):
        block = steps[start : start + _STEPS_AT_ONCE]
        asked = _queries(block, items=table.items)
        scores: NDArray[np.float64] = np.asarray((asked @ matrix).todense()) + table.popularity
        if table.rest.rank:
            scores += np.maximum((asked @ left) @ right, 0)
        found.append(_places(scores, block))
    return np.concatenate(found) if found else np.empty(0, dtype=np.int64)


def hit_of(places: NDArray[np.int64]) -> float:
    """The share of answers among the first five."""
    return float((places < HIT_AT).mean()) if len(places) else 0.0


def ndcg_of(places: NDArray[np.int64]) -> float:
    """The mean gain of answers among the first ten."""
    return float(np.where(places < NDCG_AT, 1 / np.log2(places + 2.0), 0.0).mean()) if len(places) else 0.0


def _queries(steps: Sequence[Step], *, items: int) -> sp.csr_matrix:
    weights = [query(step.recent)[1] for step in steps]
    return sp.csr_matrix(
        (
            np.concatenate([np.empty(0), *weights]),
            np.array([page for step in steps for page in step.recent], dtype=np.int64),
            np.cumsum([0, *(len(step.recent) for step in steps)]),
        ),
        shape=(len(steps), items),
    )


def _places(scores: NDArray[np.float64], steps: Sequence[Step]) -> NDArray[np.int64]:
    items = scores.shape[1]
    rows = np.array([row for row, step in enumerate(steps) for _ in step.seen], dtype=np.int64)
    scores[rows, [page for step in steps for page in step.seen]] = -np.inf
    target = np.array([-1 if step.target is None else step.target for step in steps])
    reached = scores[np.arange(len(steps)), target][:, None]
    before = (scores == reached) & (np.arange(items) < target[:, None])
    place = (scores > reached).sum(axis=1) + before.sum(axis=1)
    return np.asarray(np.where(target < 0, items, place), dtype=np.int64)
