"""What each contender reached on a site, question by question, and the figures made of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from benchmarks.recommend.intervals import Interval, difference, mean, ratio
from benchmarks.recommend.metrics import Ranking, concentration, coverage

RAW, AGGREGATES = "raw rows", "aggregates"


@dataclass(frozen=True, slots=True)
class Result:
    """One contender on one site: arrays are (draws, questions), one draw where nothing is left to chance.

    Coverage and concentration are means over parts and draws. `notes` is whatever else is worth keeping.
    """

    contender: str
    sees: str
    hits: NDArray[np.float64]
    gains: NDArray[np.float64]
    reciprocals: NDArray[np.float64]
    coverage: float
    concentration: float
    notes: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls, contender: str, sees: str, rankings: Sequence[Sequence[Ranking]], *, pages: int, **notes: Any
    ) -> Self:
        """Put together the rankings of each part, of which every one has the same number of draws."""

        def joined(figure: str) -> NDArray[np.float64]:
            return np.concatenate(
                [np.stack([getattr(each, figure) for each in draws]) for draws in rankings], axis=1
            )

        shown = [each.shown for draws in rankings for each in draws]
        return cls(
            contender,
            sees,
            joined("hits"),
            joined("gains"),
            joined("reciprocals"),
            float(np.mean([coverage(each, pages) for each in shown])),
            float(np.mean([concentration(each, pages) for each in shown])),
            notes,
        )

    @property
    def hit(self) -> Interval:
        """R@5."""
        return mean(self.hits)

    @property
    def gain(self) -> Interval:
        """NDCG@10."""
        return mean(self.gains)

    @property
    def reciprocal(self) -> Interval:
        """MRR."""
        return mean(self.reciprocals)

    def lift(self, popularity: Result) -> float:
        """How many times as often as popularity it hits."""
        return float(self.hits.mean() / popularity.hits.mean())

    def ahead_of(self, other: Result) -> Interval:
        """R@5 less the other's, over the same questions."""
        return difference(self.hits, other.hits)

    def kept_of(self, other: Result) -> Interval:
        """R@5 as a share of the other's, over the same questions."""
        return ratio(self.hits, other.hits)


def verdict(ahead: Interval) -> str:
    """What an interval of a difference says."""
    if ahead.low > 0:
        return "ahead"
    return "behind" if ahead.high < 0 else "level"
