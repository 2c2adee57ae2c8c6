"""How alike pages are by what their titles and summaries say, their tags left out."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfVectorizer

from edge_client.wire.catalogue import Catalogue, CatalogueItem
from model_export.learning.covisit import keep_largest

NEAREST = 20
_ROWS_AT_ONCE = 512
_WORD = r"(?u)\b[^\W\d_]{2,}\b"


@dataclass(frozen=True, slots=True)
class Words:
    """Cosines of TF-IDF vectors between pages of one language, the nearest others of each page.

    `alike` (pages, pages) is over title, summary and path; `same` over title and summary alone, where equal
    texts are 1.
    """

    alike: sp.csr_matrix
    same: sp.csr_matrix

    @classmethod
    def of(cls, catalogue: Catalogue) -> Words:
        """Compare all pages of the catalogue."""
        langs = np.array([item.lang for item in catalogue.items])
        said = [f"{item.title} {item.title} {item.summary}" for item in catalogue.items]
        placed = [f"{text} {_path_words(item)}" for text, item in zip(said, catalogue.items, strict=True)]
        return cls(_cosines(placed, langs), _cosines(said, langs))

    def nearest(self, page: int, count: int) -> list[tuple[int, float]]:
        """The pages most alike, with their cosines, most alike first."""
        row = self.alike[page]
        order = np.argsort(-row.data, kind="stable")[:count]
        return [(int(row.indices[at]), float(row.data[at])) for at in order]


def _path_words(item: CatalogueItem) -> str:
    return re.sub(r"[/\-_.+:]|%[0-9A-F]{2}", " ", item.id)


def _cosines(texts: list[str], langs: np.ndarray) -> sp.csr_matrix:
    try:
        vectors = TfidfVectorizer(token_pattern=_WORD, sublinear_tf=True).fit_transform(texts)
    except ValueError:  # no page has a single word
        return sp.csr_matrix((len(texts), len(texts)))
    blocks = []
    for start in range(0, len(texts), _ROWS_AT_ONCE):
        block = sp.coo_matrix(vectors[start : start + _ROWS_AT_ONCE] @ vectors.T)
        rows, columns = block.coords
        kept = (rows + start != columns) & (langs[rows + start] == langs[columns]) & (block.data > 0)
        # Rounded, so that the order of neighbours does not hang on the order in which a processor adds.
        near = sp.csr_matrix((np.round(block.data[kept], 9), (rows[kept], columns[kept])), shape=block.shape)
        blocks.append(keep_largest(near, NEAREST))
    return sp.csr_matrix(sp.vstack(blocks))
