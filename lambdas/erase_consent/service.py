"""Erase what a device or a receipt holder may have erased, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from consent_ledger.claim import ClaimVerifier
from consent_ledger.erasure import EraseRecords, erase
from consent_ledger.sidecar import Sidecars
from consent_ledger.storage.ports import Storage


@dataclass(frozen=True, slots=True)
class EraseConsentService:
    """Destroys sidecars; `wake` tells the sequencer that the `erasure` leaf is pending."""

    ledger: Storage
    sidecars: Sidecars
    verify: ClaimVerifier
    wake: Callable[[], None]

    def erase(self, request: EraseRecords) -> bytes:
        """Destroy what opens the named entries, and return the leaf hash of the `erasure` leaf.

        Repeated, it completes with the same leaf. Raises `Untrue` when the signature does not verify, and
        `Refused`, destroying nothing, when the authority does not reach every entry.
        """
        entry = erase(self.ledger, self.sidecars, request=request, verify=self.verify)
        self.wake()
        return entry
