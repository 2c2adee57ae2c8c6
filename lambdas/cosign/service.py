"""What a witness answers, to logs and to whoever audits them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from consent_ledger.witness import Witness, WitnessAnswer


@dataclass(frozen=True, slots=True)
class CosignService:
    """One witness behind its addresses."""

    witness: Witness

    def add_checkpoint(self, request: bytes) -> WitnessAnswer:
        """Answer a log (C2SP tlog-witness, "add-checkpoint")."""
        return self.witness.add_checkpoint(request)

    def latest(self, log: str) -> bytes | None:
        """Return the checkpoint that was cosigned last, by the SHA-256 of the log's origin in hex, or None.

        An auditor compares it with what the log shows: two trees under one name are a split view.
        """
        for origin in self.witness.logs:
            if hashlib.sha256(origin.encode("utf-8")).hexdigest() == log:
                return self.witness.store.latest(origin)
        return None

    def key(self) -> str:
        """Return the witness's verifier key."""
        return str(self.witness.key)
