"""A quantised table as the arrays that a model file holds, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_export.shipping.low_rank import LowRank, no_rank
from model_export.shipping.quantise import QuantisedTable

MOST_GAP = 255

Arrays = dict[str, NDArray[Any]]


def pack(table: QuantisedTable) -> Arrays:
    """The arrays of `docs/formats/model.md`.

    Neighbours are gaps of one byte or indexes, whichever takes fewer bytes in all.
    A gap of more than 255 is bridged by entries of level 0.
    """
    gaps, fillers, first = _gaps(table)
    length = np.diff(table.starts)
    index = np.uint8 if table.items <= MOST_GAP + 1 else np.uint16
    by_gaps = len(gaps) + _level_bytes(len(gaps), table.bits) + first.nbytes
    by_index = table.entries * np.dtype(index).itemsize + _level_bytes(table.entries, table.bits)
    arrays: Arrays = {"popularity": table.popularity, "scale": table.scale}
    if by_gaps < by_index:
        row = np.repeat(np.arange(table.items), length)
        length = length + np.bincount(row, weights=fillers, minlength=table.items).astype(np.int64)
        levels = np.zeros(len(gaps), dtype=np.uint8)
        levels[np.cumsum(fillers + 1) - 1] = table.levels
        arrays |= {"first": first, "gaps": gaps}
    else:
        levels = table.levels
        arrays["neighbours"] = table.neighbours.astype(index)
    arrays["lengths"] = length.astype(np.uint8 if length.max(initial=0) <= MOST_GAP else np.uint16)
    if not table.entries:
        # Runtimes take no element from an empty array; nothing points at this one.
        arrays["neighbours"], levels = np.zeros(1, dtype=index), np.zeros(1, dtype=np.uint8)
    arrays |= {"values": levels} if table.bits == 8 else {"halves": _pairs(levels)}
    if table.rest.rank:
        arrays |= {"left": table.rest.left, "right": table.rest.right, "factor": table.rest.factor}
    return arrays


def unpack(arrays: Mapping[str, NDArray[Any]]) -> QuantisedTable:
    """The table that `pack` packed; raises KeyError for a missing array."""
    length = arrays["lengths"].astype(np.int64)
    starts = np.concatenate([[0], np.cumsum(length)])
    entries = int(starts[-1])
    levels = arrays["values"] if "values" in arrays else _unpaired(arrays["halves"])
    levels = levels[:entries]
    if "gaps" in arrays:
        # Rows begin with a gap of 0, so what was added up before a row is that at its first entry.
        reached = np.cumsum(arrays["gaps"], dtype=np.int64)
        begun = np.repeat(np.append(reached, 0)[starts[:-1]], length)
        neighbours = reached - begun + np.repeat(arrays["first"].astype(np.int64), length)
    else:
        neighbours = arrays["neighbours"][:entries].astype(np.int64)
    kept = levels > 0
    row = np.repeat(np.arange(len(length)), length)[kept]
    pages = len(length)
    rest = LowRank(arrays["left"], arrays["right"], arrays["factor"]) if "left" in arrays else no_rank(pages)
    return QuantisedTable(
        starts=np.concatenate([[0], np.cumsum(np.bincount(row, minlength=pages))]).astype(np.int64),
        neighbours=neighbours[kept],
        levels=levels[kept],
        bits=8 if "values" in arrays else 4,
        scale=arrays["scale"],
        popularity=arrays["popularity"],
        rest=rest,
    )


def check_table(table: QuantisedTable) -> None:
    """Raise ValueError unless a table from elsewhere is whole: its arrays fit, and score what a score can be.

    Files are handed in: what names a page that is none would otherwise be an error of whoever scores by it.
    """
    pages, rest = table.items, table.rest
    fit = (
        len(table.popularity) == pages
        and len(table.neighbours) == table.entries == int(table.starts[-1])
        and rest.left.shape == (pages, rest.rank)
        and rest.right.shape == (rest.rank, pages)
    )
    if not fit:
        raise ValueError("model: its arrays do not fit one another")
    if table.entries and not 0 <= int(table.neighbours.min()) <= int(table.neighbours.max()) < pages:
        raise ValueError("model: a neighbour is no page")
    row = np.repeat(np.arange(pages), np.diff(table.starts))
    if not (np.diff(row * pages + table.neighbours) > 0).all():
        raise ValueError("model: neighbours of a page are not in rising order")
    for values in (table.scale, table.popularity):
        if not (np.isfinite(values).all() and (values >= 0).all()):
            raise ValueError("model: a scale or a popularity is negative or no number")
    if not np.isfinite(rest.factor).all():
        raise ValueError("model: a factor is no number")


def _gaps(table: QuantisedTable) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.uint16]]:
    """All gaps with those that bridge, how many bridge to each entry, and each page's first neighbour."""
    begins = table.starts[:-1][np.diff(table.starts) > 0]
    gap = np.diff(table.neighbours, prepend=0)
    gap[begins] = 0
    fillers: NDArray[np.int64] = np.maximum(gap - 1, 0) // MOST_GAP
    gaps = np.full(int(len(gap) + fillers.sum()), MOST_GAP, dtype=np.uint8)
    gaps[np.cumsum(fillers + 1) - 1] = gap - fillers * MOST_GAP
    first = np.zeros(table.items, dtype=np.uint16)
    first[np.diff(table.starts) > 0] = table.neighbours[begins]
    return gaps, fillers, first


def _level_bytes(entries: int, bits: int) -> int:
    return entries if bits == 8 else (entries + 1) // 2


def _pairs(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Two levels of four bits a byte, the first in the low half."""
    even = np.append(levels, np.zeros(len(levels) % 2, dtype=np.uint8))
    return np.asarray(even[0::2] | (even[1::2] << 4), dtype=np.uint8)


def _unpaired(halves: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.column_stack([halves & 15, halves >> 4]).ravel()
