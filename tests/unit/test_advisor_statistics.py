"""What the advisor calls a discovery is rarely chance, and what it says a release shows, a release shows."""

from __future__ import annotations

import numpy as np
import pytest

from edge_client.wire.catalogue import Catalogue
from model_export.advisor import Code, Material, advise
from model_export.advisor.counts import Counts, interval
from model_export.advisor.discovery import discoveries, upper_tail, visible
from tests.support import town as towns

TOWN: Catalogue = towns.catalogue()


def test_chance_is_rarely_a_discovery() -> None:
    """Of a thousand tables of fifty tests of nothing, at most one in a hundred has one: also of tests that
    hang together."""
    rng = np.random.default_rng(1)
    alone = sum(discoveries(rng.random(50)).any() for _ in range(1000))
    shared = rng.standard_normal((1000, 1)) * 0.8 + rng.standard_normal((1000, 50)) * 0.6
    together = sum(discoveries(upper_tail(row)).any() for row in shared)
    assert alone <= 10
    assert together <= 10


def test_what_is_beyond_chance_is_discovered() -> None:
    """Clear ones are found among many of nothing; of none there is none."""
    rng = np.random.default_rng(2)
    found = discoveries(np.concatenate([np.full(5, 1e-7), rng.random(200)]))
    assert found[:5].all()
    assert found[5:].sum() <= 1
    assert discoveries([]).size == 0


@pytest.mark.parametrize("mean", [2.0, 8.0, 15.0, 18.0, 30.0])
def test_what_a_release_shows_is_what_is_expected(mean: float) -> None:
    """The share of cells over the threshold and their sum, against a simulation of people and noise."""
    rng = np.random.default_rng(3)
    drawn = rng.poisson(mean, 40_000) + rng.laplace(scale=1.0, size=40_000)
    shown = drawn >= 18.4
    chance, moves = visible(np.array([mean]), noise=2**0.5, threshold=18.4)
    assert chance[0] == pytest.approx(shown.mean(), abs=0.03)
    assert moves[0] == pytest.approx(drawn[shown].sum() / len(drawn), abs=0.6)


def test_pages_near_the_border_are_no_dead_ends() -> None:
    """Ten pages that one visitor in four leaves, where one in five is the border: no finding, in any draw."""
    means = towns.means(TOWN, visitors=1_000_000)
    for page in range(0, 60, 6):
        means[page] *= 0.25 * means[:, page].sum() / means[page].sum()
    for seed in range(6):
        release = towns.release(TOWN, means, seed=seed)
        advice = advise(Material(catalogue=TOWN, releases=(release,))).only({Code.DEAD_END})
        assert advice.findings == ()


def test_intervals_hold_what_they_say() -> None:
    """In nineteen of twenty draws the arrivals that a release shows are within their interval of the mean."""
    means = towns.means(TOWN, visitors=1_000_000)
    inside = []
    for seed in range(20):
        counts = Counts.of([towns.release(TOWN, means, seed=seed)], TOWN.pages)
        # What is hidden is no part of what is shown: the mean of the cells that show.
        shown = np.where(counts.moves.toarray() > 0, means, 0.0).sum(axis=0)
        for arrivals, variance, mean in zip(counts.arrivals, counts.arrivals_variance, shown, strict=True):
            low, high = interval(float(arrivals), float(variance))
            inside.append(low <= mean <= high)
    assert 0.93 <= np.mean(inside) <= 0.98
