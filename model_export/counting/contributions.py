"""What one visitor or session adds to the counts: which pairs of pages, how many, and how much each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from edge_client.wire.paths import ItemId

Pair = tuple[ItemId, ItemId]

MOST_PAGES = 20
WHOLE_PARTS = 5040  # every number from 1 to 10 divides it, so that few pairs share it without a rest


@dataclass(frozen=True, slots=True)
class Limits:
    """What one unit may add: at most `bound` distinct pairs of pages of one session.

    The pages of a pair are at most `window` steps apart; None pairs each page with all different ones seen
    before it, within the first `MOST_PAGES` of the session.
    `parts` 1 adds one to each pair; more are shared out evenly among the pairs, rounded down.
    `gap_seconds` without a request end a session.
    """

    bound: int
    window: int | None = 1
    gap_seconds: int = 1800
    parts: int = 1

    def step(self, recent: tuple[ItemId, ...], page: ItemId) -> tuple[tuple[ItemId, ...], tuple[ItemId, ...]]:
        """The pages that `page` makes a pair with after `recent` ones, and the recent ones from then on."""
        if self.window is None:
            if page in recent or len(recent) >= MOST_PAGES:
                return (), recent
            return recent, (*recent, page)
        if recent[-1:] == (page,):
            return (), recent
        return tuple(before for before in recent if before != page), (*recent, page)[-self.window :]


def pairs_of(pages: Iterable[ItemId], limits: Limits) -> list[Pair]:
    """The distinct pairs that `limits` see in a session, in order of appearance."""
    recent: tuple[ItemId, ...] = ()
    pairs: dict[Pair, None] = {}
    for page in pages:
        earlier, recent = limits.step(recent, page)
        pairs.update(((before, page), None) for before in earlier)
    return list(pairs)


def priority(address: str, pair: Pair) -> str:
    """Where `pair` stands among a visitor's pairs: hex SHA-256, which every engine has."""
    return hashlib.sha256(f"{address} {pair[0]} {pair[1]}".encode()).hexdigest()


def share_of(pairs: int, *, parts: int) -> int:
    """How much each of a unit's pairs gets; with one part each gets one."""
    return parts // pairs if parts > 1 else 1


def spread(pairs: list[Pair], limits: Limits, *, occurrences: int) -> dict[Pair, int]:
    """Let each of `occurrences` equal sessions add to at most `limits.bound` of `pairs`, all pairs alike.

    The sessions take turns: session s takes `bound` pairs in a row from place s * `bound`, round and round.
    """
    if not pairs:
        return {}
    taken = min(limits.bound, len(pairs))
    share = share_of(taken, parts=limits.parts)
    whole, rest = divmod(occurrences * taken, len(pairs))
    return {
        pair: (whole + (at < rest)) * share for at, pair in enumerate(pairs) if share and whole + (at < rest)
    }
