"""Auditing a copy of the log by itself: everything that can be checked without asking anybody anything.

An entry point of the library: whoever holds a copy checks it by `audit` and, with a checkpoint kept from
another day, `verify_growth`, which mirrors rest on too. The privacy officer's questions are in `auditing/`.
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
from consent_ledger.merkle import NodeReader, root_at
from consent_ledger.note import Note
from consent_ledger.tiles import PathReader


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
    walk = Walk(read, said.size, report=_refuse)
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
    if walk.root() != said.root:
        raise Untrue("audit: the entries lead to another root than the checkpoint's")
    if erased > kinds["consent"]:
        raise Untrue("audit: more was erased than was consented to")
    return AuditReport(said, dict(sorted(kinds.items())), erased), claims


def verify_growth(before: Checkpoint, later: Checkpoint, *, node: NodeReader) -> Checkpoint:
    """Check that the tree of `later`, which `node` reads, begins with the tree of `before`; return `later`.

    No signature is verified here. Raises `Untrue` when the log was cut or rewritten.
    """
    if before.size > later.size:
        raise Untrue("log: shorter than it once was")
    if root_at(before.size, node) != before.root:
        raise Untrue("log: its past was rewritten")
    return later


def _refuse(finding: Finding) -> NoReturn:
    raise (Malformed if finding.code == "entries-damaged" else Untrue)(f"audit: {finding.text}")
