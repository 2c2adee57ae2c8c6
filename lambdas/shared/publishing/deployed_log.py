"""The ledger of a deployment, for whoever publishes: documents, then leaves, then the wait for a proof."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from consent_ledger import documents, leaf, log
from consent_ledger.errors import Untrue
from consent_ledger.leaf import Leaf
from consent_ledger.storage.ports import Storage
from lambdas.shared.ledger_documents import S3Documents
from lambdas.shared.publishing.live_bundle import NotInTime

LOG_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class DeployedLog:
    """The ledger of a deployment: its store, its documents, and what rouses its sequencer."""

    storage: Storage
    documents: S3Documents
    wake: Callable[[], None]
    timeout_s: float = LOG_TIMEOUT_S

    def __call__(self, leaves: tuple[Leaf, ...], public: tuple[bytes, ...] = ()) -> str:
        """Serve the documents that leaves name, append the leaves, and return the proof of the last one.

        Leaves that are in the log already stay where they are, and so do documents; the proof is there once
        all of the leaves are published. Raises `NotInTime` when the sequencer does not come, `Untrue` when
        `public` are not the leaves' documents, or something else is served in the place of one.
        """
        for data in documents.gather(leaves, public).values():
            digest = hashlib.sha256(data).digest()
            if not self.documents.put(data) and self.documents.read(digest) != data:
                raise Untrue("document: something else is served in its place")
        entries = tuple(log.accept(self.storage, leaf.to_bytes(entry)) for entry in leaves)
        return wait_for_all(
            self.storage,
            entries,
            wake=self.wake,
            clock=time.monotonic,
            sleep=time.sleep,
            timeout_s=self.timeout_s,
        )


def wait_for_all(
    storage: Storage,
    entries: tuple[bytes, ...],
    *,
    wake: Callable[[], None],
    clock: Callable[[], float],
    sleep: Callable[[float], None],
    timeout_s: float = LOG_TIMEOUT_S,
) -> str:
    """Wait until every entry is published, and return the proof of the last one, whose tree holds them all.

    `wake` rouses the sequencer, `clock` and `sleep` are in seconds. A backlog is sequenced a part at a time
    and in no order: that one entry is published says nothing of the others. Raises `NotInTime` after
    `timeout_s`.
    """
    ends_at = clock() + timeout_s
    waiting = list(entries)
    while clock() < ends_at:
        wake()
        for _ in range(20):
            while (proof := log.proof_for(storage, waiting[0])) is not None:
                del waiting[0]
                if not waiting:
                    return proof
            sleep(0.1)
    raise NotInTime("ledger: the sequencer did not publish in time")
