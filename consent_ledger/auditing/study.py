"""The study: everything that the questions are answered from, read and verified once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from consent_ledger import canonical
from consent_ledger.auditing.answers import Evidence, Finding, Tally, tallied
from consent_ledger.auditing.facts import Facts
from consent_ledger.auditing.material import Asked, Material, NamedFile
from consent_ledger.auditing.timeline import Seen, Timeline, see
from consent_ledger.auditing.walk import Walk
from consent_ledger.checkpoint import LogKeys
from consent_ledger.claim import ClaimVerifier
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.fields import Fields
from consent_ledger.receipt import Opening

Progress: TypeAlias = Callable[[int], None]
"""`progress(entries)`: so many more entries were read."""


@dataclass(frozen=True, slots=True)
class Study:
    """A copy that was walked, with what came with it.

    `latest` is the checkpoint that the copy stands on; `kept` are all checkpoints of the log at hand, by
    size, and `witnessed` those that witnesses hold. `roots` gives the root at the size of each. The findings
    are those made while reading: of the copy, of checkpoints, and of opened records.
    """

    material: Material
    asked: Asked
    trusted: LogKeys
    verify: ClaimVerifier
    facts: Facts
    latest: Seen
    kept: tuple[Seen, ...]
    witnessed: tuple[Seen, ...]
    timeline: Timeline
    roots: Mapping[int, bytes]
    whole: bool
    in_copy: tuple[Finding, ...]
    in_checkpoints: tuple[Finding, ...]
    in_witnessed: tuple[Finding, ...]
    in_openings: tuple[Finding, ...]

    @property
    def size(self) -> int:
        """How many entries the copy has."""
        return self.latest.checkpoint.size

    @property
    def provable(self) -> bool:
        """Whether entries, tiles and root agree: parts that contradict one another prove nothing."""
        tiles_agree = not any(finding.code.startswith("tile-") for finding in self.in_copy)
        return self.whole and tiles_agree and self.roots.get(self.size) == self.latest.checkpoint.root

    def opened(self) -> int:
        """How many records were opened."""
        return self.facts.number("SELECT count(*) FROM event")


def read_study(
    material: Material,
    *,
    asked: Asked,
    trusted: LogKeys,
    verify: ClaimVerifier,
    facts: Facts,
    progress: Progress,
) -> Study:
    """Walk the copy, verify every checkpoint and every opened record.

    Raises `Malformed` when the copy's checkpoint cannot be read, and `Untrue` when no trusted key signed it:
    then there is nothing to audit. Whatever else is wrong becomes a finding.
    """
    latest = see("checkpoint", material.checkpoint, trusted=trusted, verify=verify)
    kept, in_checkpoints = _checkpoints(material.kept(), trusted, verify=verify)
    witnessed, in_witnessed = _checkpoints(material.witnessed(), trusted, verify=verify)
    kept = tuple(sorted([*kept, latest], key=lambda seen: seen.checkpoint.size))
    in_copy = Tally()
    marks = {seen.checkpoint.size for seen in (*kept, *witnessed)}
    size = latest.checkpoint.size
    walk = Walk(material.read, size, marks=marks, report=in_copy.add)
    for bundle in walk.bundles():
        for index in facts.take(bundle):
            in_copy.add(Finding("entry-twice", f"entry {index}: stands in the log already", index))
        progress(len(bundle))
    in_openings = tallied(_openings(material, facts, verify=verify))
    if material.officer is not None and (inventory := material.officer.inventory()) is not None:
        facts.seal(inventory.entries)
    return Study(
        material=material,
        asked=asked,
        trusted=trusted,
        verify=verify,
        facts=facts,
        latest=latest,
        kept=kept,
        witnessed=witnessed,
        timeline=Timeline.of((*kept, *witnessed)),
        roots=walk.roots,
        whole=walk.whole,
        in_copy=in_copy.findings(),
        in_checkpoints=in_checkpoints,
        in_witnessed=in_witnessed,
        in_openings=in_openings,
    )


def _checkpoints(
    files: Iterator[NamedFile], trusted: LogKeys, *, verify: ClaimVerifier
) -> tuple[tuple[Seen, ...], tuple[Finding, ...]]:
    seen, findings = [], Tally()
    for name, raw in files:
        try:
            seen.append(see(name, raw, trusted=trusted, verify=verify))
        except (Malformed, Untrue) as error:
            findings.add(Finding("checkpoint-false", f"{name}: {error}", None, (Evidence(name, raw),)))
    return tuple(seen), findings.findings()


def _openings(material: Material, facts: Facts, *, verify: ClaimVerifier) -> Iterator[Finding]:
    if material.officer is None:
        return
    for name, raw in material.officer.openings():
        try:
            opening = read_opening(raw)
        except (Malformed, Untrue) as error:
            yield Finding("record-unreadable", f"record {name}: {error}")
            continue
        index = facts.index_of(opening.entry())
        if index is None:
            yield Finding("record-not-logged", f"record {name}: the log does not hold it")
            continue
        try:
            verify((opening.claim(),))
        except Untrue:
            text = f"entry {index}: its subject did not sign the record"
            yield Finding("record-not-signed", text, index)
            continue
        facts.open(index, opening)


def read_opening(raw: bytes) -> Opening:
    """Read a record that was opened, with its salt and signature; raises `Malformed` or `Untrue`."""
    fields = Fields(canonical.decode(raw), "opening")
    fields.whole("v", low=1, high=1)
    opening = Opening.take(fields)
    fields.done()
    return opening
