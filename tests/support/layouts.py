"""Models in every layout that a file can have, for tests of what reads them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from model_export.choosing.layout import Layout, Spread, Whole
from model_export.learning.covisit import CoVisitClassifier
from model_export.learning.evaluate import query
from model_export.shipping.convert import export_onnx
from model_export.shipping.parity import Query
from model_export.shipping.quantise import QuantisedTable


@dataclass(frozen=True, slots=True)
class Sample:
    """A table, the file made of it, and questions to both."""

    name: str
    table: QuantisedTable
    data: bytes
    queries: tuple[Query, ...]


def model(pages: int, *, moves: int, seed: int = 3) -> CoVisitClassifier:
    """A classifier of `pages` that visitors cross at random, some far more often than others."""
    rng = np.random.default_rng(seed)
    rows, columns = rng.integers(0, pages, size=(2, moves))
    # A page beyond reach: its class is never seen, so classes are not simply 0, 1, 2.
    columns = np.minimum(columns, max(0, pages - 2))
    return model_of(rows, columns, rng.pareto(1, size=moves) + 1, pages=pages)


def model_of(
    rows: NDArray[np.int64], columns: NDArray[np.int64], weight: NDArray[np.float64], *, pages: int
) -> CoVisitClassifier:
    """A classifier of these moves, which keeps up to 128 neighbours a page."""
    visited = sp.csr_matrix((np.ones(len(rows)), (np.arange(len(rows)), rows)), shape=(len(rows), pages))
    return CoVisitClassifier(top_k=128).fit(visited, columns, weight)


def queries(pages: int, number: int, *, seed: int = 4) -> tuple[Query, ...]:
    """Questions with none to five pages of history."""
    rng = np.random.default_rng(seed)
    return tuple(query(tuple(map(int, rng.integers(0, pages, size=n % 6)))) for n in range(number))


def samples() -> list[Sample]:
    """One model for each spread, number of bits and rank, and the smallest and emptiest ones."""
    made = []
    for pages, moves in ((1, 3), (200, 4000), (400, 9000), (3000, 20_000)):
        fitted = model(pages, moves=moves)
        whole, asked = Whole.of(fitted), queries(pages, 60)
        for spread, bits, rank in product(Spread, (8, 4), (0, 1, 5)):
            layout = Layout(spread, max(1, whole.entries * 2 // 3), bits, rank)
            table = whole.cut(layout)
            name = f"{pages} pages, {spread.value}, {bits} bits, rank {rank}"
            made.append(Sample(name, table, export_onnx(fitted, table), asked))
        empty = whole.cut(Layout(Spread.EVEN, 0))
        made.append(Sample(f"{pages} pages, popularity", empty, export_onnx(fitted, empty), asked))
    return made
