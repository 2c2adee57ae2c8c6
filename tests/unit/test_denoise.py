"""Noisy counts are judged by the noise that made them, and by nothing else."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_client.wire.candidates import all_pairs
from edge_client.wire.paths import ItemId
from edge_client.wire.period import Period
from edge_client.wire.privacy import Bound, Mechanism, Privacy, Unit
from edge_client.wire.release import Release, Source
from model_export.learning.denoise import Channel, cells_of, shrink

PAGES = tuple(ItemId(f"/p{number:02}") for number in range(60))
LAPLACE = Channel(Mechanism.DISCRETE_LAPLACE, scale=1.0, threshold=2.0)
GAUSSIAN = Channel(Mechanism.DISCRETE_GAUSSIAN, scale=2.0, threshold=3.0)


def noisy(true: NDArray[np.float64], channel: Channel, *, seed: int = 0) -> NDArray[np.float64]:
    """True counts with the channel's noise, whether or not they reach its threshold."""
    rng = np.random.default_rng(seed)
    draw = rng.laplace if channel.mechanism is Mechanism.DISCRETE_LAPLACE else rng.normal
    return np.asarray(true + draw(0.0, channel.scale, len(true)))


@pytest.mark.parametrize("channel", [LAPLACE, GAUSSIAN], ids=["laplace", "gaussian"])
def test_what_is_noise_alone_is_worth_next_to_nothing(channel: Channel) -> None:
    """Of thousands of zeros some pass the threshold; among a few real counts they are seen through."""
    true = np.concatenate([np.zeros(20_000), np.full(200, 40.0)])
    values = noisy(true, channel)
    shown = values >= channel.threshold
    worth = shrink(
        values[shown], np.ones(shown.sum()), channel, hidden=np.ones(int((~shown).sum()), dtype=np.float64)
    )
    assert values[shown][true[shown] == 0].mean() > channel.threshold
    assert worth[true[shown] == 0].mean() < 0.2
    assert abs(worth[true[shown] == 40].mean() - 40) < 0.5


@pytest.mark.parametrize("hidden", [True, False])
def test_worth_is_nearer_to_the_truth_than_what_is_shown(hidden: bool) -> None:
    """The squared error falls, whether or not it is known how many cells were hidden."""
    rng = np.random.default_rng(3)
    true = np.where(rng.random(30_000) < 0.9, 0.0, rng.pareto(1.1, 30_000))
    values = noisy(true, LAPLACE)
    shown = values >= LAPLACE.threshold
    others = np.ones(int((~shown).sum())) if hidden else None
    worth = shrink(values[shown], np.ones(shown.sum()), LAPLACE, hidden=others)
    before = float(((values[shown] - true[shown]) ** 2).mean())
    assert float(((worth - true[shown]) ** 2).mean()) < 0.8 * before


def test_worth_keeps_order_and_never_exceeds_what_is_shown() -> None:
    """A larger value is worth at least as much, and a very large one is worth itself."""
    values = np.sort(np.concatenate([np.random.default_rng(1).uniform(2, 12, 500), [500.0]]))
    worth = shrink(values, np.ones(len(values)), LAPLACE)
    assert (np.diff(worth) > -1e-6).all()
    assert (worth <= values).all()
    assert worth[-1] == 500


def test_cells_are_judged_among_those_alike() -> None:
    """The same value is worth more where much is expected."""
    rng = np.random.default_rng(2)
    quiet, busy = noisy(np.zeros(4000), LAPLACE, seed=4), noisy(rng.poisson(8.0, 400).astype(float), LAPLACE)
    values = np.concatenate([quiet, busy])
    expected = np.concatenate([np.full(4000, 0.1), np.full(400, 8.0)])
    shown = values >= LAPLACE.threshold
    kept, likely = values[shown], expected[shown]
    worth = shrink(kept, likely, LAPLACE)
    near = np.abs(kept - 4.0) < 0.5
    assert worth[near & (likely > 1)].mean() > worth[near & (likely < 1)].mean()


def test_the_channel_is_the_releases_own() -> None:
    """Scale and threshold come from what the release says of itself, in visitors."""
    privacy = Privacy(2, Mechanism.DISCRETE_LAPLACE, 500)
    release = Release.of(
        {(PAGES[0], PAGES[1]): 90 * 5040},
        site="riverton", source=Source.LOG, period=Period(), privacy=privacy,
        bound=Bound(Unit.VISITOR, 190), pages=PAGES, parts=5040, candidates=all_pairs(PAGES).public,
    )  # fmt: skip
    channel = Channel.of(release)
    assert channel is not None
    assert channel.scale == pytest.approx(2.0)
    assert channel.threshold == pytest.approx(2.0, abs=1e-3)
    assert channel.scale * math.sqrt(2) == pytest.approx(release.noise_scale, rel=1e-3)


def test_without_noise_counts_are_worth_themselves() -> None:
    """Nothing is taken from an exact count."""
    release = Release.of(
        {(PAGES[0], PAGES[1]): 3 * 5040, (PAGES[1], PAGES[0]): 2 * 5040 + 1},
        site="riverton", source=Source.LOG, period=Period(), privacy=Privacy(2),
        bound=Bound(Unit.VISITOR, 190), parts=5040,
    )  # fmt: skip
    rows, columns, worth = cells_of(release)
    assert list(zip(rows.tolist(), columns.tolist(), strict=True)) == [(0, 1), (1, 0)]
    assert worth == pytest.approx([3.0, 2 + 1 / 5040])


def test_an_empty_release_is_worth_nothing() -> None:
    """No cell, no error."""
    privacy = Privacy(10, Mechanism.DISCRETE_LAPLACE, 1000, 6)
    release = Release.of(
        {}, site="riverton", source=Source.LOG, period=Period(), privacy=privacy, bound=Bound(Unit.VISITOR, 1)
    )
    assert [len(part) for part in cells_of(release)] == [0, 0, 0]


def test_the_same_value_is_worth_more_between_busy_pages_than_between_quiet_ones() -> None:
    """Ten busy pages lead to one another; what noise shows of the other fifty is seen through."""
    rng = np.random.default_rng(8)
    busy = {(a, b): rng.poisson(12) for a in range(10) for b in range(10) if a != b}
    cells = {
        (PAGES[a], PAGES[b]): busy.get((a, b), 0) + round(rng.laplace())
        for a in range(60) for b in range(60) if a != b
    }  # fmt: skip
    cells[PAGES[3], PAGES[4]] = cells[PAGES[30], PAGES[40]] = 6
    release = Release.of(
        {pair: count for pair, count in cells.items() if count >= 2},
        site="riverton", source=Source.LOG, period=Period(),
        privacy=Privacy(2, Mechanism.DISCRETE_LAPLACE, 1000), bound=Bound(Unit.VISITOR, 1),
        pages=PAGES, candidates=all_pairs(PAGES).public, threshold=2,
    )  # fmt: skip
    rows, columns, worth = cells_of(release)
    found = {(int(a), int(b)): value for a, b, value in zip(rows, columns, worth, strict=True)}
    assert found[3, 4] > 5
    assert found[30, 40] < 1
    quiet = [value for (a, b), value in found.items() if a >= 10 or b >= 10]
    assert len(quiet) > 100
    assert sum(quiet) / len(quiet) < 0.1
