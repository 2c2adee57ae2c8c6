"""A trained table in eight bits: what the model file holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_export.covisit import CoVisitClassifier

MOST_ITEMS = 65_535


@dataclass(frozen=True, slots=True)
class QuantisedTable:
    """For each of n pages its k neighbours.

    `neighbours` (n, k) page indexes, `values` (n, k) from 0 to 127, `scale` (n,) by which a row's values are
    multiplied, `popularity` (n,) what every page scores before anything is known.
    A row with fewer neighbours is filled up with value 0.
    """

    neighbours: NDArray[np.uint16]
    values: NDArray[np.int8]
    scale: NDArray[np.float32]
    popularity: NDArray[np.float32]

    @property
    def items(self) -> int:
        """The number of pages."""
        return len(self.scale)

    def scores(self, recent: NDArray[np.int64], weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """Every page's score after `recent` pages with `weights`: the reference that runtimes are held to."""
        scores = self.popularity.copy()
        for page, weight in zip(recent, weights, strict=True):
            added = self.values[page].astype(np.float32) * np.float32(self.scale[page] * weight)
            np.add.at(scores, self.neighbours[page].astype(np.int64), added)
        return scores


def quantise(model: CoVisitClassifier) -> QuantisedTable:
    """Round each row of a fitted model to eight bits with a scale of its own.

    The model's features are page indexes and so are its classes.
    Raises ValueError when they are not, or are too many for sixteen bits.
    """
    items = model.n_features_in_
    if items > MOST_ITEMS:
        raise ValueError("model: more pages than an index of sixteen bits can name")
    classes = np.asarray(model.classes_)
    if classes.dtype.kind not in "iu" or classes.min() < 0 or classes.max() >= items:
        raise ValueError("model: its classes are not page indexes")
    width = max(1, min(model.top_k, int(np.diff(model.table_.indptr).max(initial=0))))
    neighbours = np.zeros((items, width), dtype=np.uint16)
    values = np.zeros((items, width), dtype=np.int8)
    scale = np.zeros(items, dtype=np.float32)
    for row, (start, end) in enumerate(zip(model.table_.indptr, model.table_.indptr[1:], strict=False)):
        data = model.table_.data[start:end]
        if data.size and data.max() > 0:
            scale[row] = data.max() / 127
            order = np.argsort(-data, kind="stable")
            values[row, : data.size] = np.round(data[order] / data.max() * 127)
            neighbours[row, : data.size] = classes[model.table_.indices[start:end][order]]
    popularity = np.zeros(items, dtype=np.float32)
    popularity[classes] = model.popularity * model.share_
    return QuantisedTable(neighbours, values, scale, popularity)
