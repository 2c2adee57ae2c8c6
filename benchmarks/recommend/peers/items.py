"""Peers that keep one number for each pair of pages: popularity, item-kNN, EASE, first-order Markov."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, product
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from benchmarks.recommend.peers.weighing import DECAY, Mass, incidence, masses, weighed
from benchmarks.recommend.rows import Rows, Walk
from benchmarks.recommend.tuning import Asker, Contender, Settings

_DECAYS: tuple[Settings, ...] = ({"decay": 1.0}, {"decay": DECAY})


def item_peers(rows: Rows) -> tuple[Contender, ...]:
    """These peers, with the settings that each is tried with."""
    ways = masses(rows)
    return (
        Contender("popularity", popularity),
        Contender(
            "item-kNN",
            item_knn,
            tuple(
                {"mass": mass, "lean": lean, "shrink": shrink, "neighbours": neighbours}
                for mass, lean, shrink, neighbours in product(ways, (0.5, 0.75, 1.0), (0.0, 100.0), (20, 100))
            ),
            _DECAYS,
        ),
        Contender(
            "EASE",
            ease,
            tuple({"mass": mass, "ridge": ridge} for mass, ridge in product(ways, (10.0, 100.0, 1000.0))),
            _DECAYS,
        ),
        Contender(
            "first-order Markov",
            markov,
            tuple({"mass": mass, "damping": damping} for mass, damping in product(ways, (0.0, 5.0))),
        ),
    )


def popularity(rows: Rows, histories: Sequence[Walk]) -> Asker:
    """Every visitor is shown the most visited pages."""
    visits = rows.popularity()
    return lambda histories, **_: np.tile(visits / max(visits.sum(), 1), (len(histories), 1))


def item_knn(
    rows: Rows, histories: Sequence[Walk], *, mass: Mass, lean: float, shrink: float, neighbours: int
) -> Asker:
    """Cosine of pages over visits, with shrinkage (Sarwar et al. 2001), the nearest pages kept.

    `lean` 0.5 is the cosine; towards 1 it is asymmetric, the share of the known page's visits (Aiolli 2013).
    """
    gram = _gram(rows, mass)
    visits = np.diag(gram)
    below = np.outer(visits**lean, visits ** (1 - lean)) + shrink
    alike = np.divide(gram, below, out=np.zeros_like(gram), where=below > 0)
    np.fill_diagonal(alike, 0)
    if neighbours < rows.pages:
        least = np.partition(alike, -neighbours, axis=1)[:, -neighbours, None]
        alike[alike < least] = 0
    return _linear(alike)


def ease(rows: Rows, histories: Sequence[Walk], *, mass: Mass, ridge: float) -> Asker:
    """The closed form of a linear autoencoder without self-loops (Steck 2019, equation 8)."""
    inverse = np.linalg.inv(_gram(rows, mass) + ridge * np.eye(rows.pages))
    weights = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return _linear(weights)


def markov(rows: Rows, histories: Sequence[Walk], *, mass: Mass, damping: float) -> Asker:
    """The share of each next page after the last one, and popularity for what never followed it."""
    walks, weight = weighed(rows, mass)
    moves = [(a, b, times) for walk, times in zip(walks, weight, strict=True) for a, b in pairwise(walk)]
    sources, targets, times = (np.array(column) for column in zip(*moves, strict=True))
    counts = sp.csr_matrix((times, (sources, targets)), shape=(rows.pages, rows.pages)).toarray()
    seen = counts.sum(axis=1, keepdims=True) + damping
    shares = np.divide(counts, seen, out=np.zeros_like(counts), where=seen > 0)
    visits = rows.popularity()

    def ask(histories: Sequence[Walk], **_: Any) -> NDArray[np.float64]:
        return np.asarray(shares[[history[-1] for history in histories]] + 1e-6 * visits / visits.max())

    return ask


def _gram(rows: Rows, mass: Mass) -> NDArray[np.float64]:
    walks, weight = weighed(rows, mass)
    visited = incidence(walks, rows.pages)
    return np.asarray((visited.T @ sp.diags(weight) @ visited).toarray())


def _linear(weights: NDArray[np.float64]) -> Asker:
    def ask(histories: Sequence[Walk], *, decay: float) -> NDArray[np.float64]:
        return np.asarray(incidence(histories, len(weights), decay=decay) @ weights)

    return ask
