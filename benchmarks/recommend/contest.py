"""Every contender asked every question of a site: peers in processes of their own, ours in this one."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.recommend.datasets import Part, Site
from benchmarks.recommend.metrics import Ranking, rank
from benchmarks.recommend.ours import K, Source, ask, ask_recipe, train
from benchmarks.recommend.results import AGGREGATES, RAW, Result
from benchmarks.recommend.rows import Rows, Task, distinct
from edge_client.wire.candidates import Candidates
from model_export import TrainedModel
from model_export.learning.candidates import candidate_pairs
from model_export.learning.recipes import Recipe

PLAIN = ("popularity", "item-kNN", "EASE", "first-order Markov", "session-kNN", "V-SKNN")
FACTORS = ("implicit ALS", "implicit BPR")
NETWORK = "GRU network"
FEWEST_K = 2
OURS, COUNTS_ALONE, VISITS_ALONE = "ours", "ours, counts alone", "visits alone"

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Interpreters:
    """What runs a peer: ours for those that need numpy alone, the peers' own for the others."""

    plain: Path
    peers: Path
    project: Path
    inherited: Mapping[str, str]

    def run(self, name: str, task: Path, answer: Path) -> None:
        """Have a peer answer; raises RuntimeError with the end of what it said when it fails."""
        python = self.plain if name in PLAIN else self.peers
        # One thread each: two contenders at a time keep two cores busy.
        threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "JAX_PLATFORMS": "cpu"}
        done = subprocess.run(
            [python, "-m", "benchmarks.recommend.peers", name, task, answer],
            cwd=self.project,
            env={**self.inherited, **threads},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stderr[-2000:]}")


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to make our model: the noise, the fewest visitors in a cell, content, published totals."""

    name: str
    epsilon: float | None = None
    k: int = FEWEST_K
    content: bool = True
    totals: bool = True

    @property
    def is_noisy(self) -> bool:
        """Whether another draw would make another model."""
        return self.epsilon is not None


def variants(epsilons: Sequence[float], *, with_totals: bool) -> tuple[Variant, ...]:
    """Ours without noise, at the fewest k and at the usual one, and at each epsilon; with content and not.

    Where totals were published, noise is on them too, and all is judged once more on visits alone.
    """
    exact = [Variant(OURS), Variant(COUNTS_ALONE, content=False), Variant(f"{OURS}, k = {K}", k=K)]
    bases = exact[:2]
    if with_totals:
        alone = [replace(variant, name=f"{variant.name}, {VISITS_ALONE}", totals=False) for variant in bases]
        bases, exact = [*bases, *alone], [*exact, *alone]
    noisy = [
        replace(base, name=f"{base.name}, epsilon {epsilon:g}", epsilon=epsilon)
        for epsilon in epsilons
        for base in bases
    ]
    return (*exact, *noisy)


def run_peer(site: Site, name: str, *, interpreters: Interpreters, told: Told) -> Result:
    """A peer's result over all parts of a site."""
    rankings, notes = [], []
    with tempfile.TemporaryDirectory() as folder:
        for number, part in enumerate(site.parts, 1):
            told(f"{site.name}: {name}, part {number} of {len(site.parts)}")
            asked, where = distinct(part.questions.histories)
            task, answer = Path(folder) / "task.npz", Path(folder) / "answer"
            Task(part.rows, asked).write(task)
            interpreters.run(name, task, answer)
            with np.load(answer.with_suffix(".npz")) as held:
                rankings.append([_ranked(held["scores"][where], part, ties=part.rows.popularity())])
            notes.append(json.loads(answer.with_suffix(".json").read_text(encoding="utf-8")))
    return Result.of(name, RAW, rankings, pages=site.pages, parts=notes)


def run_ours(site: Site, sources: Sequence[Source], variant: Variant, *, draws: int, told: Told) -> Result:
    """Our result over all parts, each learnt anew from every draw of the noise."""
    rankings: list[list[Ranking]] = []
    notes: list[dict[str, Any]] = []
    for number, (part, source) in enumerate(zip(site.parts, sources, strict=True), 1):
        rankings.append([])
        for draw in range(draws if variant.is_noisy else 1):
            told(f"{site.name}: {variant.name}, part {number} of {len(site.parts)}, draw {draw + 1}")
            releases = source.release(epsilon=variant.epsilon, k=variant.k, with_totals=variant.totals)
            model = train(releases, site.catalogue, content=variant.content)
            rankings[-1].append(rank_ours(model, part))
            notes.append({**_told_of(model), "cells": [len(release.cells) for release in releases]})
    return Result.of(
        variant.name, AGGREGATES, rankings, pages=site.pages, epsilon=variant.epsilon, trained=notes
    )


def run_content(site: Site, sources: Sequence[Source]) -> Result:
    """Content alone, which our gate compares with."""
    rankings = []
    for part, source in zip(site.parts, sources, strict=True):
        releases = source.release(epsilon=None, k=FEWEST_K)
        scores = ask_recipe(Recipe.CONTENT, releases, site.catalogue, part.questions.histories)
        rankings.append([_ranked(scores, part, ties=np.zeros(site.pages))])
    return Result.of("content alone", AGGREGATES, rankings, pages=site.pages)


def rank_ours(model: TrainedModel, part: Part) -> Ranking:
    """The model's ranking; equal scores by index, as the device orders them."""
    return _ranked(ask(model, part.questions.histories), part, ties=np.zeros(part.rows.pages))


def sources_of(site: Site) -> list[Source]:
    """Each part's counts, made once, and the public pairs that noise goes on.

    Where moves were published they stand in for the links of the site's own pages, which nobody collected;
    where none were, all pairs of a small catalogue are public.
    """
    pages, candidates = site.catalogue.pages, None
    if site.with_totals:
        links = [(pages[a], pages[b]) for a, b, _ in site.parts[0].rows.moves]
        candidates = Candidates.of(candidate_pairs(pages, site.catalogue, links=links), pages=pages)
    return [Source.of(part.rows, site.catalogue, candidates=candidates) for part in site.parts]


def subsample(rows: Rows, visits: int, *, seed: int) -> Rows:
    """So many of the visits, drawn without putting back; published totals stay what they are."""
    dice = np.random.default_rng(seed)
    drawn = min(visits, int(rows.times.sum()))
    times = dice.multivariate_hypergeometric(rows.times, drawn, method="marginals")
    kept = np.flatnonzero(times)
    return Rows(rows.pages, tuple(rows.walks[at] for at in kept), times[kept], rows.moves)


def _ranked(scores: np.ndarray, part: Part, *, ties: np.ndarray) -> Ranking:
    return rank(scores, part.questions.histories, part.questions.targets, ties=ties)


def _told_of(model: TrainedModel) -> dict[str, Any]:
    trained = model.trained
    return {
        "shipped": trained.shipped.value,
        "gate": {recipe.value: found.hit.mean for recipe, found in trained.gate.items()},
        "bytes": len(model.onnx_bytes),
    }
