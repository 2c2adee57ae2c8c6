"""Paths put together again from counts of pairs, by who believes that equal rare counts are one visitor's."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations
from random import Random

from benchmarks.recommend.datasets import parse_msweb
from nearside.settings import Settings

MOST_PAGES = 20
Walk = tuple[str, ...]
Triple = tuple[str, str, str]


def msweb_walks() -> list[Walk]:
    """The areas that each visitor of msweb opened, in the order of the file; none where it is not there."""
    file = Settings.read().data / "msweb" / "anonymous-msweb.data"
    if not file.is_file():
        return []
    with file.open(encoding="latin-1", newline="") as lines:
        _, visits = parse_msweb(lines)
    return [walk[:MOST_PAGES] for walk in visits.values()]


def linked_triples(walks: Sequence[Walk], *, bound: int | None, k: int) -> list[Triple]:
    """Every (a, b, c) whose pairs a-b, b-c and a-c were all counted exactly `k` times.

    Each visitor adds one to `bound` of the ordered pairs of their walk, drawn evenly, or to all of them.
    """
    rng = Random(0)
    counts: Counter[tuple[str, str]] = Counter()
    for walk in walks:
        pairs = list(combinations(walk, 2))
        counts.update(pairs if bound is None or len(pairs) <= bound else rng.sample(pairs, bound))
    after: dict[str, set[str]] = defaultdict(set)
    for (a, b), count in counts.items():
        if count == k:
            after[a].add(b)
    return [(a, b, c) for a in sorted(after) for b in sorted(after[a]) for c in sorted(after[b] & after[a])]


def precision(claims: Sequence[Triple], walks: Sequence[Walk]) -> float:
    """The share of the claims that some visitor did walk in that order."""
    walked = {triple for walk in walks for triple in combinations(walk, 3)}
    return sum(claim in walked for claim in claims) / max(1, len(claims))
