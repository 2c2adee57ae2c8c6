"""What a citizen is after, named before they get there: `python -m benchmarks.intent`.

Visits that a model has never seen are followed page by page: at each page but the last, the device's own
`edge_client.intent` says what the visit is after, or nothing; its destination is the visit's last page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.public_data import print_report
from benchmarks.recommend.contest import sources_of
from benchmarks.recommend.datasets import GOVUK, MSWEB, Part, Site, load
from benchmarks.recommend.ours import ask, train
from edge_client.bundle import Bundle
from edge_client.intent import Intent, likely_intents
from edge_client.wire.catalogue import Catalogue
from model_export import TrainedModel

# The floor and the squares of edge_client/intent.py were settled on GOV.UK's last two parts, which are left
# out here.
HELD_OUT = {GOVUK: (0, 1, 2), MSWEB: (0,)}
NOISE = (None, 1.0)
FEWEST_K = {None: 10, 1.0: 2}
BANDS = (0, 50, 100, 150, 200, 300, 1001)


@dataclass(frozen=True, slots=True)
class Answer:
    """One step of a visit: what was named, the surest first, and what the visit came to."""

    named: tuple[Intent, ...]
    destination: int

    @property
    def is_right(self) -> bool:
        """Whether the destination is among what was named."""
        return any(intent.goal == self.destination for intent in self.named)


@dataclass(frozen=True, slots=True)
class Told:
    """Over all steps: the share in which the destination was named and the share of silence; over steps that
    were not silent, the share in which it was named, and in which it was named first."""

    steps: int
    named: float
    silent: float
    right: float
    first: float

    @classmethod
    def of(cls, answers: Sequence[Answer]) -> Told:
        """Sum answers up."""
        spoken = [answer for answer in answers if answer.named]
        right = sum(answer.is_right for answer in spoken)
        first = sum(answer.named[0].goal == answer.destination for answer in spoken)
        return cls(
            steps=len(answers),
            named=right / len(answers),
            silent=1 - len(spoken) / len(answers),
            right=right / max(1, len(spoken)),
            first=first / max(1, len(spoken)),
        )


@dataclass(frozen=True, slots=True)
class Band:
    """The intents whose sureness lies between two bounds, in thousandths: how sure they were on average, and
    how many came true."""

    low: int
    count: int
    sure: float
    true: float


def follow(model: TrainedModel, part: Part, catalogue: Catalogue) -> list[Answer]:
    """Ask at every page but the last of every held-out visit, with the pages up to it."""
    bundle = whole(catalogue)
    asked = [
        (history[:length], int(destination))
        for history, destination in zip(part.questions.histories, part.questions.targets, strict=True)
        for length in range(1, len(history) + 1)
    ]
    scores = ask(model, [history for history, _ in asked])
    return [
        Answer(
            likely_intents(row.tolist(), bundle=bundle, lang="en", suppressed=frozenset(history)), destination
        )
        for (history, destination), row in zip(asked, scores, strict=True)
    ]


def whole(catalogue: Catalogue) -> Bundle:
    """As much of a bundle as intents are read from: no page of the public journeys is marked as sensitive."""
    return cast(Bundle, SimpleNamespace(catalogue=catalogue, is_sensitive=lambda item: False))


def bands(answers: Sequence[Answer]) -> list[Band]:
    """Sort everything named by how sure it was."""
    said = np.array(
        [(i.sure_milli, i.goal == answer.destination) for answer in answers for i in answer.named]
    )
    found = []
    for low, high in pairwise(BANDS):
        held = said[(said[:, 0] >= low) & (said[:, 0] < high)]
        if len(held):
            found.append(Band(low, len(held), held[:, 0].mean() / 1000, held[:, 1].mean()))
    return found


def measure(site: Site, epsilon: float | None) -> list[Answer]:
    """The answers of every held-out part, each by a model that has not seen it."""
    answers = []
    asked = replace(site, parts=tuple(site.parts[number] for number in HELD_OUT[site.name]))
    for part, source in zip(asked.parts, sources_of(asked), strict=True):
        model = train(source.release(epsilon=epsilon, k=FEWEST_K[epsilon]), site.catalogue)
        answers += follow(model, part, site.catalogue)
    return answers


def report(folder: Path, console: Console) -> None:
    """Print what is told on each site, and how far sureness can be believed."""
    summary = Table(title="intents on held-out visits", title_justify="left")
    for heading in (
        "site, noise",
        "steps",
        "destination named",
        "silent",
        "right when it speaks",
        "first is right",
    ):
        summary.add_column(heading, justify="right")
    believed = Table(title="how sure, and how often it came true", title_justify="left")
    for heading in ("site, noise", "from", "intents", "sure", "true"):
        believed.add_column(heading, justify="right")
    for name in HELD_OUT:
        site = load(name, folder)
        for epsilon in NOISE:
            answers = measure(site, epsilon)
            told, label = Told.of(answers), f"{name}, {'none' if epsilon is None else f'{epsilon:g}'}"
            shares = (told.named, told.silent, told.right, told.first)
            summary.add_row(label, f"{told.steps:,}", *(f"{share:.3f}" for share in shares))
            for band in bands(answers):
                cells = (f"{band.low / 1000:.2f}", f"{band.count:,}", f"{band.sure:.3f}", f"{band.true:.3f}")
                believed.add_row(label, *cells)
    console.print(summary)
    console.print(believed)


if __name__ == "__main__":
    raise SystemExit(print_report(report, width=120))
