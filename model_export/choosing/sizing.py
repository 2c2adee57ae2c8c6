"""The best model that fits a number of bytes, and how much each size keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import brotli  # type: ignore[import-untyped]  # it has no types
import numpy as np
from numpy.typing import NDArray

from consent_ledger.errors import Refused
from model_export.choosing.histories import walk_histories
from model_export.choosing.layout import Layout, Spread, Whole
from model_export.choosing.places import agreement, first_of, hit_of, ndcg_of, places_of
from model_export.learning.evaluate import Step
from model_export.shipping.convert import export_onnx
from model_export.shipping.low_rank import no_rank
from model_export.shipping.quantise import QuantisedTable, TableModel, quantise

WIDEST = 128
"""How many neighbours a page an estimator keeps when a budget is to choose among them."""

FEWEST_NEIGHBOURS = 4
RANKS = (0, 8)
HALVINGS = 4
MOST_ASKED = 500
_CLOSE = 0.002
_SERVED_QUALITY = 5

Progress = Callable[[str, int, int], None]
_Measured = tuple["Size", QuantisedTable, bytes]


@dataclass(frozen=True, slots=True)
class Size:
    """A layout, its file's bytes as they are and compressed, how much it keeps, and its accuracy.

    `kept` is the share of the whole table's first ten pages that it names too (`places.agreement`), after
    histories walked through that table (`model_export.choosing.histories`).
    `hit` and `ndcg` are on the first 500 of the gate's questions, 0 where nothing was asked.
    """

    layout: Layout
    file_bytes: int
    brotli_bytes: int
    hit: float
    ndcg: float
    kept: float


@dataclass(frozen=True, slots=True)
class Fitted:
    """The table and file that ship, their size, and all sizes that were looked at."""

    table: QuantisedTable
    onnx_bytes: bytes
    size: Size
    sizes: tuple[Size, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """The model that ships, the same one without what the gate's `steps` were drawn from, and these.

    `histories` are walked through the model's whole table, and `first` is what that names after them.
    """

    model: TableModel
    whole: Whole
    gated: Whole
    steps: Sequence[Step]
    histories: Sequence[Step]
    first: NDArray[np.int64]

    @classmethod
    def of(cls, model: TableModel, gated: TableModel, steps: Sequence[Step]) -> _Asked:
        whole = Whole.of(model)
        histories = walk_histories(whole.table, whole.popularity)
        return cls(
            model, whole, Whole.of(gated), steps[:MOST_ASKED], histories, first_of(quantise(model), histories)
        )

    def bytes_of(self, layout: Layout) -> int:
        """How many bytes a layout's file takes."""
        # Factors take as many bytes whatever is in them: none are fitted to be counted.
        table = self.whole.cut(replace(layout, rank=0))
        rank = min(layout.rank, table.items)
        return len(export_onnx(self.model, replace(table, rest=no_rank(table.items, rank))))

    def measure(self, layout: Layout) -> _Measured:
        table = self.whole.cut(layout)
        data = export_onnx(self.model, table)
        share = self.gated.entries / max(1, self.whole.entries)
        places = places_of(self.gated.cut(replace(layout, entries=round(layout.entries * share))), self.steps)
        kept = agreement(first_of(table, self.histories), self.first)
        compressed = len(brotli.compress(data, quality=_SERVED_QUALITY))
        return Size(layout, len(data), compressed, hit_of(places), ndcg_of(places), kept), table, data


def fit_size(
    model: TableModel,
    *,
    gated: TableModel,
    steps: Sequence[Step],
    budget_bytes: int | None,
    top_k: int,
    progress: Progress | None = None,
) -> Fitted:
    """Cut a fitted model to size.

    Without a budget every page keeps `top_k` neighbours in eight bits.
    With one, the layout is the one that keeps most, in thousandths, among all that fit; of equal ones the
    smallest.
    Accuracy is told beside it, that of `gated`: the same estimator fitted without what `steps` were drawn
    from. It does not decide: what is asked of one page at a time rewards the coarsest tables for chance.
    Raises Refused, with the least number of bytes that could be reached, when nothing fits.
    """
    asked = _Asked.of(model, gated, steps)
    whole = asked.whole
    if budget_bytes is None:
        size, table, data = asked.measure(Layout(Spread.EVEN, whole.even(top_k)))
        return Fitted(table, data, size, (size,))
    layouts = list(_fitting(asked, budget_bytes))
    if not layouts:
        raise Refused(
            f"training: no model fits {budget_bytes:,} bytes, the smallest takes {_least_bytes(asked):,}"
        )
    tried = []
    for number, layout in enumerate(layouts):
        if progress is not None:
            progress("sizes", number, len(layouts) + HALVINGS)
        tried.append(asked.measure(layout))
    best = min(tried, key=_rank_of)
    for halving in range(1, HALVINGS + 1):
        if progress is not None:
            progress("sizes", len(layouts) + halving - 1, len(layouts) + HALVINGS)
        entries = best[0].layout.entries >> halving
        if entries >= whole.even(1):
            tried.append(asked.measure(replace(best[0].layout, entries=entries)))
    best = min(tried, key=_rank_of)
    sizes = sorted((found[0] for found in tried), key=lambda size: -size.file_bytes)
    return Fitted(best[1], best[2], best[0], tuple(sizes))


def _fitting(asked: _Asked, budget_bytes: int) -> Iterator[Layout]:
    """For every number of bits, rank and spread the layout with most entries that fits, if any does."""
    whole = asked.whole
    for bits in (8, 4):
        everything = Layout(Spread.EVEN, whole.entries, bits)
        if asked.bytes_of(everything) <= budget_bytes:
            yield everything
            continue
        for rank, spread in product(RANKS, Spread):
            layout = Layout(spread, whole.even(FEWEST_NEIGHBOURS), bits, rank)
            least = asked.bytes_of(layout)
            if least <= budget_bytes:
                yield _largest(asked, layout, least=least, budget_bytes=budget_bytes)


def _largest(asked: _Asked, layout: Layout, *, least: int, budget_bytes: int) -> Layout:
    """The layout with as many entries as fit, to within a five-hundredth of the budget.

    Bytes grow nearly in a straight line with entries, so the next guess lies on it.
    """
    entries = asked.whole.entries
    low, high = (layout.entries, least), (entries, asked.bytes_of(replace(layout, entries=entries)))
    while high[0] - low[0] > 1 and budget_bytes - low[1] > _CLOSE * budget_bytes:
        share = (budget_bytes - low[1]) / max(1, high[1] - low[1])
        # A little under the line, so that the guess is more often one that fits.
        guess = low[0] + round((high[0] - low[0]) * min(share, 1) * 0.998)
        guess = min(max(guess, low[0] + 1), high[0] - 1)
        reached = asked.bytes_of(replace(layout, entries=guess))
        low, high = ((guess, reached), high) if reached <= budget_bytes else (low, (guess, reached))
    return replace(layout, entries=low[0])


def _rank_of(found: _Measured) -> tuple[int, int]:
    size, *_ = found
    return -round(1000 * size.kept), size.file_bytes


def _least_bytes(asked: _Asked) -> int:
    entries = asked.whole.even(FEWEST_NEIGHBOURS)
    return min(asked.bytes_of(Layout(spread, entries, bits)) for bits, spread in product((8, 4), Spread))
