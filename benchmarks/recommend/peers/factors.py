"""Matrix factorisation by `implicit`: ALS (Hu, Koren and Volinsky 2008), BPR (Rendle et al. 2009)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import scipy.sparse as sp
from implicit.cpu.als import AlternatingLeastSquares
from implicit.cpu.bpr import BayesianPersonalizedRanking
from numpy.typing import NDArray

from benchmarks.recommend.peers.weighing import Mass, incidence, masses, weighed
from benchmarks.recommend.rows import Rows, Walk
from benchmarks.recommend.tuning import Asker, Contender

THREADS = 2


def als_peer(rows: Rows) -> Contender:
    """ALS with the settings that it is tried with."""
    return Contender(
        "implicit ALS",
        als,
        tuple(
            {"mass": mass, "factors": factors, "regularization": regularization, "alpha": alpha}
            for mass, factors, regularization, alpha in product(
                masses(rows)[-2:], (8, 32, 128), (10.0, 100.0), (1.0, 10.0, 40.0)
            )
        ),
    )


def bpr_peer(rows: Rows) -> Contender:
    """BPR with the settings that it is tried with."""
    return Contender(
        "implicit BPR",
        bpr,
        tuple(
            {"mass": mass, "factors": factors, "regularization": regularization, "iterations": iterations}
            for mass, factors, regularization, iterations in product(
                tuple(dict.fromkeys((masses(rows)[0], masses(rows)[-1]))),
                (8, 32, 128),
                (0.01, 0.1),
                (30, 100),
            )
        ),
    )


def als(rows: Rows, histories: Sequence[Walk], *, mass: Mass, **settings: Any) -> Asker:
    """Factors of the training visits; whoever asks is folded in exactly, by the same least squares."""
    walks, weight = weighed(rows, mass)
    model = AlternatingLeastSquares(iterations=20, num_threads=THREADS, random_state=0, **settings)
    visits = sp.diags(weight) @ incidence(walks, rows.pages)
    model.fit(sp.csr_matrix(visits, dtype=np.float32), show_progress=False)

    def ask(histories: Sequence[Walk]) -> NDArray[np.float32]:
        asked = sp.csr_matrix(incidence(histories, rows.pages), dtype=np.float32)
        return np.asarray(model.recalculate_user(np.arange(len(histories)), asked) @ model.item_factors.T)

    return ask


def bpr(rows: Rows, histories: Sequence[Walk], *, mass: Mass, **settings: Any) -> Asker:
    """Factors learnt from the training visits and the histories asked about: it can place nobody else."""
    walks, _ = weighed(rows, mass)
    visits = sp.vstack([incidence(walks, rows.pages), incidence(histories, rows.pages)])
    # One thread: with more, updates race, and no seed makes the same factors twice.
    model = BayesianPersonalizedRanking(num_threads=1, random_state=0, **settings)
    model.fit(sp.csr_matrix(visits, dtype=np.float32), show_progress=False)
    users = model.user_factors[len(walks) :]
    return lambda histories: np.asarray(users @ model.item_factors.T)
