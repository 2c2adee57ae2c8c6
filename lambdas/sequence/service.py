"""One turn of the log: finish what a stopped turn left, sequence, integrate, and have it published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from consent_ledger import log
from consent_ledger.storage.ports import Storage


@dataclass(frozen=True, slots=True)
class SequenceService:
    """Turns the log; any number of turns may run at once, and any may stop half-way.

    `wake` tells the publisher that the tree has grown.
    """

    ledger: Storage
    dice: Callable[[int], int]
    wake: Callable[[], None]
    batch: int = log.MAX_BATCH

    def turn(self, *, most_batches: int = 8) -> tuple[int, int]:
        """Sequence at most `most_batches` batches; return how many entries that were, and the tree size."""
        before = self.ledger.head().clean
        size = log.integrate(self.ledger)
        sequenced = 0
        for _ in range(most_batches):
            count = log.sequence(self.ledger, self.dice, limit=self.batch)
            size = log.integrate(self.ledger)
            sequenced += count
            if count < self.batch:
                break
        if size != before:
            self.wake()
        return sequenced, size
