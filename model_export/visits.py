"""Visits folded into page pairs: each visitor bounded, nothing kept that grows with the length of a log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b

from consent_ledger.errors import Refused
from edge_client.wire.paths import ItemId

Pair = tuple[ItemId, ItemId]

MOST_VISITORS = 4_000_000
MOST_PAGES_A_MINUTE = 60
SWEEP_EVERY = 100_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What one unit may add: `bound` distinct pairs of pages, at most `window` steps apart in one session.

    `gap_seconds` without a request end a session.
    """

    bound: int
    window: int = 1
    gap_seconds: int = 1800


@dataclass(slots=True)
class _Visitor:
    last_at: int
    recent: tuple[ItemId, ...] = ()
    minute: int = -1
    pages_in_minute: int = 0
    # The pairs of smallest priority so far. The priority is a hash, so this is a uniform sample of the
    # visitor's distinct pairs: a pair seen twice has one priority, and one pushed out can never come back.
    # Nobody else's requests have a say in it, or else one visitor could change more than the bound.
    sample: tuple[tuple[int, Pair], ...] = ()
    is_machine: bool = False


@dataclass(slots=True)
class Visits:
    """The running fold over a log's page requests, in time order.

    Visitors are known by a hash of their address.
    State is open sessions and at most `limits.bound` pairs a visitor; nothing is ever written anywhere.
    """

    limits: Limits
    _visitors: dict[int, _Visitor] = field(default_factory=dict)
    _seen: int = 0

    @staticmethod
    def key_of(address: str) -> int:
        """What stands for a visitor while the log is read."""
        return int.from_bytes(blake2b(address.encode(), digest_size=8).digest(), "big")

    @property
    def held(self) -> int:
        """How many visitors and pairs are in memory: the size of the state, whatever the machine."""
        return sum(1 + len(visitor.sample) + len(visitor.recent) for visitor in self._visitors.values())

    @property
    def machines(self) -> int:
        """How many visitors were left out as machines."""
        return sum(visitor.is_machine for visitor in self._visitors.values())

    def receive(self, visitor_key: int, page: ItemId, *, at: int) -> None:
        """Fold one page request in; raises Refused when there are more visitors than fit in memory."""
        self._seen += 1
        if self._seen % SWEEP_EVERY == 0:
            self._sweep(at)
        visitor = self._visitor(visitor_key, at=at)
        if visitor.is_machine:
            return
        if abs(at - visitor.last_at) > self.limits.gap_seconds:
            visitor.recent = ()
        visitor.last_at = at
        if at // 60 != visitor.minute:
            visitor.minute, visitor.pages_in_minute = at // 60, 0
        visitor.pages_in_minute += 1
        if visitor.pages_in_minute > MOST_PAGES_A_MINUTE:
            self._mark(visitor)
            return
        if visitor.recent[-1:] == (page,):
            return
        for earlier in visitor.recent:
            if earlier != page:
                self._sample(visitor, visitor_key, (earlier, page))
        visitor.recent = (*visitor.recent, page)[-self.limits.window :]

    def mark_machine(self, visitor_key: int, *, at: int) -> None:
        """Leave this visitor out, earlier and later requests alike."""
        self._mark(self._visitor(visitor_key, at=at))

    def counts(self) -> Counter[Pair]:
        """How many visitors made each move; each visitor adds one to at most `limits.bound` pairs."""
        return Counter(pair for visitor in self._visitors.values() for _, pair in visitor.sample)

    def _visitor(self, visitor_key: int, *, at: int) -> _Visitor:
        visitor = self._visitors.get(visitor_key)
        if visitor is None:
            if len(self._visitors) >= MOST_VISITORS:
                raise Refused("log: more visitors than fit in memory, aggregate a shorter period")
            visitor = self._visitors[visitor_key] = _Visitor(last_at=at)
        return visitor

    def _sample(self, visitor: _Visitor, visitor_key: int, pair: Pair) -> None:
        entry = (_priority(visitor_key, pair), pair)
        if entry not in visitor.sample:
            visitor.sample = tuple(sorted((*visitor.sample, entry))[: self.limits.bound])

    @staticmethod
    def _mark(visitor: _Visitor) -> None:
        visitor.is_machine, visitor.sample, visitor.recent = True, (), ()

    def _sweep(self, now: int) -> None:
        """Forget visitors whose session is over and who have added nothing."""
        self._visitors = {
            key: visitor
            for key, visitor in self._visitors.items()
            if visitor.sample or visitor.is_machine or abs(now - visitor.last_at) <= self.limits.gap_seconds
        }


def _priority(visitor_key: int, pair: Pair) -> int:
    digest = blake2b(f"{visitor_key} {pair[0]} {pair[1]}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def pairs_of(pages: Iterable[ItemId], *, window: int) -> list[Pair]:
    """The distinct ordered pairs of different pages at most `window` steps apart, in order of appearance."""
    recent: tuple[ItemId, ...] = ()
    pairs: dict[Pair, None] = {}
    for page in pages:
        if recent[-1:] != (page,):
            pairs.update(((earlier, page), None) for earlier in recent if earlier != page)
            recent = (*recent, page)[-window:]
    return list(pairs)


def spread(pairs: list[Pair], *, bound: int, occurrences: int) -> dict[Pair, int]:
    """Let each of `occurrences` equal sessions add one to at most `bound` of `pairs`, all pairs alike.

    The sessions take turns: session s takes `bound` pairs in a row from place s * `bound`, round and round.
    """
    taken = min(bound, len(pairs))
    whole, rest = divmod(occurrences * taken, len(pairs)) if pairs else (0, 0)
    return {pair: whole + (at < rest) for at, pair in enumerate(pairs) if whole + (at < rest)}
