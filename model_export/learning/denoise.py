"""What noisy counts are worth: empirical Bayes over the cells of one release.

A release says how its noise was drawn and which value a cell had to reach to be shown.
From that and the shown values alone, the distribution of true counts that makes them likeliest is found
(J. Kiefer and J. Wolfowitz, 1956, by expectation maximisation over a grid), and each value is replaced by the
mean of the true counts that it may stand for.
Values near the threshold, many of them noise alone, shrink most; large ones hardly move.
Nothing but what is public is looked at, so it costs no privacy, and nothing has to be chosen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from edge_client.wire.privacy import Mechanism
from edge_client.wire.release import Release

GROUPS = 4
_GRID = 64
_STEPS = 100
_FAR = 25.0
_FEWEST = 50

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Channel:
    """How a true count becomes a shown one, in visitors: noise of `scale`, shown from `threshold` on.

    `scale` is Laplace's scale or the Gaussian's sigma.
    """

    mechanism: Mechanism
    scale: float
    threshold: float

    @classmethod
    def of(cls, release: Release) -> Channel | None:
        """The channel of a release; None without noise."""
        noise = release.noise
        if noise is None:
            return None
        # Half a cell's one less: values are whole, the channel is not.
        return cls(
            noise.mechanism, float(noise.scale) / release.parts, (release.threshold - 0.5) / release.parts
        )

    def density(self, shown: Floats, true: Floats) -> Floats:
        """How likely each shown value is for each true count, but for a factor: (shown, true)."""
        away = (shown[:, None] - true[None, :]) / self.scale
        if self.mechanism is Mechanism.DISCRETE_GAUSSIAN:
            return np.asarray(np.exp(-(away**2) / 2) / math.sqrt(2 * math.pi))
        return np.asarray(np.exp(-np.abs(away)) / 2)

    def hides(self, true: Floats) -> Floats:
        """How likely each true count is not to be shown at all."""
        short = (self.threshold - true) / self.scale
        if self.mechanism is Mechanism.DISCRETE_GAUSSIAN:
            return np.asarray(ndtr(short))
        tail = np.exp(-np.abs(short)) / 2
        return np.asarray(np.where(short > 0, 1 - tail, tail))


def shrink(shown: Floats, expected: Floats, channel: Channel, *, hidden: Floats | None = None) -> Floats:
    """The mean true count behind each of `shown`, at most what is shown.

    `expected` is what each cell would count if page and next page had nothing to do with one another; cells
    are judged among those that are alike in it.
    `hidden` is the same for the cells that could have been shown and were not, or a sample of them all that
    stands for `hidden.size` cells; None where nobody knows how many there are.
    """
    result = shown.copy()
    # So far above the noise nothing is left to doubt, and what is near decides for what is near.
    doubtful = shown < channel.threshold + _FAR * channel.scale
    if not doubtful.any():
        return result
    groups = GROUPS if doubtful.sum() >= GROUPS * _FEWEST else 1
    edges = np.quantile(expected[doubtful], np.linspace(0, 1, groups + 1))[1:-1]
    group = np.searchsorted(edges, expected, side="left")
    for number in range(groups):
        chosen = doubtful & (group == number)
        if chosen.any():
            unseen = None if hidden is None else int((np.searchsorted(edges, hidden) == number).sum())
            means = _posterior_means(shown[chosen], channel, hidden=unseen)
            result[chosen] = np.minimum(means, shown[chosen])
    return result


def _posterior_means(shown: Floats, channel: Channel, *, hidden: int | None) -> Floats:
    # A fiftieth of the noise's scale: what is rounded so is the same value for all purposes.
    steps, place, times = np.unique(
        np.round(shown * (50 / channel.scale)), return_inverse=True, return_counts=True
    )
    values = steps * (channel.scale / 50)
    top = max(float(values.max()), channel.threshold)
    true = np.concatenate([[0.0], np.geomspace(channel.scale / 20, top, _GRID)])
    likely, hides = channel.density(values, true), channel.hides(true)
    if hidden is None:
        # Nothing is known but what was shown: it is judged given that it was.
        likely = likely / np.maximum(1 - hides, np.finfo(float).tiny)
    prior = np.full(len(true), 1 / len(true))
    for _ in range(_STEPS):
        joint = likely * prior
        joint /= joint.sum(axis=1, keepdims=True)
        silent = hides * prior
        prior = times @ joint
        if hidden:
            prior = prior + hidden * silent / silent.sum()
        prior /= prior.sum()
    joint = likely * prior
    means = (joint @ true) / joint.sum(axis=1)
    return np.asarray(means[place])


def cells_of(release: Release) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """The release's cells: from indexes, to indexes, and what each count is worth in visitors."""
    cells = np.array(release.cells, dtype=np.int64).reshape(-1, 3)
    rows, columns, shown = cells[:, 0], cells[:, 1], cells[:, 2] / release.parts
    channel = Channel.of(release)
    if channel is not None and shown.size:
        size = len(release.pages)
        away: Floats = np.bincount(rows, shown, size).astype(np.float64)
        towards: Floats = np.bincount(columns, shown, size) / shown.sum()
        hidden = None
        if release.candidates is not None and size > 1:
            count = max(0, release.candidates.count - shown.size)
            hidden = _spread(away, towards, count=count)
        shown = shrink(shown, away[rows] * towards[columns], channel, hidden=hidden)
    return rows, columns, shown


def _spread(away: Floats, towards: Floats, *, count: int) -> Floats:
    """What `count` pairs drawn evenly from all would be expected to count: which they are, is not told.

    Always the same pairs, so that training is one and the same everywhere.
    """
    rng = np.random.default_rng(0)
    return np.asarray(away[rng.integers(0, len(away), count)] * towards[rng.integers(0, len(towards), count)])
