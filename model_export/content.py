"""How alike pages are by what they say: the prior for pages that few have visited."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfVectorizer

from edge_client.wire.catalogue import Catalogue, CatalogueItem
from edge_client.wire.paths import ItemId
from model_export.covisit import keep_largest

NEIGHBOURS = 20
_ROWS_AT_ONCE = 512
_WORD = r"(?u)\b[^\W\d_]{2,}\b"
_PLACEHOLDER = re.compile(r":(?:date|email|id|long|postcode)")


def similar_pages(pages: Sequence[ItemId], catalogue: Catalogue | None = None) -> sp.csr_matrix:
    """For each page its most alike others: sparse, (pages, pages), rows that sum to 1 or are empty.

    Alike is the cosine of TF-IDF vectors over title, summary, topic, life events and the words of the path;
    without a catalogue over the words of the path alone.
    Pages in different languages are never alike.
    """
    items = [None if catalogue is None else catalogue.get(page) for page in pages]
    texts = [_text(page, item) for page, item in zip(pages, items, strict=True)]
    try:
        vectors = TfidfVectorizer(token_pattern=_WORD, sublinear_tf=True).fit_transform(texts)
    except ValueError:  # no page has a single word
        return sp.csr_matrix((len(pages), len(pages)))
    languages = np.array(["" if item is None else item.lang for item in items])
    return sp.csr_matrix(
        sp.vstack(
            [_neighbours(vectors, languages, start=start) for start in range(0, len(pages), _ROWS_AT_ONCE)]
        )
    )


def _neighbours(vectors: sp.csr_matrix, languages: np.ndarray, *, start: int) -> sp.csr_matrix:
    """A block of rows of `similar_pages`, so that memory grows with the number of pages alone."""
    block = sp.coo_matrix(vectors[start : start + _ROWS_AT_ONCE] @ vectors.T)
    rows, columns = block.coords
    kept = (rows + start != columns) & (languages[rows + start] == languages[columns]) & (block.data > 0)
    # Rounded, so that the order of neighbours does not hang on the order in which a processor adds.
    alike = sp.csr_matrix((np.round(block.data[kept], 9), (rows[kept], columns[kept])), shape=block.shape)
    nearest = keep_largest(alike, NEIGHBOURS)
    sums = np.asarray(nearest.sum(axis=1)).ravel()
    return sp.csr_matrix(sp.diags(np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)) @ nearest)


def _text(page: ItemId, item: CatalogueItem | None) -> str:
    words = re.sub(r"[/\-_.+]|%[0-9A-F]{2}", " ", _PLACEHOLDER.sub(" ", page))
    if item is None:
        return words
    return " ".join((item.title, item.title, item.summary, item.topic, *item.life_events, words))
