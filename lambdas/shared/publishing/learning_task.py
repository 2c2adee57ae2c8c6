"""What a site asks devices to add to a count, written down as the task that the log and every device get."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from edge_client.wire.catalogue import Catalogue, hash_pages
from edge_client.wire.task import MeasurementTask, TaskKind


@dataclass(frozen=True, slots=True)
class LearningTerms:
    """What a site asks devices to add to a count: bound a week, smallest count, and privacy parameters.

    `epsilon_milli` is thousandths of epsilon; delta is 10^-`delta_exp`.
    """

    pairs_per_week: int = 4
    k: int = 10
    epsilon_milli: int = 1000
    delta_exp: int = 6


def learning_task(catalogue: Catalogue, terms: LearningTerms) -> MeasurementTask:
    """Return the site's learning task; its id ends in a hash of everything else in it.

    A task never changes under its id: new pages, terms or words are a new task. Its releases spend of the
    same budget as those before it: the devices are the same.
    """
    family = f"{catalogue.site}-moves"
    unnamed = MeasurementTask(
        task_id=family,
        kind=TaskKind.PAGE_PAIRS,
        site=catalogue.site,
        pages_hash=hash_pages(catalogue.pages),
        pages=len(catalogue.items),
        pairs_per_week=terms.pairs_per_week,
        k=terms.k,
        epsilon_milli=terms.epsilon_milli,
        delta_exp=terms.delta_exp,
        purpose="learn",
        sentence=f"Each week this device adds {terms.pairs_per_week} page pairs, or nothing, to a count.",
    )
    return replace(unnamed, task_id=f"{family}-{hashlib.sha256(unnamed.to_bytes()).hexdigest()[:8]}")
