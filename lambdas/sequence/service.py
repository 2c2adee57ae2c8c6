"""One turn of the log: finish what a stopped turn left, sequence, integrate, publish."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from consent_ledger import log
from consent_ledger.note import Signer
from consent_ledger.storage.ports import Storage


@dataclass(frozen=True, slots=True)
class SequenceService:
    """Turns the log; any number of turns may run at once, and any may stop half-way."""

    ledger: Storage
    signer: Signer
    dice: Callable[[int], int]
    batch: int = log.MAX_BATCH

    def turn(self, *, most_batches: int = 8) -> tuple[int, int]:
        """Sequence at most `most_batches` batches; return how many entries that were, and the tree size."""
        log.integrate(self.ledger)
        sequenced = 0
        for _ in range(most_batches):
            count = log.sequence(self.ledger, self.dice, limit=self.batch)
            log.integrate(self.ledger)
            sequenced += count
            if count < self.batch:
                break
        return sequenced, log.publish(self.ledger, self.signer).size
