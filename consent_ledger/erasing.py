"""Erasing: our copy is destroyed, counted in the log and written down, whoever dies on the way.

The order makes every stop harmless. A request that was found good is registered, with the entries that it
names; keys and boxes are destroyed; the number of those that this erasure destroyed is fixed, once; the leaf
that says so is accepted; then entries and erasure are parted, and the register keeps the number and the times
alone. Whatever is left half-way is completed by `sweep`, without the citizen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from consent_ledger import leaf, log
from consent_ledger.claim import ClaimVerifier
from consent_ledger.erasure import EraseRecords, Erasure
from consent_ledger.errors import Refused
from consent_ledger.leaf import ErasureLeaf
from consent_ledger.sidecar import Sidecars
from consent_ledger.storage.ports import Storage


@dataclass(frozen=True, slots=True)
class OpenErasure:
    """An erasure under way: its id, the entries it reaches, when it was asked for.

    `count` is None until all of them are destroyed.
    """

    erasure_id: bytes
    entries: tuple[bytes, ...]
    requested_at: int
    count: int | None = None


class ErasureRegister(Protocol):
    """Where erasures are written down, by id; every method may be called by several at once."""

    def begin(self, erasure: OpenErasure) -> OpenErasure | Erasure:
        """Write it down unless its id is known; return what stands."""

    def fix_count(self, erasure_id: bytes, count: int) -> int:
        """Fix how many records it destroyed, unless that is fixed; return the number that stands."""

    def complete(self, erasure_id: bytes, erasure: Erasure) -> Erasure:
        """Put what is finished in place of what was under way, entries and all; return what stands."""

    def withdraw(self, erasure_id: bytes) -> int | None:
        """Forget an erasure that destroyed nothing; return the count if somebody has fixed one meanwhile."""

    def unfinished(self, limit: int) -> tuple[OpenErasure, ...]:
        """At most `limit` erasures that are under way."""

    def under_way(self) -> Iterator[OpenErasure]:
        """Every erasure that is under way: one that is completed meanwhile is in `completed` afterwards."""

    def completed(self) -> Iterator[tuple[bytes, Erasure]]:
        """Every finished erasure with its id."""


class MemoryErasures:
    """A register in memory: the reference that other stores are measured against."""

    def __init__(self) -> None:
        self._open: dict[bytes, OpenErasure] = {}
        self._done: dict[bytes, Erasure] = {}

    def begin(self, erasure: OpenErasure) -> OpenErasure | Erasure:
        """See `ErasureRegister.begin`."""
        done = self._done.get(erasure.erasure_id)
        return done or self._open.setdefault(erasure.erasure_id, erasure)

    def fix_count(self, erasure_id: bytes, count: int) -> int:
        """See `ErasureRegister.fix_count`."""
        if erasure_id in self._done:
            return self._done[erasure_id].count
        standing = self._open[erasure_id].count
        if standing is None:
            self._open[erasure_id] = replace(self._open[erasure_id], count=count)
        return count if standing is None else standing

    def complete(self, erasure_id: bytes, erasure: Erasure) -> Erasure:
        """See `ErasureRegister.complete`."""
        self._open.pop(erasure_id, None)
        return self._done.setdefault(erasure_id, erasure)

    def withdraw(self, erasure_id: bytes) -> int | None:
        """See `ErasureRegister.withdraw`."""
        standing = self._done.get(erasure_id) or self._open.get(erasure_id)
        if standing is None or standing.count is None:
            self._open.pop(erasure_id, None)
            return None
        return standing.count

    def unfinished(self, limit: int) -> tuple[OpenErasure, ...]:
        """See `ErasureRegister.unfinished`."""
        return tuple(self._open.values())[:limit]

    def under_way(self) -> Iterator[OpenErasure]:
        """See `ErasureRegister.under_way`."""
        yield from tuple(self._open.values())

    def completed(self) -> Iterator[tuple[bytes, Erasure]]:
        """See `ErasureRegister.completed`."""
        yield from tuple(self._done.items())


@dataclass(frozen=True, slots=True)
class Eraser:
    """What erasing needs: the log, the records, the register, a clock in seconds since 1970, and for how many
    days after their destruction backups of the records' tables go on (0 when there are none)."""

    ledger: Storage
    sidecars: Sidecars
    register: ErasureRegister
    clock: Callable[[], int]
    backup_horizon_days: int

    def erase(self, request: EraseRecords, *, verify: ClaimVerifier) -> Erasure:
        """Destroy what the request names; the same request again gets the same answer.

        Raises `Untrue` when a signature does not verify, and `Refused`, destroying nothing, when the
        authority does not reach every entry that can still be opened, or nothing is left to erase.
        """
        verify(request.claims())
        for entry in request.entries:
            opening = self.sidecars.open(entry)
            if opening is not None and not request.covers(entry, opening):
                raise Refused("erasure: not authorised for every entry")
            if opening is not None:
                # Whoever kept it may have stopped before logging it: what is counted must be in the log.
                log.accept(self.ledger, leaf.to_bytes(opening.leaf()))
        return self.finish(self.register.begin(OpenErasure(request.nonce(), request.entries, self.clock())))

    def sweep(self, limit: int) -> int:
        """Complete at most `limit` erasures that somebody left half-way; return how many were under way.

        One that cannot be completed keeps none of the others waiting: it stays under way, and the first such
        error is raised once all have had their turn.
        """
        left = self.register.unfinished(limit)
        failed: list[Exception] = []
        for erasure in left:
            try:
                self.finish(erasure)
            except Refused:
                continue  # other erasures were faster for every entry of this one
            except Exception as error:
                failed.append(error)
        if failed:
            raise failed[0]
        return len(left)

    def finish(self, erasure: OpenErasure | Erasure) -> Erasure:
        """Do what is left of an erasure. Raises `Refused` when others destroyed all that it names."""
        if isinstance(erasure, Erasure):
            return erasure
        count = erasure.count
        if count is None:
            count = self._destroy(erasure)
        log.accept(self.ledger, leaf.to_bytes(ErasureLeaf(count, erasure.erasure_id)))
        for entry in erasure.entries:
            self.sidecars.part(entry, erasure.erasure_id)
        completed_at = max(self.clock(), erasure.requested_at)
        return self.register.complete(
            erasure.erasure_id,
            Erasure(count, erasure.requested_at, completed_at, self.backup_horizon_days),
        )

    def _destroy(self, erasure: OpenErasure) -> int:
        found = sum(self.sidecars.destroy(entry, erasure.erasure_id) for entry in erasure.entries)
        # Somebody else at the same erasure may be further: what was fixed first stands.
        if found:
            return self.register.fix_count(erasure.erasure_id, found)
        count = self.register.withdraw(erasure.erasure_id)
        if count is None:
            raise Refused("erasure: nothing left to erase")
        return count
