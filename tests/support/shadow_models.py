"""Was this visitor's visit learnt from? Asked of a model's bytes, by whoever can train models like it.

The attacker of N. Carlini and others, "Membership inference attacks from first principles" (2022): it knows
the visit in question and how others go about, trains models with and without that visit, and asks to which of
the two the model that was published is more like.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Privacy, Release
from model_export import train_model
from model_export.counting.reading import Choice, Format, Reading
from model_export.counting.visits import Limits
from model_export.releasing.aggregate import Terms, aggregate
from model_export.shipping.convert import read_table
from tests.support.visits import numbered

Walk = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Town:
    """A site of `pages` pages where a crowd walks common ways, and `targets` whose ways are rare.

    Each target's way is also that of `companions` others, always the same number.
    """

    pages: int = 60
    crowd: int = 1500
    targets: int = 60
    companions: int = 9

    @property
    def catalogue(self) -> Catalogue:
        """The site's pages, none of which is like another by its words."""
        names = (ItemId(f"/{at:02d}") for at in range(self.pages))
        return Catalogue(
            "riverton", tuple(CatalogueItem(name, "", "", "", ItemKind.INFORMATION, "en") for name in names)
        )

    def walks(self, rng: np.random.Generator) -> list[Walk]:
        """Another crowd of the same habits, from a popular page one to four pages on; and the companions."""
        starts = rng.zipf(1.5, self.crowd) % self.pages
        steps = 1 + rng.integers(0, 4, self.crowd)
        common = np.stack([starts, (starts + steps) % self.pages], axis=1)
        return [*_walks(common), *self.companions * _walks(self.asked)]

    @property
    def asked(self) -> NDArray[np.int64]:
        """The pair of each target: (targets, 2), from a page of its own to one far away."""
        sources = np.arange(self.targets) % self.pages
        return np.stack([sources, (sources + self.pages // 2) % self.pages], axis=1)


def scores_of(town: Town, release: Release) -> NDArray[np.float64]:
    """What the model of this release, read from its bytes, says of each target's pair."""
    table = read_table(train_model(release, town.catalogue).onnx_bytes)
    return np.array(
        [table.scores(np.array([a]), np.ones(1, np.float32))[b] for a, b in town.asked], dtype=np.float64
    )


def membership_advantage(town: Town, privacy: Privacy, *, models: int, seed: int) -> float:
    """The area under the curve with which members are told from others: 0.5 is chance, 1 is certainty.

    Each of `models` models learns from a crowd of its own and from each target by the toss of a coin.
    For each model the others are the attacker's.
    """
    rng = np.random.default_rng(seed)
    present = rng.random((models, town.targets)) < 0.5
    told = np.stack([scores_of(town, _release(town, privacy, there, rng)) for there in present])
    likelier = np.empty_like(told)
    for at in range(models):
        rest = np.arange(models) != at
        with_, without = (np.where(present[rest] == side, told[rest], np.nan) for side in (True, False))
        middle = (np.nanmean(with_, axis=0) + np.nanmean(without, axis=0)) / 2
        apart = np.nanmean(with_, axis=0) - np.nanmean(without, axis=0)
        spread = np.maximum(np.nanvar(told[rest], axis=0), 1e-12)
        likelier[at] = (told[at] - middle) * apart / spread
    return _area(likelier[present], likelier[~present])


def _release(town: Town, privacy: Privacy, there: NDArray[np.bool_], rng: np.random.Generator) -> Release:
    names = town.catalogue.pages
    rows = [*town.walks(rng), *_walks(town.asked[there])]
    lines = ["occurrences,page_sequence", *(f"1,{'>>'.join(names[page] for page in row)}" for row in rows)]
    terms = Terms("riverton", privacy, Choice(Limits(bound=1)), catalogue=town.catalogue)
    return aggregate(numbered(lines), Format.SESSIONS, reading=Reading(), terms=terms)


def _walks(pairs: NDArray[np.int64]) -> list[Walk]:
    return [(int(source), int(target)) for source, target in pairs]


def _area(inside: NDArray[np.float64], outside: NDArray[np.float64]) -> float:
    """The probability that one drawn from `inside` is larger than one from `outside`, ties by half."""
    ranked = np.sort(outside)
    below = np.searchsorted(ranked, inside, side="left")
    upto = np.searchsorted(ranked, inside, side="right")
    return float((below + upto).mean() / (2 * len(outside)))
