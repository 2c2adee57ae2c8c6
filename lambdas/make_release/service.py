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
from edge_client.wire.budget import Charge
from edge_client.wire.candidates import Candidates
from edge_client.wire.catalogue import hash_pages
from edge_client.wire.contribution import NOTHING
from edge_client.wire.cost import Cost
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Mechanism, Period, Release, Source
from edge_client.wire.task import MeasurementTask
from lambdas.make_release.mechanism import bound_of, drawing, noise_for, privacy_of
from lambdas.make_release.noise import Below
from lambdas.make_release.spending import Spending
from lambdas.shared.measurement.periods import first_day, open_weeks, sums_kept_until
from lambdas.shared.measurement.ports import Batches, RegisteredTask


class Bundle(Protocol):
    """What the site has published."""

    def tasks(self) -> dict[str, RegisteredTask]:
        """Return the announced tasks by id."""

    def pages(self, catalogue: str) -> tuple[ItemId, ...]:
        """Return the pages of the catalogue with that SHA-256, in hex."""

    def candidates(self, pages_hash: str) -> Candidates | None:
        """Return the live bundle's public page pairs; None when it has none for those pages."""


class Settled(Protocol):
    """Which release was made of each batch of a site, by its SHA-256: written once, before it is seen."""

    def digest(self, task_id: str, period: str) -> bytes | None:
        """Return the SHA-256 of the batch's one release; None before there is one."""

    def settle(self, task_id: str, period: str, *, digest: bytes) -> bool:
        """Let the release with this SHA-256 be the batch's one; say no when there is one already."""


class Releases(Protocol):
    """Where releases are published, and where others may write as well."""

    def read(self, name: str) -> bytes | None:
        """Return what lies under a release's name, unchecked, or None."""

    def write_once(self, name: str, data: bytes) -> None:
        """Publish a release. Raises `FileExistsError` when that name is taken, whatever its bytes."""


@dataclass(frozen=True, slots=True)
class MakeReleaseService:
    """Makes releases of one site; `log` serves a release beside the ledger and then logs its leaf, and again
    is the same as once; `below` draws by a secret seed, the same for the same."""

    site: str
    bundle: Bundle
    batches: Batches
    releases: Releases
    settled: Settled
    log: Callable[[BudgetLeaf, bytes], None]
    spending: Spending
    mechanism: Mechanism
    below: Callable[[bytes], Below]
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

        The order makes a crash harmless: the budget is charged before any noise is drawn, and once for a task
        and week; the noise comes of a secret seed that is kept as long as the sums: trying again draws the
        same; the release's hash is written down before it can be seen, once, and nothing with another hash
        is ever published or logged; the exact sums and the seed are destroyed last. A batch of few or of
        nobody is released as well, without cells: whether there is a release must not depend
        nobody is released as well, without cells: whether there is a release must not depend
        on how many took part, since that is exact, and one device could decide it; each cell has its floor.
        Raises `Refused` for a task or a week of it that is not registered, for a release that the site's
        privacy budget has no room for, for one that was made and cannot be made again, and for sums that
        waited too long for a release, which are destroyed; `Untrue` for another site's task, pages that are
        not the task's, and anything else in the release's place; `Malformed` for no week.
        """
        first_day(period)
        registered = self.batches.registered(task_id)
        if registered is None:
            raise Refused("release: no such task is registered")
        if registered.task.site != self.site:
            raise Untrue("release: the task is another site's")
        if task_id not in self.batches.tasks_of(period):
            raise Refused("release: the task has no batch in that week")
        name = f"{task_id}/{period}.json"
        settled, data = self.settled.digest(task_id, period), self.releases.read(name)
        if data is None or hashlib.sha256(data).digest() != settled:
            self.batches.close(task_id, period)
            if self.now().timestamp() >= sums_kept_until(period):
                # The table may have dropped some of them already: what is left is not the week's sums.
                self.batches.discard(task_id, period)
                raise Refused("release: the sums waited too long and are destroyed")
            if data is not None:
                raise Untrue("release: something else lies in its place")
            data = self._publish(registered, period)
        release = Release.parse(data)
        _check_terms(release, registered.task, period=period)
        spent, digest = release.privacy, hashlib.sha256(data).digest()
        self.log(BudgetLeaf(task_id, period, spent.epsilon_milli, spent.delta_exp, digest), data)
        self.batches.discard(task_id, period)
        return data

    def _publish(self, registered: RegisteredTask, period: str) -> bytes:
        """Make the batch's one release, or make it again, and publish it."""
        task_id = registered.task.task_id
        data = self._make(registered, period).to_bytes()
        digest, name = hashlib.sha256(data).digest(), f"{task_id}/{period}.json"
        if not (
            self.settled.settle(task_id, period, digest=digest)
            # It was made before: by somebody who died, by another at the same time, or from other inputs.
            or self.settled.digest(task_id, period) == digest
        ):
            raise Refused("release: it was made before, and cannot be made again")
        try:
            self.releases.write_once(name, data)
        except FileExistsError:
            if self.releases.read(name) != data:
                raise Untrue("release: something else lies in its place") from None
        return data

    def _make(self, registered: RegisteredTask, period: str) -> Release:
        task = registered.task
        pages = self.bundle.pages(registered.catalogue)
        if hash_pages(pages) != task.pages_hash or len(pages) != task.pages:
            raise Untrue("release: the catalogue's pages are not the task's")
        candidates = self.bundle.candidates(task.pages_hash)
        if candidates is not None:
            candidates.check_pages(pages)
        privacy = privacy_of(task, self.mechanism, occurring=candidates is None)
        noise = noise_for(task, self.mechanism, occurring=candidates is None)
        threshold = None if candidates is not None else noise.threshold_for(privacy, floor=task.k)
        week = Period(period, period)
        # Before any noise is drawn: a crash after this has spent, and the next attempt finds it spent.
        cost = Cost.of(noise, threshold=threshold)
        self.spending.spend_once(self.site, Charge(task.task_id, week, cost, bound_of(task).unit))
        counts = self.batches.counts(task.task_id, period)
        pairs = candidates.pairs if candidates is not None else _occurring(counts)
        draw = drawing(noise, self.below(self.batches.seed(task.task_id, period)))
        noisy = [counts.get(pair, 0) + draw() for pair in pairs]
        if threshold is None:
            threshold = noise.telling_threshold(noisy, floor=task.k)
        return Release.of(
            {
                (pages[source], pages[target]): count
                for (source, target), count in zip(pairs, noisy, strict=True)
                if count >= threshold
            },
            site=task.site,
            source=Source.CONTRIBUTIONS,
            period=week,
            privacy=privacy,
            bound=bound_of(task),
            pages=pages,
            candidates=None if candidates is None else candidates.public,
            threshold=threshold,
        )


def _check_terms(release: Release, task: MeasurementTask, *, period: str) -> None:
    """Raise Untrue unless a release is of that week of the task, with the noise that the task promises."""
    told, promised = release.privacy, (task.k, task.epsilon_milli)
    if (release.site, release.source, release.period) != (
        task.site,
        Source.CONTRIBUTIONS,
        Period(period, period),
    ):
        raise Untrue("release: of another site, source or week than the task's")
    if (hash_pages(release.pages), release.bound) != (task.pages_hash, bound_of(task)):
        raise Untrue("release: of other pages, or another bound, than the task's")
    if (told.k, told.epsilon_milli) != promised or told.delta_exp not in (None, task.delta_exp):
        raise Untrue("release: with less privacy than the task promises")


def _occurring(counts: Mapping[tuple[int, int], int]) -> list[tuple[int, int]]:
    """The pairs that occur, without those that say nothing.

    What is no candidate is left out of a release too, and not on arrival: no answer to a device may hang on
    which pages its report names.
    """
    return sorted(pair for pair in counts if NOTHING not in pair)
