"""A town without faults for advisors to look at: its pages, what visitors do there, and releases of that.

Every cell of the table of moves has a mean; a release draws people and noise around it.
So a finding in the town as it is would be made of nothing but chance.
"""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import normalize

from edge_client.wire.candidates import Candidates, all_pairs
from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind
from edge_client.wire.noise import Noise
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Bound, Mechanism, Period, Privacy, Release, Source, Unit
from model_export.advisor import LiveModel
from model_export.learning.covisit import CoVisitClassifier
from model_export.shipping.quantise import quantise

SITE = "cleanville"
TOPICS = ("bins", "care-homes", "health", "housing", "jobs", "parking", "schools", "taxes")
PAGES_EACH = 8
VISITORS = 200_000
PARTS = 5040
Means = NDArray[np.float64]


def catalogue() -> Catalogue:
    """Eight topics of eight pages; pages of a topic share words, and each has some of its own."""
    dice = random.Random(7)
    items = []
    for topic in TOPICS:
        shared = [_word(dice) for _ in range(10)]
        for number in range(PAGES_EACH):
            own = [_word(dice) for _ in range(4)]
            items.append(
                CatalogueItem(
                    id=ItemId(f"/{topic}/{own[0]}"),
                    title=f"{dice.choice(shared).capitalize()} {own[0]} {own[1]}",
                    summary=" ".join([*dice.sample(shared, 6), *own[2:]]),
                    topic=topic,
                    kind=ItemKind.INFORMATION,
                    lang="en",
                    life_events=(f"{topic}-event",),
                    essential=number == 0,
                )
            )
    return Catalogue(SITE, tuple(sorted(items, key=lambda item: item.id)))


def changed(town: Catalogue, page: int, **fields: object) -> Catalogue:
    """The town with some fields of one page changed."""
    items = list(town.items)
    items[page] = replace(items[page], **fields)  # type: ignore[arg-type]  # the fields are the test's choice
    return Catalogue(town.site, tuple(sorted(items, key=lambda item: item.id)))


def means(town: Catalogue, *, visitors: float = VISITORS) -> Means:
    """How many visitors make each move on average: nine in ten within a topic, some pages liked more."""
    size = len(town.items)
    liked = np.array([1.0 + (at * 7 % 5) for at in range(size)])
    table = np.outer(liked, liked)
    topics = np.array([item.topic for item in town.items])
    inside = topics[:, None] == topics[None, :]
    np.fill_diagonal(table, 0.0)
    within, across = np.where(inside, table, 0.0), np.where(inside, 0.0, table)
    return np.asarray(visitors * (0.9 * within / within.sum() + 0.1 * across / across.sum()))


def release(
    town: Catalogue,
    mean: Means,
    *,
    seed: int,
    epsilon_milli: int | None = 1000,
    day: str = "2026-11-01",
    extra: dict[tuple[str, str], int] | None = None,
    candidates: Candidates | None = None,
    parts: int = PARTS,
    pairs: int = 190,
) -> Release:
    """A month's release of the town: every visitor parted into shares, noise on the pairs that occurred.

    With `parts` 1 each adds one to at most `pairs` pairs instead.

    `extra` adds visitors between pages by name, which need not be in the catalogue; with `candidates` the
    release says that it is about these pairs alone.
    """
    rng = np.random.default_rng(seed)
    drawn = rng.poisson(mean)
    pages = town.pages
    counts = {(pages[a], pages[b]): int(drawn[a, b]) * parts for a, b in zip(*np.nonzero(drawn), strict=True)}
    for (source, target), visitors in (extra or {}).items():
        counts[ItemId(source), ItemId(target)] = visitors * parts
    privacy, bound = Privacy(10), Bound(Unit.VISITOR, pairs)
    if epsilon_milli is not None:
        privacy = Privacy(10, Mechanism.DISCRETE_LAPLACE, epsilon_milli, 6)
        chance = 1 - np.exp(-epsilon_milli / 1000 / bound.footprint(parts).total)
        counts = {
            pair: max(0, value + int(rng.geometric(chance)) - int(rng.geometric(chance)))
            for pair, value in counts.items()
        }
    return Release.of(
        counts,
        site=town.site,
        source=Source.LOG,
        period=Period(day, day),
        privacy=privacy,
        bound=bound,
        pages=tuple(sorted({*pages, *(page for pair in counts for page in pair)})),
        parts=parts,
        candidates=None if candidates is None else candidates.public,
        threshold=None if candidates is None else 10 * parts,
    )


def week(town: Catalogue, mean: Means, *, seed: int, each: int, name: str = "2026-W45") -> Release:
    """A week of contributions about every pair of pages: of each device four moves, `each` of them the same.

    With 1 all moves are independent; with 4 a device's week is one habit.
    """
    rng = np.random.default_rng(seed)
    public = all_pairs(town.pages)
    privacy, bound = Privacy(10, Mechanism.DISCRETE_LAPLACE, 1000), Bound(Unit.DEVICE_WEEK, 4)
    noise = Noise.least(privacy, bound.footprint(1), occurring=False)
    assert noise is not None
    rows, columns = np.array(public.pairs).T
    chance = 1 - np.exp(-1 / float(noise.scale))
    size = len(public.pairs)
    drawn = each * rng.poisson(mean[rows, columns] / each)
    noisy = drawn + rng.geometric(chance, size) - rng.geometric(chance, size)
    counts = {
        (town.pages[a], town.pages[b]): value
        for (a, b), value in zip(public.pairs, noisy.tolist(), strict=True)
    }
    return Release.of(
        counts,
        site=town.site,
        source=Source.CONTRIBUTIONS,
        period=Period(name, name),
        privacy=privacy,
        bound=bound,
        pages=town.pages,
        candidates=public.public,
        threshold=noise.telling_threshold(list(counts.values()), floor=privacy.k),
    )


def live_model(town: Catalogue, mean: Means, *, trained_on: frozenset[str] = frozenset()) -> LiveModel:
    """A model of the town's moves as they are on average."""
    size = len(town.items)
    rows, columns = np.nonzero(mean)
    visited = np.eye(size)[rows]
    classifier = CoVisitClassifier(top_k=16).fit(visited, columns, mean[rows, columns])
    return LiveModel(quantise(classifier), town, trained_on)


def rotated(mean: Means, *, by: int) -> Means:
    """The same visitors, each going on to the page `by` places further on: what they do has changed."""
    turned = np.roll(mean, by, axis=1)
    np.fill_diagonal(turned, 0.0)
    return np.asarray(normalize(turned, norm="l1") * mean.sum(axis=1, keepdims=True))


def _word(dice: random.Random) -> str:
    return "".join(dice.choice("bdfgklmnprstvz") + dice.choice("aeiou") for _ in range(4))
