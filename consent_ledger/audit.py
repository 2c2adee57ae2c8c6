"""Auditing a copy of the log by itself: everything that can be checked without asking anybody anything.

The check of one copy, as a verifier does it; the privacy officer's questions are in `auditing/`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from consent_ledger.auditing.answers import Finding
from consent_ledger.auditing.walk import Walk
from consent_ledger.checkpoint import Checkpoint, LogKeys
from consent_ledger.claim import SignatureClaim
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.leaf import ErasureLeaf
from consent_ledger.merkle import root_at
from consent_ledger.note import Note
from consent_ledger.tiles import PathReader, tile_nodes


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What a copy of the log holds: its checkpoint, leaves of each kind, and consents that were erased."""

    checkpoint: Checkpoint
    kinds: Mapping[str, int]
    erased: int


def audit(
    read: PathReader, checkpoint: bytes, *, trusted: LogKeys
) -> tuple[AuditReport, tuple[SignatureClaim, ...]]:
    """Read the whole copy; compare checkpoint, tiles and entries with one another.

    `read` gives the files below the log's prefix. Returns the report, and the claims that must still be
    verified before it is believed. Raises `Malformed` when the checkpoint or a bundle is unreadable, and
    `Untrue` when a part is missing, two parts contradict each other, an entry is no leaf or stands twice, or
    more was erased than was consented to.
    """
    said, claims = trusted.check(Note.from_bytes(checkpoint))
    walk = Walk(read, said.size, marks=(), report=_refuse)
    kinds: Counter[str] = Counter()
    seen: set[bytes] = set()
    erased = 0
    for bundle in walk.bundles():
        for entry in bundle:
            if entry.hash in seen:
                raise Untrue("audit: an entry stands twice")
            seen.add(entry.hash)
            kinds[entry.leaf.kind] += 1
            erased += entry.leaf.count if isinstance(entry.leaf, ErasureLeaf) else 0
    if walk.roots[said.size] != said.root:
        raise Untrue("audit: the entries lead to another root than the checkpoint's")
    if erased > kinds["consent"]:
        raise Untrue("audit: more was erased than was consented to")
    return AuditReport(said, dict(sorted(kinds.items())), erased), claims


def verify_growth(
    read: PathReader, earlier: bytes, *, later: Checkpoint, trusted: LogKeys
) -> tuple[SignatureClaim, ...]:
    """Check that the copy at `later` begins with the tree of an earlier checkpoint, kept from another day.

    Returns the claims about the earlier checkpoint; raises `Untrue` when the log was cut or rewritten.
    """
    before, claims = trusted.check(Note.from_bytes(earlier))
    if before.size > later.size:
        raise Untrue("audit: the log is shorter than it once was")
    if root_at(before.size, tile_nodes(read, later.size)) != before.root:
        raise Untrue("audit: the log's past was rewritten")
    return claims


def _refuse(finding: Finding) -> NoReturn:
    raise (Malformed if finding.code == "entries-damaged" else Untrue)(f"audit: {finding.text}")
