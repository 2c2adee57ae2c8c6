"""Sequences of pages as sessions hold them, and which of them are kept for evaluation alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from edge_client.wire.paths import ItemId


@dataclass(frozen=True, slots=True)
class Holdout:
    """A share of all distinct sequences, chosen by a hash: the same ones wherever the same file is read.

    `share` is between 0 and 1; another `seed` chooses others.
    """

    share: float
    seed: int = 0

    def holds(self, pages: tuple[ItemId, ...]) -> bool:
        """Whether this sequence is held out."""
        digest = hashlib.sha256(f"{self.seed}>>{'>>'.join(pages)}".encode()).digest()
        return int.from_bytes(digest[:8], "big") < self.share * 2**64


def collapse(pages: Iterable[ItemId]) -> tuple[ItemId, ...]:
    """The sequence with each run of one page, as reloads make it, written once."""
    return tuple(page for page, _ in groupby(pages))
