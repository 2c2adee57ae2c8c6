"""Released moves in the page indexes of a catalogue, with what noise and thresholds did to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from edge_client.wire.candidates import Candidates
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Release
from model_export.advisor.discovery import visible

Floats = NDArray[np.float64]
_Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Lens:
    """How one release shows counts: noise and threshold in visitors, its share of all moves at hand.

    `together` is the most moves that come of one unit, `in_one` the most of them in one cell.
    `pairs` is the share of all pairs of pages that could be in it; `is_listed` whether their list is at hand.
    """

    noise: float
    threshold: float
    together: float
    in_one: float
    share: float
    pairs: float
    is_listed: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """Moves in visitors, (pages, pages); `people` and `noise` the variances of each cell that is shown.

    Moves come by units, and one unit's need have nothing independent about them: where it makes at most m,
    any weighted sum of moves varies at most as if each were m moves, independent of all others (Cauchy and
    Schwarz). So `people` is m times the moves. A unit of a week's release is one of that week alone.
    `public` marks the pairs on the list of candidates, where that is at hand.
    """

    pages: tuple[ItemId, ...]
    moves: sp.csr_matrix
    people: sp.csr_matrix
    noise: sp.csr_matrix
    lenses: tuple[Lens, ...]
    public: sp.csr_matrix | None = None

    @classmethod
    def of(
        cls, releases: Sequence[Release], pages: Sequence[ItemId], *, candidates: Candidates | None = None
    ) -> Counts:
        """Add up the releases' moves between these pages; `candidates` are pairs of the same pages."""
        index = {page: at for at, page in enumerate(pages)}
        size = (len(pages), len(pages))
        moves, people, noise = sp.csr_matrix(size), sp.csr_matrix(size), sp.csr_matrix(size)
        totals = [sum(release.weights().values()) for release in releases]
        for release in releases:
            cells = [
                (index[source], index[target], weight)
                for (source, target), weight in sorted(release.weights().items())
                if source in index and target in index
            ]
            rows, columns, values = zip(*cells, strict=True) if cells else ((), (), ())
            made = sp.csr_matrix((values, (rows, columns)), shape=size, dtype=np.float64)
            moves, people = moves + made, people + _together(release) * made
            noise = noise + sp.csr_matrix(
                (np.full(len(cells), release.noise_scale**2), (rows, columns)), shape=size
            )
        lenses = tuple(
            Lens(
                noise=release.noise_scale,
                threshold=release.threshold / release.parts,
                together=_together(release),
                in_one=release.bound.footprint(release.parts).most / release.parts,
                share=total / (sum(totals) or 1.0),
                pairs=_pairs(release),
                is_listed=candidates is not None and release.candidates == candidates.public,
            )
            for release, total in zip(releases, totals, strict=True)
        )
        return cls(
            tuple(pages),
            sp.csr_matrix(moves),
            sp.csr_matrix(people),
            sp.csr_matrix(noise),
            lenses,
            _public(candidates, size),
        )

    @property
    def arrivals(self) -> Floats:
        """Visitors who came to each page from another."""
        return np.asarray(self.moves.sum(axis=0), dtype=np.float64).ravel()

    @property
    def departures(self) -> Floats:
        """Visitors who went from each page to another."""
        return np.asarray(self.moves.sum(axis=1), dtype=np.float64).ravel()

    @property
    def arrivals_variance(self) -> Floats:
        """The variance of `arrivals`: people's and the noise's."""
        return np.asarray((self.people + self.noise).sum(axis=0), dtype=np.float64).ravel()

    @property
    def departures_variance(self) -> Floats:
        """The variance of `departures`: people's and the noise's."""
        return np.asarray((self.people + self.noise).sum(axis=1), dtype=np.float64).ravel()

    @property
    def departures_noise(self) -> Floats:
        """The noise's part of `departures_variance`."""
        return np.asarray(self.noise.sum(axis=1), dtype=np.float64).ravel()

    @property
    def together(self) -> float:
        """The most moves that come of one unit of any release."""
        return max((lens.together for lens in self.lenses), default=1.0)

    @property
    def total(self) -> float:
        """All moves shown."""
        return float(self.moves.sum())

    def shown(self, mean: Floats, *, public: Floats | None = None) -> tuple[Floats, float]:
        """What the releases show of moves that are `mean` on average, cell by cell: the probability that a
        cell is in any of them, and the number of moves to be expected in all, each the least that it may be.

        `public` is 1 for each of these cells that is on the list of candidates, and 0 for others; without it
        any cell is as likely on it as any other.
        """
        unseen, moves = np.ones_like(mean), 0.0
        for lens in self.lenses:
            here = mean * lens.share
            # Moves that come several at a time show a cell over the threshold less surely, and more of those
            # under it: the lower of both holds whichever way they come.
            chance, expected = visible(here, noise=lens.noise, threshold=lens.threshold)
            less, _ = visible(here, noise=lens.noise, threshold=lens.threshold, together=lens.in_one)
            chance = np.minimum(chance, less)
            shows = public if public is not None and lens.is_listed else np.full_like(mean, lens.pairs)
            unseen = unseen * (1 - chance * shows)
            moves += float((expected * shows).sum())
        return np.asarray(1 - unseen), moves


def interval(value: float, variance: float, *, least: float = 0.0) -> tuple[float, float]:
    """The 95 % interval around `value`, not under `least`."""
    half = _Z95 * float(np.sqrt(variance))
    return max(least, value - half), max(least, value + half)


def _together(release: Release) -> float:
    """The most moves that come of one unit; one where a unit is shared out."""
    return release.bound.footprint(release.parts).total / release.parts


def _public(candidates: Candidates | None, size: tuple[int, int]) -> sp.csr_matrix | None:
    if candidates is None:
        return None
    rows, columns = zip(*candidates.pairs, strict=True) if candidates.pairs else ((), ())
    return sp.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=size)


def _pairs(release: Release) -> float:
    """The share of ordered pairs that could be shown; a list of public pairs leaves the others out."""
    pages = len(release.pages)
    if release.candidates is None or pages < 2:
        return 1.0
    return min(1.0, release.candidates.count / (pages * (pages - 1)))
