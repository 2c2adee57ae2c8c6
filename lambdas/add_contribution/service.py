"""Whether a contribution counts, and whether it has been counted already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Protocol

from consent_ledger.errors import Malformed, Untrue
from edge_client.wire.contribution import Contribution
from lambdas.shared.measurement.periods import is_open
from lambdas.shared.measurement.ports import Added, Batches, RegisteredTask


class Outcome(Enum):
    """What the device is told; it is not told whether the report was new."""

    ACCEPTED = auto()
    UNKNOWN_TASK = auto()
    PERIOD_CLOSED = auto()
    BUSY = auto()


class Announced(Protocol):
    """The tasks of the live bundle."""

    def tasks(self) -> dict[str, RegisteredTask]:
        """Return them by id."""


@dataclass(frozen=True, slots=True)
class AddContributionService:
    """Adds contributions to the batches of announced tasks."""

    announced: Announced
    batches: Batches
    now: Callable[[], datetime]
    # A registration never changes, so each is read once a week by each instance.
    _standing: dict[tuple[str, str], RegisteredTask] = field(default_factory=dict)

    def add(self, contribution: Contribution) -> Outcome:
        """Add a contribution on arrival; the report itself is kept nowhere.

        Raises `Malformed` for a page that the task does not have or a week that no year has, `Untrue`
        when a task of that id was announced before with another configuration.
        """
        announced = self.announced.tasks().get(contribution.task)
        if announced is None:
            return Outcome.UNKNOWN_TASK
        if not contribution.is_nothing:
            highest = max(contribution.source, contribution.target)
            if highest >= announced.task.pages:
                raise Malformed("contribution: the task has no such page")
        if not is_open(contribution.period, at=self.now()):
            return Outcome.PERIOD_CLOSED
        # The catalogue may differ in its words: what indexes mean is in the task, as the hash of its pages.
        if self._stands(announced, contribution.period).task != announced.task:
            raise Untrue("task: announced before with another configuration")
        match self.batches.add(contribution):
            case Added.NEW | Added.REPLAYED:
                return Outcome.ACCEPTED
            case Added.CLOSED:
                return Outcome.PERIOD_CLOSED
            case Added.BUSY:
                return Outcome.BUSY

    def _stands(self, announced: RegisteredTask, period: str) -> RegisteredTask:
        batch = (announced.task.task_id, period)
        if batch not in self._standing:
            self._standing[batch] = self.batches.register(announced, period)
        return self._standing[batch]
