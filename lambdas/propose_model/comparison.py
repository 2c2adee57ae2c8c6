"""How two models do on aggregates that neither has seen: each released cell is a question with a weight.

A cell (a, b, w) asks: of w moves away from a, how often is b among the first five pages named after a?
All pages are ranked but a itself; equal scores by lowest index.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_client.wire.paths import ItemId, stands_for_many
from edge_client.wire.release import Release
from lambdas.shared.learning.proposal import MOST_PUSHED, Push

HIT_AT = 5
NDCG_AT = 10
Z = 1.96
"""Two-sided 95 %."""

LEAST_UNITS = 50
"""Of fewer devices' worth of moves no interval tells one model from another."""

Ranking = Callable[[NDArray[np.float64], int], NDArray[np.int64]]
"""The places of so many highest scores, best first, equal ones by lowest place: training's own."""

Scorer = Callable[[int], NDArray[np.floating]]
"""Scores of all pages for a device that has just opened one page."""


@dataclass(frozen=True, slots=True)
class Question:
    """Moves from one page to another: how many, and the variance that noise and sampling give the number."""

    source: int
    target: int
    moves: float
    noise_variance: float
    unit_pairs: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A mean over moves with its 95 % interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Answers:
    """What one model made of all questions: hit (0 or 1) and gain a question, and the pages it ever named.

    `firsts` is for each page after how many others it is among the first five.
    """

    hits: NDArray[np.float64]
    gains: NDArray[np.float64]
    firsts: NDArray[np.int64]
    named: frozenset[int]
    is_finite: bool


def questions_of(releases: Sequence[Release], pages: Sequence[ItemId]) -> tuple[Question, ...]:
    """The cells of `releases` between pages of the catalogue, sorted; the same pair of several is one."""
    index = {page: at for at, page in enumerate(pages)}
    moves: defaultdict[tuple[int, int], float] = defaultdict(float)
    variance: defaultdict[tuple[int, int], float] = defaultdict(float)
    pairs: defaultdict[tuple[int, int], int] = defaultdict(int)
    for release in releases:
        for (source, target), count in release.weights().items():
            if source == target or source not in index or target not in index or stands_for_many(target):
                continue
            cell = index[source], index[target]
            moves[cell] += count
            variance[cell] += release.noise_scale**2
            pairs[cell] = max(pairs[cell], release.bound.pairs)
    return tuple(
        Question(*cell, moves=moves[cell], noise_variance=variance[cell], unit_pairs=pairs[cell])
        for cell in sorted(moves)
        if moves[cell] > 0
    )


def ask(scorer: Scorer, questions: Sequence[Question], *, pages: int, ranking: Ranking) -> Answers:
    """Ask every question, and look at what is named after every page of the catalogue."""
    targets: defaultdict[int, list[int]] = defaultdict(list)
    for at, question in enumerate(questions):
        targets[question.source].append(at)
    hits, gains = np.zeros(len(questions)), np.zeros(len(questions))
    firsts = np.zeros(pages, dtype=np.int64)
    named: set[int] = set()
    is_finite = True
    for source in range(pages):
        scores = np.asarray(scorer(source), dtype=np.float64).copy()
        is_finite = is_finite and len(scores) == pages and bool(np.isfinite(scores).all())
        scores[source] = -np.inf
        best = ranking(scores, min(NDCG_AT, pages))
        # A page is never suggested on itself, not even on a site of so few that it would be among the first.
        firsts[[page for page in best[:HIT_AT] if page != source]] += 1
        named.update(int(page) for page in best)
        for at in targets.get(source, ()):
            target = questions[at].target
            place = int((scores > scores[target]).sum() + (scores[:target] == scores[target]).sum())
            hits[at] = place < HIT_AT
            gains[at] = 1 / math.log2(place + 2) if place < NDCG_AT else 0.0
    return Answers(hits, gains, firsts, frozenset(named), is_finite)


def pushed(candidate: Answers, live: Answers, pages: Sequence[ItemId]) -> tuple[Push, ...]:
    """The pages that are among the first five after more pages than with the live model, most gained first.

    A page that many others suddenly lead to is what somebody who feeds the count would be after.
    """
    gained = candidate.firsts - live.firsts
    order = np.argsort(-gained, kind="stable")[:MOST_PUSHED]
    return tuple(
        Push(pages[at], int(live.firsts[at]), int(candidate.firsts[at])) for at in order if gained[at] > 0
    )


def difference(
    one: NDArray[np.float64], other: NDArray[np.float64], questions: Sequence[Question]
) -> Difference:
    """The mean of `one` less `other` over moves, with an interval that counts sampling and noise.

    Sampling: moves are drawn by units that add up to `unit_pairs` of them, so the variance of independent
    moves is taken that often, which is the most that their being together can make of it. Noise: it is
    independent of everything, and moves the weight of each cell. Two units are added that found for either
    side (Bonett and Price, 2012): where all that was seen agrees, it may be because little was seen.
    """
    moves = np.array([question.moves for question in questions])
    total, units = float(moves.sum()), units_of(questions)
    if not units:
        return Difference(0.0, -1.0, 1.0)
    each = one - other
    mean = float((moves * each).sum() / total)
    centre = mean * units / (units + 2)
    share = _deviations(questions) / total**2
    seen = units**2 * float((share * (each - centre) ** 2).sum())
    spread = math.sqrt(seen + (1 - centre) ** 2 + (1 + centre) ** 2) / (units + 2)
    return Difference(mean, max(centre - Z * spread, -1.0), min(centre + Z * spread, 1.0))


def units_of(questions: Sequence[Question]) -> float:
    """How many independent units would tell as much as these moves, dependent and noisy as they are."""
    moves = sum(question.moves for question in questions)
    return moves**2 / float(_deviations(questions).sum()) if moves else 0.0


def _deviations(questions: Sequence[Question]) -> NDArray[np.float64]:
    """The variance of each cell's moves, from sampling and from noise."""
    return np.array([each.moves * each.unit_pairs + each.noise_variance for each in questions])


def mean_of(values: NDArray[np.float64], questions: Sequence[Question]) -> float:
    """The mean of a figure over moves."""
    moves = np.array([question.moves for question in questions])
    return float((moves * values).sum() / moves.sum()) if moves.sum() else 0.0


def popularity_of(releases: Sequence[Release], pages: Sequence[ItemId]) -> Scorer:
    """The baseline that names the same pages to everybody: those that most moves lead to."""
    index: Mapping[ItemId, int] = {page: at for at, page in enumerate(pages)}
    arrivals = np.zeros(len(pages))
    for release in releases:
        for (_, target), count in release.weights().items():
            if target in index:
                arrivals[index[target]] += count
    return lambda source: arrivals
