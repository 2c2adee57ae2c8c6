"""How stable archetypes are, and what they tell: `python -m benchmarks.archetypes`.

Real journeys become releases as an agency's do, several times with fresh noise; each is grouped, and every
two groupings are compared.
What the device then assigns to held-out visits is held against the page that came next.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.optimize import linear_sum_assignment
from sklearn.decomposition import NMF
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score

from benchmarks.public_data import print_report
from benchmarks.recommend.contest import sources_of
from benchmarks.recommend.datasets import GOVUK, MSWEB, Part, Site, load
from edge_client.archetype import assign
from edge_client.wire.release import Release
from model_export.archetypes.grouping import Together, together
from model_export.archetypes.table import LearnedArchetypes, learn_archetypes
from model_export.archetypes.transformer import UNLIKE

DRAWS = 4
EPSILONS = (0.5, 1.0, 2.0, 4.0)
Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Alike:
    """How alike groupings of different draws are, on average over every two.

    `rand` is the adjusted Rand index; `pages` and `visits` the shares of both that lie in the same archetype
    once the archetypes of one are matched with those of the other.
    """

    rand: float
    pages: float
    visits: float


@dataclass(frozen=True, slots=True)
class Told:
    """What assignments tell of held-out visits: the share of histories of three pages or more that get one,
    of those the share whose next page is of that archetype, and the same for the commonest one."""

    assigned: float
    right: float
    commonest: float


def alike(groupings: Sequence[Labels], visits: NDArray[np.float64]) -> Alike:
    """Compare every two groupings, on the pages that both have placed."""
    rows = []
    for first, second in combinations(groupings, 2):
        both = (first != UNLIKE) & (second != UNLIKE)
        one, other, weight = first[both], second[both], visits[both]
        table = np.zeros((2, one.max() + 1, other.max() + 1))
        np.add.at(table[0], (one, other), 1.0)
        np.add.at(table[1], (one, other), weight)
        shares = [each[linear_sum_assignment(-each)].sum() / each.sum() for each in table]
        rows.append((adjusted_rand_score(one, other), *shares))
    return Alike(*(float(value) for value in np.mean(rows, axis=0)))


def told(learned: LearnedArchetypes, part: Part) -> Told:
    """Assign every held-out history, as a device does, and look at the page that came next."""
    file = learned.file
    long = [
        (history[::-1], int(target))
        for history, target in zip(part.questions.histories, part.questions.targets, strict=True)
        if len(history) >= file.least_pages
    ]
    found = [(assign(file, history), file.row(target)) for history, target in long]
    said = [(likeness.archetype, row.index(max(row))) for likeness, row in found if likeness and any(row)]
    counts = np.bincount([actual for _, actual in said], minlength=len(file.archetypes))
    return Told(
        assigned=sum(likeness is not None for likeness, _ in found) / max(1, len(found)),
        right=sum(named == actual for named, actual in said) / max(1, len(said)),
        commonest=float(counts.max()) / max(1, len(said)),
    )


def factorised(seen: Together, number: int) -> Labels:
    """The grouping that a factorisation of the counts themselves gives."""
    model = NMF(number, init="nndsvda", random_state=0, max_iter=400)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # 400 rounds are plenty for a grouping
        weights = model.fit_transform(seen.counts)
    return np.where(weights.sum(axis=1) > 0, weights.argmax(axis=1), UNLIKE).astype(np.int64)


def measure(site: Site, epsilon: float) -> tuple[int, Alike, Alike, Told, float]:
    """The number of archetypes, how alike those of several draws are, ours and by factorisation, what they
    tell, and the share of pages that have a place."""
    pages, part = site.catalogue.pages, site.parts[0]
    source = sources_of(site)[0]
    draws: list[tuple[Release, ...]] = [
        source.release(epsilon=epsilon, with_totals=False) for _ in range(DRAWS)
    ]
    first = learn_archetypes(draws[0], site.catalogue)
    number = len(first.file.archetypes)
    others = [learn_archetypes(draw, site.catalogue, number=number) for draw in draws[1:]]
    seen = [together(draw, pages) for draw in draws]
    visits = np.asarray(seen[0].counts.sum(axis=1)).ravel()
    return (
        number,
        alike([each.estimator.labels_ for each in (first, *others)], visits),
        alike([factorised(each, number) for each in seen], visits),
        told(first, part),
        first.grouped / len(pages),
    )


def report(folder: Path, console: Console) -> None:
    """Print one table a site."""
    for name in (MSWEB, GOVUK):
        site = load(name, folder)
        table = Table(title=f"archetypes of {name}, {DRAWS} draws of noise each", title_justify="left")
        for heading in (
            "epsilon", "archetypes", "pages placed", "Rand", "same, pages", "same, visits",
            "NMF: same, pages", "assigned", "next page of it", "commonest",
        ):  # fmt: skip
            table.add_column(heading, justify="right")
        for epsilon in EPSILONS:
            number, ours, theirs, said, placed = measure(site, epsilon)
            shares = (
                ours.rand,
                ours.pages,
                ours.visits,
                theirs.pages,
                said.assigned,
                said.right,
                said.commonest,
            )
            table.add_row(f"{epsilon:g}", str(number), f"{placed:.2f}", *(f"{share:.2f}" for share in shares))
        console.print(table)


if __name__ == "__main__":
    raise SystemExit(print_report(report, width=140))
