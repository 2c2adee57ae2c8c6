"""The study: everything that the questions are answered from, read and verified once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from consent_ledger.auditing.answers import Finding, Tally, tallied
from consent_ledger.auditing.checkpoints import (
    KEPT,
    WITNESSED,
    Seen,
    next_size,
    root_at,
    see,
    see_all,
    timeline,
)
from consent_ledger.auditing.facts import Facts
from consent_ledger.auditing.material import Asked, Inventory, Material
from consent_ledger.auditing.records import ShownReceipt, put_in_turn, read_openings, read_receipts
from consent_ledger.auditing.timeline import Timeline
from consent_ledger.auditing.walk import Walk
from consent_ledger.checkpoint import LogKeys
from consent_ledger.claim import ClaimVerifier
from consent_ledger.merkle import EMPTY_ROOT

Progress: TypeAlias = Callable[[int], None]
"""`progress(entries)`: so many more entries were read."""


@dataclass(frozen=True, slots=True)
class Study:
    """A copy that was walked, with what came with it.

    `latest` is the checkpoint that the copy stands on. `needed` is how many witnesses prove a time, and
    `receipts` are those shown that belong to the log. `consistent` says that the entries make the root that
    was signed. The findings are those made while reading: of the copy, of checkpoints, of receipts and of
    opened records. `verify` checks signatures under what the log names.
    """

    material: Material
    asked: Asked
    trusted: LogKeys
    facts: Facts
    latest: Seen
    needed: int
    timeline: Timeline
    inventory: Inventory | None
    receipts: tuple[ShownReceipt, ...]
    consistent: bool
    in_copy: tuple[Finding, ...]
    in_checkpoints: tuple[Finding, ...]
    in_witnessed: tuple[Finding, ...]
    in_receipts: tuple[Finding, ...]
    in_openings: tuple[Finding, ...]
    verify: ClaimVerifier

    @property
    def size(self) -> int:
        """How many entries the copy has."""
        return self.latest.size

    @property
    def provable(self) -> bool:
        """Whether entries, tiles and root agree: parts that contradict one another prove nothing."""
        return self.consistent and not any(finding.code.startswith("tile-") for finding in self.in_copy)

    @property
    def is_behind(self) -> bool:
        """Whether the copy is older than what the officer holds: what it lacks proves nothing then."""
        return self.inventory is not None and self.size < self.inventory.until

    def opened(self) -> int:
        """How many records the officer opened."""
        return self.facts.number("SELECT count(*) FROM event WHERE NOT shown")

    def known(self) -> int:
        """How many records were opened, or shown by receipts."""
        return self.facts.number("SELECT count(*) FROM event")

    def root_at(self, size: int) -> bytes | None:
        """The copy's own root at the size of some checkpoint; None when the walk did not get there."""
        return EMPTY_ROOT if size == 0 else root_at(self.facts, size)


def read_study(
    material: Material,
    *,
    asked: Asked,
    trusted: LogKeys,
    verify: ClaimVerifier,
    facts: Facts,
    progress: Progress,
) -> Study:
    """Walk the copy, verify every checkpoint, every receipt and every opened record.

    Raises `Malformed` when the copy's checkpoint cannot be read, and `Untrue` when no trusted key signed it:
    then there is nothing to audit. Whatever else is wrong becomes a finding.
    """
    latest = see(KEPT, "checkpoint", material.checkpoint, facts=facts, trusted=trusted, verify=verify)
    in_checkpoints = tallied(see_all(KEPT, material.kept(), facts=facts, trusted=trusted, verify=verify))
    in_witnessed = tallied(
        see_all(WITNESSED, material.witnessed(), facts=facts, trusted=trusted, verify=verify)
    )
    in_copy = Tally()
    walk = Walk(
        material.read,
        latest.size,
        report=in_copy.add,
        next_mark=lambda size: next_size(facts, size),
        mark=lambda size, root: facts.write("INSERT INTO root VALUES (?, ?)", [(size, root)]),
    )
    for bundle in walk.bundles():
        for index in facts.take(bundle):
            in_copy.add(Finding("entry-twice", f"entry {index}: stands in the log already", index))
        progress(len(bundle))
    inventory = None if material.officer is None else material.officer.inventory()
    if inventory is not None:
        facts.seal(inventory.entries)
    receipts, in_receipts = read_receipts(asked.receipts, facts=facts, trusted=trusted, verify=verify)
    is_behind = inventory is not None and latest.size < inventory.until
    in_openings = tallied(read_openings(material.officer, facts, verify=verify, is_behind=is_behind))
    put_in_turn(facts)
    needed = max(trusted.quorum, 1)
    return Study(
        material=material,
        asked=asked,
        trusted=trusted,
        facts=facts,
        latest=latest,
        needed=needed,
        timeline=timeline(facts, needed=needed),
        inventory=inventory,
        receipts=receipts,
        consistent=walk.whole and walk.root() == latest.root,
        in_copy=in_copy.findings(),
        in_checkpoints=in_checkpoints,
        in_witnessed=in_witnessed,
        in_receipts=in_receipts,
        in_openings=in_openings,
        verify=verify,
    )
