"""Complete what is under way, a bounded number at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from consent_ledger.erasing import Eraser


@dataclass(frozen=True, slots=True)
class FinishErasuresService:
    """Completes erasures; `wake` tells the sequencer that their leaves are pending."""

    eraser: Eraser
    wake: Callable[[], None]
    most: int = 16

    def turn(self) -> int:
        """Complete at most `most` erasures; return how many were under way.

        When one of them fails its error is raised, after the sequencer was woken for the others.
        """
        try:
            found = self.eraser.sweep(self.most)
        except Exception:
            self.wake()
            raise
        if found:
            self.wake()
        return found
