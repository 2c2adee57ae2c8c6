"""What noisy counts are worth: empirical Bayes over the cells of one release.

A release says how its noise was drawn and which value a cell had to reach to be shown.
Each true count is taken for what page and next page would count if they had nothing to do with one another,
times a ratio; from the shown values alone the distribution of ratios that makes them likeliest is found
(J. Kiefer and J. Wolfowitz, 1956, by expectation maximisation over a grid), and each value is replaced by the
mean of the true counts that it may stand for.
The worths say better than the values how often each page is visited, and so both are found in turns.
A value near the threshold is worth much between two busy pages and next to nothing between two quiet ones;
large values hardly move.
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

_RATIOS = 0.02, 2000.0
_GRID = 64
_STEPS = 200
_TURNS = 4
_FAR = 25.0
_MARGIN = 0.1

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
        """How likely each shown value is for each true count, but for a factor."""
        away = (shown - true) / self.scale
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

    `expected`, positive, is what each cell would count if page and next page had nothing to do with one
    another. `hidden` is the same for the cells that could have been shown and were not; None where nobody
    knows how many there are.
    """
    result = shown.copy()
    # So far above the noise nothing is left to doubt.
    doubtful = shown < channel.threshold + _FAR * channel.scale
    if doubtful.any():
        means = _posterior_means(shown[doubtful], expected[doubtful], channel, hidden=hidden)
        result[doubtful] = np.minimum(means, shown[doubtful])
    return result


def _posterior_means(shown: Floats, expected: Floats, channel: Channel, *, hidden: Floats | None) -> Floats:
    # A twentieth of the noise's scale, a tenth of what is expected: what is rounded so is the same cell.
    alike = np.stack([np.round(shown * (20 / channel.scale)), np.round(np.log(expected) * 10)])
    steps, place, times = np.unique(alike, axis=1, return_inverse=True, return_counts=True)
    ratios = np.concatenate([[0.0], np.geomspace(*_RATIOS, _GRID)])
    true = np.exp(steps[1] / 10)[:, None] * ratios
    likely = channel.density((steps[0] * (channel.scale / 20))[:, None], true)
    unseen: Floats = np.zeros(0)
    silent: Floats = np.zeros((0, len(ratios)))
    if hidden is None:
        # Nothing is known but what was shown: it is judged given that it was.
        likely = likely / np.maximum(1 - channel.hides(true), np.finfo(float).tiny)
    else:
        others, number = np.unique(np.round(np.log(hidden) * 10), return_counts=True)
        unseen = number.astype(np.float64)
        silent = channel.hides(np.exp(others / 10)[:, None] * ratios)
    prior = np.full(len(ratios), 1 / len(ratios))
    for _ in range(_STEPS):
        prior = times @ _shares(likely * prior) + unseen @ _shares(silent * prior)
        prior /= prior.sum()
    means = (_shares(likely * prior) * true).sum(axis=1)
    return np.asarray(means[place.ravel()])


def _shares(joint: Floats) -> Floats:
    """Each row divided by its sum."""
    return np.asarray(joint / np.maximum(joint.sum(axis=1, keepdims=True), np.finfo(float).tiny))


def cells_of(release: Release) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """The release's cells: from indexes, to indexes, and what each count is worth in visitors."""
    cells = np.array(release.cells, dtype=np.int64).reshape(-1, 3)
    rows, columns, shown = cells[:, 0], cells[:, 1], cells[:, 2] / release.parts
    channel = Channel.of(release)
    if channel is None or not shown.size:
        return rows, columns, shown
    size = len(release.pages)
    count = None if release.candidates is None else max(0, release.candidates.count - shown.size)
    sources, targets = _spread(size, count=count or 0)
    worth = shown
    for _ in range(_TURNS):
        away = np.bincount(rows, worth, size) + _MARGIN
        towards = np.bincount(columns, worth, size) + _MARGIN
        towards /= towards.sum()
        hidden = None if count is None else away[sources] * towards[targets]
        worth = shrink(shown, away[rows] * towards[columns], channel, hidden=hidden)
    return rows, columns, worth


def _spread(size: int, *, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """So many pairs of `size` pages, drawn evenly from all: which of them are candidates is not told.

    Always the same pairs, so that training is one and the same everywhere.
    """
    rng = np.random.default_rng(0)
    return rng.integers(0, size, count), rng.integers(0, size, count)
