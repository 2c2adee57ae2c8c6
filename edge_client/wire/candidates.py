"""Candidate pairs: the page pairs that a count may be about, chosen in public and without a look at visits.

With such a list noise goes on every pair of it, zeros included, and nothing hangs on which pairs occurred.
Its format is in `docs/formats/release.md`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby, pairwise

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed, Untrue
from edge_client.wire.catalogue import hash_pages
from edge_client.wire.paths import ItemId
from edge_client.wire.privacy import PublicPairs, is_count
from edge_client.wire.release import MOST_PAGES, Release

MOST_PAIRS = 2_500_000
LONGEST_BYTES = 32 * 1024 * 1024
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Ordered pairs (from index, to index) of the pages that `pages_hash` names, sorted without doubles.

    Raises Malformed for wrong shapes, Untrue for a page that would follow itself.
    """

    pages_hash: str
    pairs: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        if not _HASH.fullmatch(self.pages_hash):
            raise Malformed("candidates: pages_hash is not a SHA-256 hash")
        if len(self.pairs) > MOST_PAIRS:
            raise Malformed("candidates: too many pairs")
        if any(not (is_count(a) and is_count(b)) or max(a, b) >= MOST_PAGES for a, b in self.pairs):
            raise Malformed("candidates: a page index is out of range")
        if any(earlier >= later for earlier, later in pairwise(self.pairs)):
            raise Malformed("candidates: pairs are not sorted without doubles")
        if any(a == b for a, b in self.pairs):
            raise Untrue("candidates: a page follows itself")

    @classmethod
    def of(cls, pairs: Iterable[tuple[int, int]], *, pages: tuple[ItemId, ...]) -> Candidates:
        """The candidates among `pages`, sorted; raises Untrue for an index outside them."""
        made = cls(hash_pages(pages), tuple(sorted(set(pairs))))
        made.check_pages(pages)
        return made

    @classmethod
    def parse(cls, data: bytes) -> Candidates:
        """Read `candidates.json`; what parses prints back byte for byte. Raises Malformed or Untrue."""
        match canonical.decode(data, max_bytes=LONGEST_BYTES):
            case {
                "v": version,
                "kind": "page-pairs",
                "pages_hash": str(pages_hash),
                "pairs": list(rows),
                **others,
            }:
                if others or version != 1 or isinstance(version, bool):
                    raise Malformed("candidates: not version 1 candidates")
            case _:
                raise Malformed("candidates: not version 1 candidates")
        candidates = cls(pages_hash, tuple(pair for row in rows for pair in _pairs(row)))
        if candidates.to_bytes() != data:
            raise Malformed("candidates: does not print back as it was read")
        return candidates

    def to_bytes(self) -> bytes:
        """The candidates as canonical JSON, a row for each page that any pair comes from."""
        rows: list[Json] = [
            [source, [target for _, target in pairs]]
            for source, pairs in groupby(self.pairs, lambda pair: pair[0])
        ]
        return canonical.encode({"kind": "page-pairs", "pages_hash": self.pages_hash, "pairs": rows, "v": 1})

    @property
    def public(self) -> PublicPairs:
        """What a release says of them."""
        return PublicPairs(len(self.pairs), hashlib.sha256(self.to_bytes()).hexdigest())

    def check_pages(self, pages: tuple[ItemId, ...]) -> None:
        """Raise Untrue unless these are pairs of `pages`."""
        if hash_pages(pages) != self.pages_hash:
            raise Untrue("candidates: made for other pages")
        if any(max(pair) >= len(pages) for pair in self.pairs):
            raise Untrue("candidates: an index is outside the pages")

    def check_release(self, release: Release) -> None:
        """Raise Untrue unless `release` names these candidates, and has no cell that is none of them."""
        if release.candidates != self.public:
            raise Untrue("release: made with other candidates")
        self.check_pages(release.pages)
        known = frozenset(self.pairs)
        if any((a, b) not in known for a, b, _ in release.cells):
            raise Untrue("release: a cell is no candidate")


def all_pairs(pages: tuple[ItemId, ...]) -> Candidates:
    """Every ordered pair of different pages; raises Malformed when they are too many."""
    size = len(pages)
    if size * (size - 1) > MOST_PAIRS:
        raise Malformed("candidates: too many pairs")
    return Candidates(hash_pages(pages), tuple((a, b) for a in range(size) for b in range(size) if a != b))


def _pairs(row: Json) -> list[tuple[int, int]]:
    match row:
        case [int(source), list(targets)] if targets and not isinstance(source, bool):
            return [(source, _index(target)) for target in targets]
        case _:
            raise Malformed("candidates: a row is not a page and those that follow it")


def _index(value: Json) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Malformed("candidates: a page index is not a whole number")
    return value
