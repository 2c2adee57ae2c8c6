"""Prove that an entry is in the published log."""

from __future__ import annotations

from dataclasses import dataclass

from consent_ledger import log
from consent_ledger.fields import read_hex
from consent_ledger.storage.ports import Storage


@dataclass(frozen=True, slots=True)
class ReadReceiptService:
    """Reads proofs; what opens a commitment never passes through here."""

    ledger: Storage

    def proof(self, entry: str) -> str | None:
        """Return the tlog-proof of an entry, 64 hexadecimal digits; None while it is pending or unknown.

        Raises `Malformed` when `entry` is not a leaf hash.
        """
        return log.proof_for(self.ledger, read_hex(entry, 32, noun="receipt: entry"))
