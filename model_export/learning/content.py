"""How alike pages are by what they say and where they are: the prior for pages that few have visited."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from edge_client.wire.catalogue import Catalogue, CatalogueItem
from edge_client.wire.paths import MARKS, ItemId
from model_export.learning.next_page import keep_largest, scale_rows

NEIGHBOURS = 20
_ROWS_AT_ONCE = 512
_STEM = 5
_WORD = re.compile(r"[^\W\d_]{2,}")
_MARK = re.compile("|".join(MARKS))
_ESCAPE = re.compile(r"%[0-9A-F]{2}")


def similar_pages(
    pages: Sequence[ItemId], catalogue: Catalogue | None = None, *, neighbours: int = NEIGHBOURS
) -> sp.csr_matrix:
    """For each page its most alike others: sparse, (pages, pages), rows that sum to 1 or are empty.

    Alike is the cosine of TF-IDF vectors over title, summary, topic, life events, the words of the path and
    the sections that it is in; without a catalogue over the path alone.
    Pages in different languages are never alike.
    """
    items = [None if catalogue is None else catalogue.get(page) for page in pages]
    vectors = vectors_of([tokens_of(page, item) for page, item in zip(pages, items, strict=True)])
    # Numbers, since every two pages are compared.
    languages = np.unique(["" if item is None else item.lang for item in items], return_inverse=True)[1]
    blocks = [
        _neighbours(vectors, languages, start=start, neighbours=neighbours)
        for start in range(0, len(pages), _ROWS_AT_ONCE)
    ]
    return sp.csr_matrix(sp.vstack(blocks) if blocks else (0, 0))


def nearest_of(alike: sp.csr_matrix, neighbours: int) -> sp.csr_matrix:
    """The most alike of what `similar_pages` found: rows that sum to 1 or are empty."""
    nearest = keep_largest(alike, neighbours)
    sums = np.asarray(nearest.sum(axis=1)).ravel()
    return scale_rows(nearest, np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0))


def vectors_of(tokens: Sequence[Sequence[str]]) -> sp.csr_matrix:
    """A TF-IDF vector of length 1 for each list of tokens, or 0 where there are none: (lists, tokens)."""
    try:
        # `list` takes the tokens as they are.
        return sp.csr_matrix(TfidfVectorizer(analyzer=list, sublinear_tf=True).fit_transform(tokens))
    except ValueError:  # no list has a single token
        return sp.csr_matrix((len(tokens), 1))


def tokens_of(page: ItemId, item: CatalogueItem | None = None) -> list[str]:
    """What a page is compared by: words, their beginnings, and the sections above it.

    A word's first letters stand for its inflections in most languages that inflect at the end.
    """
    path = _ESCAPE.sub(" ", _MARK.sub(" ", page))
    texts = (
        () if item is None else (item.title, item.title, item.summary, item.topic, " ".join(item.life_events))
    )
    words = [word for text in (*texts, path) for word in _WORD.findall(text.lower())]
    return [*words, *(f"{word[:_STEM]}~" for word in words), *sections_of(page)]


def sections_of(page: ItemId) -> Iterator[str]:
    """The page's own path and every path above it but the root: `/a/b` is in `/a` and `/a/b`."""
    end = page.find("/", 1)
    while end > 0:
        yield page[:end]
        end = page.find("/", end + 1)
    yield page


def _neighbours(
    vectors: sp.csr_matrix, languages: NDArray[np.int64], *, start: int, neighbours: int
) -> sp.csr_matrix:
    """A block of rows of `similar_pages`, so that memory grows with the number of pages alone.

    Row by row only the nearest are kept: where one word is on every page, each is like every other.
    """
    block = sp.csr_matrix(vectors[start : start + _ROWS_AT_ONCE] @ vectors.T)
    found = [
        _nearest(block, row, itself=start + row, languages=languages, neighbours=neighbours)
        for row in range(block.shape[0])
    ]
    lengths = [len(columns) for columns, _ in found]
    alike = sp.csr_matrix(
        (
            np.concatenate([values for _, values in found]),
            np.concatenate([columns for columns, _ in found]),
            np.concatenate([[0], np.cumsum(lengths)]),
        ),
        shape=block.shape,
    )
    return nearest_of(alike, neighbours)


def _nearest(
    block: sp.csr_matrix, row: int, *, itself: int, languages: NDArray[np.int64], neighbours: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Columns and values of a row's largest entries; of equal ones those of the lowest columns."""
    entries = slice(block.indptr[row], block.indptr[row + 1])
    columns, values = block.indices[entries], block.data[entries]
    kept = (columns != itself) & (languages[columns] == languages[itself]) & (values > 0)
    # Rounded, so that the order of neighbours does not hang on the order in which a processor adds.
    columns, values = columns[kept], np.round(values[kept], 9)
    if len(values) > neighbours:
        # Few reach the last place's value: only those are put in order.
        least = np.partition(values, len(values) - neighbours)[len(values) - neighbours]
        columns, values = columns[values >= least], values[values >= least]
        order = np.lexsort((columns, -values))[:neighbours]
        columns, values = columns[order], values[order]
    return columns, values
