"""What no table of contenders shows: few visits, fewer bytes, and what the gate made of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.recommend.contest import (
    COUNTS_ALONE,
    FEWEST_K,
    OURS,
    Told,
    Variant,
    rank_ours,
    run_ours,
    sources_of,
    subsample,
)
from benchmarks.recommend.datasets import Part, Site
from benchmarks.recommend.intervals import Interval, mean
from benchmarks.recommend.ours import Source, train
from benchmarks.recommend.results import Result
from consent_ledger.errors import Refused

VISITS_A_PAGE = 18
BUDGETS = (0.8, 0.6, 0.4, 0.25, 0.15, 0.1)
LOW_TRAFFIC = (
    Variant(f"{COUNTS_ALONE}, k = {FEWEST_K}", content=False, totals=False),
    Variant(OURS, totals=False),
    Variant(f"{OURS}, epsilon 1", 1.0, totals=False),
)


@dataclass(frozen=True, slots=True)
class Size:
    """A budget of bytes, what the file took of it, and its R@5."""

    budget: int | None
    taken: int
    hit: Interval


def low_traffic(site: Site, *, seeds: Sequence[int], told: Told) -> tuple[Result, ...]:
    """The same questions, learnt from 18 visits a page and no totals: one result a variant, each seed another
    subsample."""
    found: list[list[Result]] = [[] for _ in LOW_TRAFFIC]
    for seed in seeds:
        thin = Site(
            f"{site.name}, {VISITS_A_PAGE} visits a page",
            site.catalogue,
            tuple(
                Part(subsample(part.rows, VISITS_A_PAGE * site.pages, seed=seed), part.questions)
                for part in site.parts
            ),
        )
        sources = sources_of(thin)
        for at, variant in enumerate(LOW_TRAFFIC):
            found[at].append(run_ours(thin, sources, variant, draws=1, told=told))
    return tuple(_together(results) for results in found)


def sizes(site: Site, source: Source, *, told: Told) -> tuple[Size, ...]:
    """Ours without noise in ever fewer bytes, on the site's first part, down to the smallest there is."""
    releases, part = source.release(epsilon=None, k=FEWEST_K), site.parts[0]
    told(f"{site.name}: ours, whole")
    whole = train(releases, site.catalogue)
    found = [Size(None, len(whole.onnx_bytes), mean(rank_ours(whole, part).hits))]
    for share in BUDGETS:
        budget = round(len(whole.onnx_bytes) * share)
        told(f"{site.name}: ours in {budget:,} bytes")
        try:
            model = train(releases, site.catalogue, budget=budget)
        except Refused:
            break
        found.append(Size(budget, len(model.onnx_bytes), mean(rank_ours(model, part).hits)))
    return tuple(found)


def shipped(result: Result) -> Counter[str]:
    """How often the gate shipped each recipe."""
    return Counter(note["shipped"] for note in result.notes.get("trained", ()))


def _together(results: Sequence[Result]) -> Result:
    """One variant over several subsamples, as so many draws."""

    def stacked(figure: str) -> NDArray[np.float64]:
        return np.concatenate([getattr(result, figure) for result in results])

    notes: dict[str, Any] = {"trained": [note for each in results for note in each.notes["trained"]]}
    return Result(
        results[0].contender,
        results[0].sees,
        stacked("hits"),
        stacked("gains"),
        stacked("reciprocals"),
        float(np.mean([each.coverage for each in results])),
        float(np.mean([each.concentration for each in results])),
        notes,
    )
