"""Erase what a device or a receipt holder may have erased, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from consent_ledger.claim import ClaimVerifier
from consent_ledger.erasing import Eraser
from consent_ledger.erasure import EraseRecords
from edge_client.wire.erasure import RecordsErased


@dataclass(frozen=True, slots=True)
class EraseConsentService:
    """Destroys sidecars; `wake` tells the sequencer that the `erasure` leaf is pending."""

    eraser: Eraser
    verify: ClaimVerifier
    wake: Callable[[], None]

    def erase(self, request: EraseRecords) -> RecordsErased:
        """Destroy what opens the named entries; say what was done, and what remains.

        Repeated, it gives the same answer. Raises `Untrue` when the signature does not verify, and
        `Refused`, destroying nothing, when the authority does not reach every entry.
        """
        done = self.eraser.erase(request, verify=self.verify)
        self.wake()
        return RecordsErased(done.entry(request.nonce()), done)
