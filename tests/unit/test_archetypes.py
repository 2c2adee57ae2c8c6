"""Archetypes are found through noise, by an estimator that keeps scikit-learn's promises."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.base import BaseEstimator
from sklearn.metrics import adjusted_rand_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from model_export.archetypes import UNLIKE, ArchetypeTransformer


@parametrize_with_checks([ArchetypeTransformer(n_archetypes=2)])
def test_it_keeps_scikit_learns_promises(
    estimator: BaseEstimator, check: Callable[[BaseEstimator], None]
) -> None:
    """Every check of scikit-learn's own passes, none is expected to fail."""
    check(estimator)
