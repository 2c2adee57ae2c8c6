"""How much each row counts: as often as it occurred, less steeply, or once."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from benchmarks.recommend.rows import Rows, Walk

DECAY = 0.6


class Mass(StrEnum):
    """`counted` and `damped` (the logarithm) take published moves as visits of two pages; `once` does not."""

    COUNTED = "counted"
    DAMPED = "damped"
    ONCE = "once"


def masses(rows: Rows) -> tuple[Mass, ...]:
    """The ways to weigh that make a difference for these rows."""
    return (Mass.COUNTED,) if not len(rows.moves) and (rows.times == 1).all() else tuple(Mass)


def weighed(rows: Rows, mass: Mass) -> tuple[tuple[Walk, ...], NDArray[np.float64]]:
    """All rows as walks, with their weights."""
    if mass is Mass.ONCE:
        return rows.walks, np.ones(len(rows.walks))
    walks = (*rows.walks, *((int(a), int(b)) for a, b, _ in rows.moves))
    weight = np.concatenate([rows.times, rows.moves[:, 2]]).astype(np.float64)
    return walks, np.log1p(weight) if mass is Mass.DAMPED else weight


def incidence(walks: Sequence[Walk], pages: int, *, decay: float = 1.0) -> sp.csr_matrix:
    """(walks, pages): 1 where a walk has the page, or `decay` to the power of how many came after it."""
    ends = np.cumsum([0, *(len(walk) for walk in walks)])
    values = [decay ** (len(walk) - 1 - at) for walk in walks for at in range(len(walk))]
    columns = [page for walk in walks for page in walk]
    return sp.csr_matrix((np.array(values, dtype=np.float64), columns, ends), shape=(len(walks), pages))
