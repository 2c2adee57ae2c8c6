"""Publish what is sequenced, when enough witnesses have seen that it continues what they saw."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from consent_ledger import log
from consent_ledger.errors import Refused
from consent_ledger.note import Signer
from consent_ledger.quorum import Cosigners
from consent_ledger.storage.ports import Storage


@dataclass(frozen=True, slots=True)
class PublishCheckpointService:
    """Publishes checkpoints; any number may be at it at once, and any may stop half-way."""

    ledger: Storage
    signer: Signer
    cosigners: Cosigners

    def publish(self, *, most_tries: int = 2) -> int:
        """Return the size of the tree that is published now.

        Raises `Refused` while too few witnesses cosign, and `Untrue` when the tree does not continue what was
        published or seen: then nobody may publish any more.
        """
        for _ in range(most_tries - 1):
            # Who calls comes back after a minute: a witness that was slow once is asked again at once.
            with suppress(Refused):
                return log.publish(self.ledger, self.signer, cosigners=self.cosigners).size
        return log.publish(self.ledger, self.signer, cosigners=self.cosigners).size
