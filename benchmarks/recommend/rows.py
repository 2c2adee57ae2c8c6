"""Raw rows as a peer sees them, the questions asked of it, and both as one file for another process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

Walk = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """What was visited, in page indexes under `pages`.

    `walks` hold a visit's distinct pages in order of first view, `times` how often each walk occurred, and
    `moves` (m, 3) whole numbers from, to and count: totals that somebody published without the visits.
    """

    pages: int
    walks: tuple[Walk, ...]
    times: NDArray[np.int64]
    moves: NDArray[np.int64]

    @classmethod
    def of(
        cls, pages: int, walks: Sequence[Walk], *, times: Sequence[int] = (), moves: Sequence[Walk] = ()
    ) -> Self:
        """Rows of these walks, each once unless `times` says otherwise."""
        counted = np.asarray(times if len(times) else np.ones(len(walks)), dtype=np.int64)
        return cls(pages, tuple(walks), counted, np.asarray(moves, dtype=np.int64).reshape(-1, 3))

    def take(self, places: NDArray[np.int64]) -> Rows:
        """The walks at `places`; the moves stay whole."""
        return Rows(self.pages, tuple(self.walks[at] for at in places), self.times[places], self.moves)

    def popularity(self) -> NDArray[np.float64]:
        """How often each page was visited; the pages of a move count as visited."""
        visits = np.zeros(self.pages)
        for walk, times in zip(self.walks, self.times, strict=True):
            visits[list(walk)] += times
        for column in (0, 1):
            np.add.at(visits, self.moves[:, column], self.moves[:, 2])
        return visits


@dataclass(frozen=True, slots=True)
class Questions:
    """For each of n visits the pages before the last, in order, and the last, which is the answer."""

    histories: tuple[Walk, ...]
    targets: NDArray[np.int64]

    @classmethod
    def of(cls, walks: Sequence[Walk]) -> Self:
        """Leave the last page of each walk out; a walk of one page is no question."""
        asked = [walk for walk in walks if len(walk) > 1]
        return cls(tuple(walk[:-1] for walk in asked), np.array([walk[-1] for walk in asked], dtype=np.int64))


@dataclass(frozen=True, slots=True)
class Task:
    """What a contender is given: rows to learn from, and histories to score. The answers stay behind."""

    rows: Rows
    histories: tuple[Walk, ...]

    def write(self, path: Path) -> None:
        """Write the task as an `npz` file."""
        walks, starts = _flat(self.rows.walks)
        histories, asked = _flat(self.histories)
        np.savez(
            path,
            pages=self.rows.pages,
            walks=walks,
            starts=starts,
            times=self.rows.times,
            moves=self.rows.moves,
            histories=histories,
            asked=asked,
        )

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what `write` wrote."""
        with np.load(path) as held:
            rows = Rows(
                int(held["pages"]), _parted(held["walks"], held["starts"]), held["times"], held["moves"]
            )
            return cls(rows, _parted(held["histories"], held["asked"]))


def distinct(histories: Sequence[Walk]) -> tuple[tuple[Walk, ...], NDArray[np.int64]]:
    """Each history once, in order of appearance, and where each of the given ones stands among them."""
    places: dict[Walk, int] = {}
    where = np.array([places.setdefault(history, len(places)) for history in histories], dtype=np.int64)
    return tuple(places), where


def _flat(walks: Sequence[Walk]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    ends = np.cumsum([0, *(len(walk) for walk in walks)])
    return np.array([page for walk in walks for page in walk], dtype=np.int64), ends


def _parted(flat: NDArray[np.int64], ends: NDArray[np.int64]) -> tuple[Walk, ...]:
    return tuple(tuple(int(page) for page in flat[start:end]) for start, end in pairwise(ends))
