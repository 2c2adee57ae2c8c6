"""An agency's copy of records, and all that it takes to have it destroyed: in memory, or on MiniStack."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from consent_ledger import leaf, log
from consent_ledger.erasing import Eraser, ErasureRegister, MemoryErasures
from consent_ledger.erasure import EraseRecords, ReceiptAuthority, SubjectAuthority, signed_bytes
from consent_ledger.leaf import ConsentLeaf, ErasureLeaf, parse_leaf
from consent_ledger.receipt import Opening
from consent_ledger.sidecar import MemorySidecars, Sidecars
from consent_ledger.storage.memory import MemoryStorage
from tests.support.ledger import device_signer

ASKED_AT = 1_795_300_000


def by_subject(openings: list[Opening], seed: int = 2) -> EraseRecords:
    """A request signed by the subject of the openings, or by the key of another seed."""
    entries = tuple(sorted(each.entry() for each in openings))
    signer = device_signer(seed)
    return EraseRecords(entries, SubjectAuthority(signer.key.public_key, signer.sign(signed_bytes(entries))))


def by_receipts(openings: list[Opening]) -> EraseRecords:
    """A request that shows the salts, as the holder of the receipts can."""
    ordered = sorted(openings, key=Opening.entry)
    return EraseRecords(
        tuple(each.entry() for each in ordered), ReceiptAuthority(tuple(each.salt for each in ordered))
    )


@dataclass
class RecordKeeper:
    """Who keeps an agency's records: the log, the records, the register of erasures and a clock."""

    sidecars: Sidecars = field(default_factory=MemorySidecars)
    register: ErasureRegister = field(default_factory=MemoryErasures)
    ledger: MemoryStorage = field(default_factory=MemoryStorage)
    at: int = ASKED_AT
    backup_horizon_days: int = 0

    def eraser(self, watch: Callable[[Any], Any] = lambda store: store) -> Eraser:
        """What erases here; each of its stores is seen through `watch`."""
        return Eraser(
            watch(self.ledger),
            watch(self.sidecars),
            watch(self.register),
            clock=self.tick,
            backup_horizon_days=self.backup_horizon_days,
        )

    def tick(self) -> int:
        """The time, a second later at every look."""
        self.at += 1
        return self.at

    def keep(self, *openings: Opening) -> None:
        """Take records in as the function does."""
        for opening in openings:
            self.sidecars.put(opening.entry(), opening)
            log.accept(self.ledger, leaf.to_bytes(opening.leaf()))

    def counts(self) -> list[int]:
        """The counts of all erasures in the log, in ascending order."""
        return sorted(each.count for each in self._leaves() if isinstance(each, ErasureLeaf))

    def unopened(self) -> int:
        """How many consent entries of the log the agency cannot open."""
        entries = [leaf.hash_of(each) for each in self._leaves() if isinstance(each, ConsentLeaf)]
        return sum(self.sidecars.open(entry) is None for entry in entries)

    def _leaves(self) -> list[leaf.Leaf]:
        return [parse_leaf(data) for data in self.ledger.pending(1000)]
