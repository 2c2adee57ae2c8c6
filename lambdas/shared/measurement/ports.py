"""What the functions need from the place where contributions are added up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from edge_client.wire.contribution import Contribution
from edge_client.wire.task import MeasurementTask


class Added(Enum):
    """What became of a contribution."""

    NEW = auto()
    REPLAYED = auto()
    CLOSED = auto()
    BUSY = auto()


@dataclass(frozen=True, slots=True)
class RegisteredTask:
    """A task as it stood when it was first seen.

    `catalogue` is the SHA-256, in hex, of the catalogue whose pages the task's indexes mean.
    """

    task: MeasurementTask
    catalogue: str


class Batches(Protocol):
    """Sums of contributions, by task and period.

    A contribution is added once however often it is sent, and never after its period was closed;
    what was added is only ever seen as a sum.
    """

    def register(self, task: RegisteredTask, period: str) -> RegisteredTask:
        """Keep a task unless one of its id is kept already, and that it has a batch in the period.

        Returns the one that stands.
        """

    def registered(self, task_id: str) -> RegisteredTask | None:
        """Return the task of that id, announced still or not."""

    def tasks_of(self, period: str) -> tuple[str, ...]:
        """List the ids of the tasks that have a batch in the period, sorted."""

    def add(self, contribution: Contribution) -> Added:
        """Add a contribution to its batch; `BUSY` means nothing happened and the sender may try again."""

    def close(self, task_id: str, period: str) -> None:
        """Let no further contribution into the batch; again is the same as once."""

    def counts(self, task_id: str, period: str) -> Mapping[tuple[int, int], int]:
        """Return the sums by (source, target) of a closed batch; the empty reports are under `NOTHING` twice.

        Raises `Refused` while the batch is open.
        """

    def seed(self, task_id: str, period: str) -> bytes:
        """Return the 32 secret bytes of a batch, drawn at the first call and kept as long as its sums."""

    def discard(self, task_id: str, period: str) -> None:
        """Destroy the sums of a closed batch, and its seed after them; it stays closed."""
