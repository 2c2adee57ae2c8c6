"""A contender, and the choice of its settings on a part of the training rows that it did not learn from.

The questions of the test are never asked here: a contender is given their histories, not their answers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.recommend.metrics import rank
from benchmarks.recommend.rows import Questions, Rows, Task, Walk, distinct

Settings = Mapping[str, Any]
VALIDATION = 0.15


class Asker(Protocol):
    """A fitted contender: (n, pages) scores for n histories, larger is likelier."""

    def __call__(self, histories: Sequence[Walk], **settings: Any) -> NDArray[np.floating]: ...


@dataclass(frozen=True, slots=True)
class Contender:
    """A recommender, with every setting that it is tried with.

    `fit` takes rows, the histories that will be asked about (some need them as rows) and one of `learning`;
    what it returns is asked with each of `asking`.
    """

    name: str
    fit: Callable[..., Asker]
    learning: tuple[Settings, ...] = ({},)
    asking: tuple[Settings, ...] = ({},)


@dataclass(frozen=True, slots=True)
class Trial:
    """One setting, and its hit@5 and NDCG@10 on the validation part."""

    settings: Settings
    hit: float
    ndcg: float


@dataclass(frozen=True, slots=True)
class Answer:
    """Scores (n, pages) for the task's histories, settings tried and chosen, and how long it all took."""

    scores: NDArray[np.float32]
    trials: tuple[Trial, ...]
    chosen: Settings
    seconds: float


def compete(contender: Contender, task: Task) -> Answer:
    """Choose the settings with most hits on the validation part, learn from all rows, score the histories."""
    started = time.monotonic()
    trials: list[Trial] = []
    if len(contender.learning) * len(contender.asking) > 1:
        part, questions = validation(task.rows)
        asked, where = distinct(questions.histories)
        ties = part.popularity()
        for learning in contender.learning:
            asker = contender.fit(part, asked, **learning)
            for asking in contender.asking:
                scores = asker(asked, **asking)[where]
                found = rank(scores, questions.histories, questions.targets, ties=ties)
                trials.append(
                    Trial({**learning, **asking}, float(found.hits.mean()), float(found.gains.mean()))
                )
        best = max(range(len(trials)), key=lambda at: (trials[at].hit, trials[at].ndcg))
        learning, asking = (
            contender.learning[best // len(contender.asking)],
            contender.asking[best % len(contender.asking)],
        )
    else:
        learning, asking = contender.learning[0], contender.asking[0]
    scores = contender.fit(task.rows, task.histories, **learning)(task.histories, **asking)
    return Answer(
        np.asarray(scores, dtype=np.float32),
        tuple(trials),
        {**learning, **asking},
        time.monotonic() - started,
    )


def validation(rows: Rows) -> tuple[Rows, Questions]:
    """The training rows without a share of their walks, and the questions that this share asks."""
    mixed = np.random.default_rng(0).permutation(len(rows.walks))
    held = round(len(mixed) * VALIDATION)
    return rows.take(np.sort(mixed[held:])), Questions.of([rows.walks[at] for at in np.sort(mixed[:held])])
