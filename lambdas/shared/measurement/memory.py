"""The reference for `Batches`: everything in memory, one lock."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

from consent_ledger.errors import Refused
from edge_client.wire.contribution import Contribution
from lambdas.shared.measurement.ports import Added, RegisteredTask


@dataclass(slots=True)
class MemoryBatches:
    """Batches that last as long as the process."""

    _tasks: dict[str, RegisteredTask] = field(default_factory=dict)
    _weeks: dict[str, set[str]] = field(default_factory=dict)
    _seen: set[tuple[str, str, str]] = field(default_factory=set)
    _closed: set[tuple[str, str]] = field(default_factory=set)
    _cells: dict[tuple[str, str], Counter[tuple[int, int]]] = field(default_factory=dict)
    _seeds: dict[tuple[str, str], bytes] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def register(self, task: RegisteredTask, period: str) -> RegisteredTask:
        """Keep a task unless one of its id is kept already, and that it has a batch in the period."""
        with self._lock:
            self._weeks.setdefault(period, set()).add(task.task.task_id)
            return self._tasks.setdefault(task.task.task_id, task)

    def registered(self, task_id: str) -> RegisteredTask | None:
        """Return the task of that id."""
        return self._tasks.get(task_id)

    def tasks_of(self, period: str) -> tuple[str, ...]:
        """List the ids of the tasks that have a batch in the period, sorted."""
        with self._lock:
            return tuple(sorted(self._weeks.get(period, ())))

    def add(self, contribution: Contribution) -> Added:
        """Add a contribution once, and only to an open batch."""
        batch = (contribution.task, contribution.period)
        with self._lock:
            if (*batch, contribution.report_id) in self._seen:
                return Added.REPLAYED
            if batch in self._closed:
                return Added.CLOSED
            self._seen.add((*batch, contribution.report_id))
            self._cells.setdefault(batch, Counter())[contribution.source, contribution.target] += 1
            return Added.NEW

    def close(self, task_id: str, period: str) -> None:
        """Let no further contribution into the batch."""
        with self._lock:
            self._closed.add((task_id, period))

    def counts(self, task_id: str, period: str) -> Mapping[tuple[int, int], int]:
        """Return the sums of a closed batch."""
        with self._lock:
            if (task_id, period) not in self._closed:
                raise Refused("batch: still open")
            return dict(self._cells.get((task_id, period), {}))

    def seed(self, task_id: str, period: str) -> bytes:
        """Return the 32 secret bytes of a batch, drawn at the first call and kept as long as its sums."""
        with self._lock:
            return self._seeds.setdefault((task_id, period), secrets.token_bytes(32))

    def discard(self, task_id: str, period: str) -> None:
        """Destroy the sums of a closed batch, and its seed."""
        with self._lock:
            if (task_id, period) not in self._closed:
                raise Refused("batch: still open")
            self._cells.pop((task_id, period), None)
            self._seeds.pop((task_id, period), None)
