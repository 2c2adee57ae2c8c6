"""Believe a device's word about its own choice, and nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from consent_ledger import leaf, log
from consent_ledger.claim import ClaimVerifier
from consent_ledger.errors import Refused
from consent_ledger.merkle import leaf_hash
from consent_ledger.sidecar import Sidecars
from consent_ledger.storage.ports import Storage
from edge_client.wire.consent import ConsentAccepted, RecordConsent


@dataclass(frozen=True, slots=True)
class RecordConsentService:
    """Takes consent records in; `wake` tells the sequencer that something is pending."""

    controller: str
    ledger: Storage
    sidecars: Sidecars
    verify: ClaimVerifier
    wake: Callable[[], None]

    def record(self, request: RecordConsent) -> ConsentAccepted:
        """Log the commitment to a record, and keep what opens it; the same request again changes nothing.

        Raises `Untrue` when the subject's key did not sign the record, `Refused` when the record
        speaks to another controller.
        """
        self.verify((request.record.claim(request.signature),))
        if request.record.controller != self.controller:
            raise Refused("consent record: addressed to another controller")
        opening = request.opening
        entry = leaf.to_bytes(opening.leaf())
        # The opening first: every commitment in the log can then be opened, or was erased.
        self.sidecars.put(leaf_hash(entry), opening)
        accepted = log.accept(self.ledger, entry)
        self.wake()
        return ConsentAccepted(accepted)
