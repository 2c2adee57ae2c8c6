"""Pages that say nearly the same and compete for the same visitors."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from model_export.advisor.finding import Code, Evidence, Finding, Fix, Sure, Told
from model_export.advisor.material import Material

NEARLY = 0.97
_FEWEST_WORDS = 5


def near_duplicates(material: Material) -> Iterator[Told]:
    """Groups of pages in one language with nearly the same title and summary."""
    items = material.catalogue.items
    long = np.array([len(f"{item.title} {item.summary}".split()) >= _FEWEST_WORDS for item in items])
    pairs = sp.coo_matrix(material.words.same)
    rows, columns = pairs.coords
    kept = (pairs.data >= NEARLY) & long[rows] & long[columns]
    graph = sp.csr_matrix((pairs.data[kept], (rows[kept], columns[kept])), shape=pairs.shape)
    _, group = connected_components(graph, directed=False)
    for number in np.flatnonzero(np.bincount(group, minlength=1) > 1):
        pages = np.flatnonzero(group == number)
        order = sorted(pages.tolist(), key=lambda page: (-material.visitors[items[page].id], items[page].id))
        alike = graph[pages][:, pages].data
        texts = {f"{items[page].title}\n{items[page].summary}".casefold() for page in order}
        is_same = len(texts) == 1
        where = tuple(items[page].id for page in order)
        yield Finding(
            Code.NEAR_DUPLICATE,
            where,
            f"{len(where)} pages have {'the same' if is_same else 'nearly the same'} title and summary: in a"
            " list of suggestions nobody can tell which one is theirs",
            (
                Evidence("least likeness between two of them", float(alike.min()), "cosine"),
                *(
                    Evidence(f"visitors of {page}", material.visitors[page], "visitors")
                    for page in where[:3]
                    if material.visitors[page]
                ),
            ),
            Fix(
                "say in each title whom it is for, or make one page of them"
                + (f": {where[0]} has the most visitors" if material.visitors[where[0]] else "")
            ),
            Sure.CERTAIN if is_same else Sure.LOOK,
            visitors=sum(material.visitors[page] for page in where[1:]),
        )
