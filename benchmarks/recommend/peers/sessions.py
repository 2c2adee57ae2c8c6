"""Session-kNN and V-SKNN (Ludewig and Jannach 2018), which search every visit for alike ones."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from benchmarks.recommend.peers.weighing import Mass, incidence, masses, weighed
from benchmarks.recommend.rows import Rows, Walk
from benchmarks.recommend.tuning import Asker, Contender

_AT_ONCE = 256


def session_peers(rows: Rows) -> tuple[Contender, ...]:
    """Both, with the settings that each is tried with.

    As published, candidates are the most recent visits; these data sets have no times, so all visits are.
    """
    ways = tuple({"mass": mass} for mass in masses(rows))
    sizes = (50, 100, 200, 500, 1000, 2000)
    return (
        Contender("session-kNN", remember, ways, tuple({"neighbours": k} for k in sizes)),
        Contender(
            "V-SKNN",
            remember,
            ways,
            tuple(
                {"neighbours": k, "vector": True, "cosine": cosine}
                for k, cosine in product(sizes, (False, True))
            ),
        ),
    )


def remember(rows: Rows, histories: Sequence[Walk], *, mass: Mass) -> Asker:
    """Keep every visit.

    Plain: similarity is the cosine of two sets of pages, a page scores the sum over the visits that have it.
    Vector: pages of the history weigh i/n by their place, similarity is the dot product or the cosine, and a
    neighbour counts 1 - 0.1 s, where s is how many steps from the end of the history the last page in
    common lies, from 1.
    """
    walks, weight = weighed(rows, mass)
    kept = [at for at, walk in enumerate(walks) if len(walk) > 1]
    visits = incidence([walks[at] for at in kept], rows.pages)
    scaled = sp.csr_matrix(sp.diags(weight[kept]) @ visits)
    lengths = np.sqrt(np.asarray(visits.sum(axis=1)).ravel())
    by_page = visits.T.tocsr()

    def ask(
        histories: Sequence[Walk], *, neighbours: int, vector: bool = False, cosine: bool = True
    ) -> NDArray[np.float64]:
        parts = []
        for start in range(0, len(histories), _AT_ONCE):
            asked = histories[start : start + _AT_ONCE]
            near = (_query(asked, rows.pages, vector=vector) @ by_page).toarray()
            if cosine:
                near /= lengths
            if neighbours < near.shape[1]:
                others = np.argpartition(-near, neighbours, axis=1)[:, neighbours:]
                np.put_along_axis(near, others, 0, axis=1)
            if vector:
                near *= _decays(asked, by_page)
            parts.append(sp.csr_matrix(near) @ scaled)
        return np.asarray(sp.vstack(parts).toarray())

    return ask


def _query(histories: Sequence[Walk], pages: int, *, vector: bool) -> sp.csr_matrix:
    query = incidence(histories, pages)
    if vector:
        query.data = np.concatenate([np.arange(1, len(walk) + 1) / len(walk) for walk in histories])
    return query


def _decays(histories: Sequence[Walk], by_page: sp.csr_matrix) -> NDArray[np.float64]:
    """(histories, visits): 1 - 0.1 s for the last page in common, 0 where there is none or s is over 10."""
    found = np.zeros((len(histories), by_page.shape[1]))
    for row, history in enumerate(histories):
        for at, page in enumerate(history):
            having = by_page.indices[by_page.indptr[page] : by_page.indptr[page + 1]]
            found[row, having] = max(0.0, 1 - 0.1 * (len(history) - at))
    return found
