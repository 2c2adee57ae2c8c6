"""Release a batch: at most once, with noise, in public, and with a leaf in the ledger that says what it
cost."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from consent_ledger.errors import Refused, Untrue
from consent_ledger.leaf import BudgetLeaf
from edge_client.wire.catalogue import hash_pages
from edge_client.wire.contribution import NOTHING
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Bound, Mechanism, Period, Privacy, Release, Source, Unit
from lambdas.make_release.mechanism import Noise, noise_for
from lambdas.make_release.noise import Below
from lambdas.shared.measurement.periods import first_day, open_weeks, sums_kept_until
from lambdas.shared.measurement.ports import Batches, RegisteredTask


class Bundle(Protocol):
    """What the site has published."""

    def tasks(self) -> dict[str, RegisteredTask]:
        """Return the announced tasks by id."""

    def pages(self, catalogue: str) -> tuple[ItemId, ...]:
        """Return the pages of the catalogue with that SHA-256, in hex."""


class Releases(Protocol):
    """Where releases are published."""

    def read(self, name: str) -> bytes | None:
        """Return a release's bytes, if it has been published."""

    def write_once(self, name: str, data: bytes) -> None:
        """Publish a release. Raises `FileExistsError` when that name is taken, whatever its bytes."""


@dataclass(frozen=True, slots=True)
class MakeReleaseService:
    """Makes releases; `log` serves a release beside the ledger and then logs its leaf, and again is the same
    as once."""

    bundle: Bundle
    batches: Batches
    releases: Releases
    log: Callable[[BudgetLeaf, bytes], None]
    mechanism: Mechanism
    below: Below
    now: Callable[[], datetime]

    def register_announced(self) -> None:
        """Register the announced tasks for the weeks that are open now.

        Which batches there are must not hang on contributions either, and a task that is announced no
        longer keeps the batches that it has.
        """
        weeks = open_weeks(at=self.now())
        for task in self.bundle.tasks().values():
            for week in weeks:
                self.batches.register(task, week)

    def tasks_of(self, period: str) -> tuple[str, ...]:
        """List the ids of the tasks that have a batch in the period, announced still or not."""
        return self.batches.tasks_of(period)

    def release(self, task_id: str, period: str) -> bytes:
        """Close the batch and return its release, the same bytes at every call.

        The order makes a crash harmless: nothing is shown before the one conditional write, the public
        document and its leaf follow from the bytes written, and the exact sums are destroyed last. A batch
        of few or of nobody is released as well, without cells: whether there is a release must not depend
        on how many took part, since that is exact, and one device could decide it; each cell has its floor.
        Raises `Refused` for a task that is not registered, and for sums that waited too long for a
        release, which are destroyed; `Untrue` for pages that are not the task's; `Malformed` for no week.
        """
        first_day(period)
        registered = self.batches.registered(task_id)
        if registered is None:
            raise Refused("release: no such task is registered")
        name = f"{task_id}/{period}.json"
        data = self.releases.read(name)
        if data is None:
            self.batches.close(task_id, period)
            if self.now().timestamp() >= sums_kept_until(period):
                # The table may have dropped some of them already: what is left is not the week's sums.
                self.batches.discard(task_id, period)
                raise Refused("release: the sums waited too long and are destroyed")
            made = self._make(registered, period).to_bytes()
            try:
                self.releases.write_once(name, made)
                data = made
            except FileExistsError:
                # Somebody else was first: theirs is the release, and ours was never seen.
                data = self.releases.read(name) or made
        task = registered.task
        digest = hashlib.sha256(data).digest()
        self.log(BudgetLeaf(task_id, period, task.epsilon_milli, task.delta_exp, digest), data)
        self.batches.discard(task_id, period)
        return data

    def _make(self, registered: RegisteredTask, period: str) -> Release:
        task = registered.task
        pages = self.bundle.pages(registered.catalogue)
        if hash_pages(pages) != task.pages_hash or len(pages) != task.pages:
            raise Untrue("release: the catalogue's pages are not the task's")
        counts = self.batches.counts(task.task_id, period)
        noise = noise_for(
            self.mechanism,
            pairs=task.pairs_per_week,
            epsilon_milli=task.epsilon_milli,
            delta_exp=task.delta_exp,
        )
        floor = max(task.k, noise.threshold)
        noisy = {pair: count for pair, count in self._noisy(counts, noise).items() if count >= floor}
        return Release.of(
            {(pages[source], pages[target]): count for (source, target), count in noisy.items()},
            site=task.site,
            source=Source.CONTRIBUTIONS,
            period=Period(period, period),
            privacy=Privacy(floor, self.mechanism, task.epsilon_milli, task.delta_exp),
            bound=Bound(Unit.DEVICE_WEEK, task.pairs_per_week),
            pages=pages,
        )

    def _noisy(self, counts: Mapping[tuple[int, int], int], noise: Noise) -> dict[tuple[int, int], int]:
        return {
            pair: count + noise.draw(self.below)
            for pair, count in sorted(counts.items())
            if NOTHING not in pair
        }
