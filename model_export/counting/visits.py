"""Visits folded into page pairs: each visitor bounded, nothing kept that grows with the length of a log."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from consent_ledger.errors import Refused
from edge_client.wire.paths import ItemId
from model_export.counting.contributions import Limits, Pair, priority, share_of

__all__ = ["Limits", "Pair", "Visits"]

MOST_VISITORS = 4_000_000
MOST_PAGES_A_MINUTE = 60
SWEEP_EVERY = 100_000


@dataclass(slots=True)
class _Visitor:
    last_at: int
    recent: tuple[ItemId, ...] = ()
    minute: int = -1
    pages_in_minute: int = 0
    # The pairs of smallest priority so far. The priority is a hash, so this is a uniform sample of the
    # visitor's distinct pairs: a pair seen twice has one priority, and one pushed out can never come back.
    # Nobody else's requests have a say in it, or else one visitor could change more than the bound.
    sample: tuple[tuple[str, Pair], ...] = ()
    is_machine: bool = False


@dataclass(slots=True)
class Visits:
    """The running fold over a log's page requests, in time order.

    Visitors are known by their address.
    State is open sessions and at most `limits.bound` pairs a visitor; nothing is ever written anywhere.
    """

    limits: Limits
    _visitors: dict[str, _Visitor] = field(default_factory=dict)
    _seen: int = 0

    @property
    def held(self) -> int:
        """How many visitors and pairs are in memory: the size of the state, whatever the machine."""
        return sum(1 + len(visitor.sample) + len(visitor.recent) for visitor in self._visitors.values())

    @property
    def machines(self) -> int:
        """How many visitors were left out as machines."""
        return sum(visitor.is_machine for visitor in self._visitors.values())

    def receive(self, address: str, page: ItemId, *, at: int) -> None:
        """Fold one page request in; raises Refused when there are more visitors than fit in memory."""
        self._seen += 1
        if self._seen % SWEEP_EVERY == 0:
            self._sweep(at)
        visitor = self._visitor(address, at=at)
        if visitor.is_machine:
            return
        if at - visitor.last_at > self.limits.gap_seconds:
            visitor.recent = ()
        visitor.last_at = at
        if at // 60 != visitor.minute:
            visitor.minute, visitor.pages_in_minute = at // 60, 0
        visitor.pages_in_minute += 1
        if visitor.pages_in_minute > MOST_PAGES_A_MINUTE:
            self._mark(visitor)
            return
        earlier, visitor.recent = self.limits.step(visitor.recent, page)
        for before in earlier:
            self._sample(visitor, address, (before, page))

    def mark_machine(self, address: str, *, at: int) -> None:
        """Leave this visitor out, earlier and later requests alike."""
        self._mark(self._visitor(address, at=at))

    def counts(self) -> Counter[Pair]:
        """What all visitors add: each one to at most `limits.bound` pairs, or its parts shared among them."""
        counts: Counter[Pair] = Counter()
        for visitor in self._visitors.values():
            if visitor.sample and (share := share_of(len(visitor.sample), parts=self.limits.parts)):
                counts.update({pair: share for _, pair in visitor.sample})
        return counts

    def _visitor(self, address: str, *, at: int) -> _Visitor:
        visitor = self._visitors.get(address)
        if visitor is None:
            if len(self._visitors) >= MOST_VISITORS:
                raise Refused("log: more visitors than fit in memory, choose another engine")
            visitor = self._visitors[address] = _Visitor(last_at=at)
        return visitor

    def _sample(self, visitor: _Visitor, address: str, pair: Pair) -> None:
        entry = (priority(address, pair), pair)
        full = len(visitor.sample) >= self.limits.bound
        if (not full or entry < visitor.sample[-1]) and entry not in visitor.sample:
            visitor.sample = tuple(sorted((*visitor.sample, entry))[: self.limits.bound])

    @staticmethod
    def _mark(visitor: _Visitor) -> None:
        visitor.is_machine, visitor.sample, visitor.recent = True, (), ()

    def _sweep(self, now: int) -> None:
        """Forget visitors whose session is over and who have added nothing."""
        self._visitors = {
            address: visitor
            for address, visitor in self._visitors.items()
            if visitor.sample or visitor.is_machine or now - visitor.last_at <= self.limits.gap_seconds
        }
