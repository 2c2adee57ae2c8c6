"""Canaries sent down the ways by which visits become public, and what those who read the outcome can score.

A canary is one unit of a release: a session with pairs of pages that it shares with a crowd and with no other
canary. Whoever scores it knows the crowd to the last visit.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from consent_ledger.leaf import BudgetLeaf
from edge_client.wire.candidates import Candidates
from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind, hash_pages
from edge_client.wire.contribution import Contribution
from edge_client.wire.cost import Limit
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Mechanism, Privacy, Release
from edge_client.wire.task import MeasurementTask
from lambdas.add_contribution.service import AddContributionService
from lambdas.make_release.service import MakeReleaseService
from lambdas.make_release.spending import Spending
from lambdas.shared.measurement.memory import MemoryBatches
from lambdas.shared.measurement.ports import RegisteredTask
from model_export.counting.reading import Choice, Format, Reading
from model_export.counting.visits import Limits
from model_export.releasing.aggregate import Terms, aggregate
from tests.support.measuring import NOON, TASK, WEEK, MemoryBudgets, MemorySettled, Shelf
from tests.support.visits import numbered

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Aviary:
    """A prime number of `pages`, and the canaries that fit: walks of `length` pairs, no pair in two of them.

    The pairs of pages at one distance form a ring through all pages; `rings` of them, or as many as there
    are, are cut into walks.
    """

    pages: int = 107
    length: int = 1
    crowd: int = 500
    rings: int = 1_000_000

    @property
    def walks(self) -> list[tuple[int, ...]]:
        """The pages of every canary, by index."""
        return [
            tuple((start + step) * distance % self.pages for step in range(self.length + 1))
            for distance in range(1, min(self.pages, self.rings + 1))
            for start in range(0, self.pages - self.length + 1, self.length)
        ]

    @property
    def pairs(self) -> NDArray[np.int64]:
        """The pairs of every canary: (canaries, length, 2)."""
        walks = np.array(self.walks)
        return np.stack([walks[:, :-1], walks[:, 1:]], axis=2)

    @property
    def names(self) -> tuple[ItemId, ...]:
        """The pages, in the order of their indexes."""
        return tuple(ItemId(f"/{at:03d}") for at in range(self.pages))

    @property
    def catalogue(self) -> Catalogue:
        """The pages as a public catalogue without a word that could make two alike."""
        return Catalogue(
            "riverton",
            tuple(CatalogueItem(name, "", "", "", ItemKind.INFORMATION, "en") for name in self.names),
        )

    def table(self, present: NDArray[np.bool_]) -> list[str]:
        """The crowd and the canaries that are there, as a table of sessions."""
        names = self.names
        return [
            "occurrences,page_sequence",
            *(f"{self.crowd},{names[a]}>>{names[b]}" for walk in self.pairs for a, b in walk),
            *(
                f"1,{'>>'.join(names[page] for page in walk)}"
                for walk, is_there in zip(self.walks, present, strict=True)
                if is_there
            ),
        ]

    @property
    def public(self) -> Candidates:
        """The canaries' pairs as a public list, which an agency made without a look at visits."""
        return Candidates.of(((int(a), int(b)) for walk in self.pairs for a, b in walk), pages=self.names)

    def read(self, release: Release) -> NDArray[np.float64]:
        """How many visitors more than the crowd each pair of each canary counts: (canaries, length)."""
        names, counted = self.names, release.weights()
        return np.array(
            [[counted.get((names[a], names[b]), 0) - self.crowd for a, b in walk] for walk in self.pairs],
            dtype=np.float64,
        )


def from_a_table(
    aviary: Aviary, present: NDArray[np.bool_], *, privacy: Privacy, known: bool, parts: int = 1
) -> tuple[Release, bytes]:
    """The release of a table of sessions, on a public list of pairs (`known`) or on those that occur.

    With more than one of `parts` each session shares them out among its pairs.
    """
    terms = Terms(
        site="riverton",
        privacy=privacy,
        choice=Choice(Limits(bound=aviary.length, parts=parts)),
        catalogue=aviary.catalogue if known else None,
        candidates=aviary.public if known else None,
    )
    data = aggregate(
        numbered(aviary.table(present)), Format.SESSIONS, reading=Reading(), terms=terms
    ).to_bytes()
    return Release.parse(data), data


@dataclass(slots=True)
class Crowded(MemoryBatches):
    """Batches to which a crowd has contributed already: `crowd` reports to each cell."""

    crowd: Mapping[Pair, int] | None = None

    def counts(self, task_id: str, period: str) -> Mapping[Pair, int]:
        """Return the sums of the crowd and of what came since."""
        # Named, because a slotted dataclass is made twice and `super()` would speak of the first.
        came = MemoryBatches.counts(self, task_id, period)
        crowd = self.crowd or {}
        return {cell: came.get(cell, 0) + crowd.get(cell, 0) for cell in came.keys() | crowd.keys()}


@dataclass(frozen=True, slots=True)
class Announcing:
    """A bundle that announces one task about these pages, and perhaps which of their pairs may be."""

    task: MeasurementTask
    names: tuple[ItemId, ...]
    public: Candidates | None = None

    def tasks(self) -> dict[str, RegisteredTask]:
        """Return the task by its id."""
        return {self.task.task_id: RegisteredTask(self.task, "1" * 64)}

    def pages(self, catalogue: str) -> tuple[ItemId, ...]:
        """Return the pages of the one catalogue."""
        return self.names

    def candidates(self, pages_hash: str) -> Candidates | None:
        """Return the public list of pairs, if there is one; else those that occur are released."""
        return self.public


def from_devices(
    aviary: Aviary,
    present: NDArray[np.bool_],
    *,
    privacy: Privacy,
    seed: int,
    reports: int = 1,
    known: bool = False,
) -> Release:
    """The release of a week in which each canary's device sent `reports` reports, all of its first pair.

    The pairs are on a public list (`known`), or only the reports tell which there are.
    """
    assert privacy.epsilon_milli is not None
    assert privacy.delta_exp is not None
    task = replace(
        TASK,
        pages_hash=hash_pages(aviary.names),
        pages=aviary.pages,
        pairs_per_week=reports,
        k=privacy.k,
        epsilon_milli=privacy.epsilon_milli,
        delta_exp=privacy.delta_exp,
    )
    cells = [(int(walk[0][0]), int(walk[0][1])) for walk in aviary.pairs]
    batches = Crowded(crowd=dict.fromkeys(cells, aviary.crowd))
    contributions = (
        Contribution(task.task_id, WEEK, secrets.token_hex(16), *cell)
        for cell, is_there in zip(cells, present, strict=True)
        if is_there
        for _ in range(reports)
    )
    bundle = Announcing(task, aviary.names, aviary.public if known else None)
    return released(bundle, batches, contributions, mechanism=privacy.mechanism, seed=seed)


def released(
    bundle: Announcing,
    batches: MemoryBatches,
    contributions: Iterable[Contribution],
    *,
    mechanism: Mechanism,
    seed: int,
) -> Release:
    """What is read after these contributions: both functions' own services over batches in memory.

    The budget is far larger than a template's, since audits want to see what epsilons over ten look like.
    """
    adding = AddContributionService(bundle, batches, lambda: NOON)
    for contribution in contributions:
        adding.add(contribution)
    leaves: list[BudgetLeaf] = []
    making = MakeReleaseService(
        bundle.task.site,
        bundle,
        batches,
        Shelf(),
        MemorySettled(),
        lambda entry, data: leaves.append(entry),
        Spending(MemoryBudgets(), Limit(1_000_000, 1_000_000, 91)),
        mechanism,
        lambda _: random.Random(seed).randrange,
        lambda: NOON,
    )
    return Release.parse(making.release(bundle.task.task_id, WEEK))


def strongest(excess: NDArray[np.float64], privacy: Privacy, *, whole: float = 1.0) -> NDArray[np.float64]:
    """The score that tells most of whether a canary that adds `whole` to each of its pairs is there.

    From `excess` (canaries, pairs): for each pair the logarithm of how much likelier what is read is with the
    canary than without, but for a factor: bounded for Laplace noise, without bound for Gaussian noise.
    """
    middled = excess - whole / 2
    if privacy.mechanism is Mechanism.DISCRETE_LAPLACE:
        middled = np.clip(middled, -whole / 2, whole / 2)
    return np.asarray(middled.sum(axis=1))


def averaged(many: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """The mean of what several releases say of the same canaries."""
    return np.asarray(np.mean(np.stack(many), axis=0))
