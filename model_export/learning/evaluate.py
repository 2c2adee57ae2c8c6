"""How often the page that a visitor opened next was among the first that a model names.

Protocol: a sequence is taken as it happened.
Each step to a page not seen before in it is a question, unless that page stands for many (`:date` and the
like: there is no address to recommend).
The model knows the last five distinct pages that it has an index for, most recent first, weighted 0.6 to the
power of age; pages already seen are masked; all others are ranked, equal scores by lowest index.
A next page that the model has no index for cannot be named: such a step is a miss among all steps, and is
left out among steps within reach.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_client.wire.paths import ItemId, stands_for_many

RECENT = 5
DECAY = 0.6
HIT_AT = 5
NDCG_AT = 10
RESAMPLES = 1000

Scorer = Callable[[NDArray[np.int64], NDArray[np.float32]], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Step:
    """One question: pages known, most recent first, pages seen, and the answer; None where no index has it.

    `session` numbers the sequence that the step belongs to.
    """

    session: int
    recent: tuple[int, ...]
    seen: frozenset[int]
    target: int | None


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean over steps with its 95 % interval, by resampling whole sequences."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Accuracy:
    """What a model reached: hit@5 and NDCG@10 over all steps, the same within reach, and coverage@10.

    Coverage is the share of pages that were among the first ten at any step.
    """

    steps: int
    reachable: int
    hit: Figure
    ndcg: Figure
    hit_reachable: Figure
    ndcg_reachable: Figure
    coverage: float


def steps_of(sequences: Iterable[Sequence[ItemId]], pages: Sequence[ItemId]) -> tuple[Step, ...]:
    """The questions in `sequences`, in the page indexes of `pages`."""
    index: Mapping[ItemId, int] = {page: at for at, page in enumerate(pages)}
    steps = []
    for session, sequence in enumerate(sequences):
        known: list[int] = []
        before: set[ItemId] = set()
        for page in sequence:
            at = index.get(page)
            if before and page not in before and not stands_for_many(page):
                steps.append(Step(session, tuple(known[: -RECENT - 1 : -1]), frozenset(known), at))
            before.add(page)
            if at is not None:
                known = [*(other for other in known if other != at), at]
    return tuple(steps)


def query(recent: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The model's two inputs for recent pages, most recent first."""
    return np.array(recent, dtype=np.int64), np.power(DECAY, np.arange(len(recent))).astype(np.float32)


def evaluate(scorer: Scorer, steps: Sequence[Step], *, pages: int) -> Accuracy:
    """Ask every question; raises ValueError when there is none."""
    if not steps:
        raise ValueError("evaluation: no step to predict")
    hits, gains = np.zeros(len(steps)), np.zeros(len(steps))
    named: set[int] = set()
    for at, step in enumerate(steps):
        scores = scorer(*query(step.recent)).copy()
        scores[list(step.seen)] = -np.inf
        first = first_of_row(scores, min(NDCG_AT, len(scores)))
        named.update(int(page) for page in first)
        place = np.flatnonzero(first == step.target) if step.target is not None else np.empty(0)
        if place.size:
            hits[at] = place[0] < HIT_AT
            gains[at] = 1 / math.log2(place[0] + 2)
    sessions = np.array([step.session for step in steps])
    reach = np.array([step.target is not None for step in steps])
    return Accuracy(
        steps=len(steps),
        reachable=int(reach.sum()),
        hit=resample(hits, sessions),
        ndcg=resample(gains, sessions),
        hit_reachable=resample(hits[reach], sessions[reach]),
        ndcg_reachable=resample(gains[reach], sessions[reach]),
        coverage=len(named) / pages,
    )


def first_of_row(scores: NDArray[Any], number: int) -> NDArray[np.int64]:
    """The places of the `number` largest scores, largest first, equal ones by lowest place."""
    # Few reach the last place's score: only those are put in order.
    reach = np.flatnonzero(scores >= np.partition(scores, len(scores) - number)[len(scores) - number])
    return reach[np.argsort(-scores[reach], kind="stable")[:number]]


def resample(values: NDArray[np.float64], sessions: NDArray[np.int64]) -> Figure:
    """Mean of `values` and its bootstrap interval.

    Steps of one session stay together, because they are not independent.
    """
    if not values.size:
        return Figure(0.0, 0.0, 0.0)
    _, group = np.unique(sessions, return_inverse=True)
    sums, sizes = np.bincount(group, weights=values), np.bincount(group)
    # A fixed seed: the same evaluation prints the same interval.
    drawn = np.random.default_rng(0).integers(0, len(sums), size=(RESAMPLES, len(sums)))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return Figure(float(values.mean()), float(low), float(high))
