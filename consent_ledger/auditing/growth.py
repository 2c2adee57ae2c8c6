"""Questions 1 and 11: has the log only ever grown, and is it the one that witnesses saw?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from consent_ledger.auditing.answers import Answer, Evidence, Finding, Row, many, tallied
from consent_ledger.auditing.study import Study
from consent_ledger.auditing.timeline import Seen, shown
from consent_ledger.merkle import consistency_proof
from consent_ledger.tiles import tile_nodes
from consent_ledger.witness import AddCheckpoint

_COLUMNS = ("file", "size", "root", "witnesses", "seen_at", "agrees")


def grown(study: Study) -> Answer:
    """Question 1: every checkpoint at hand is a prefix of the copy, and the entries make its root."""
    findings = [*study.in_copy, *study.in_checkpoints, *_against(study, study.kept)]
    quorum = study.trusted.quorum
    for seen in study.kept:
        if seen.cosigned < quorum:
            text = f"{seen.name}: cosigned by {seen.cosigned} of the {quorum} witnesses that are required"
            findings.append(Finding("too-few-witnesses", text, evidence=(_note(seen),)))
    named = len(study.trusted.witnesses)
    said = f"{quorum} of {named} witnesses required of each" if named else "no witness was named"
    ends = "no" if findings else "yes"
    return Answer(
        1,
        "Append-only between any two checkpoints, and witnessed?",
        f"{ends}: {study.size} entries, {many(len(study.kept), 'checkpoint')}, {said}",
        columns=_COLUMNS,
        rows=lambda: _rows(study, study.kept),
        files=lambda: _consistency(study),
        findings=tallied(findings),
    )


def one_view(study: Study) -> Answer:
    """Question 11: what witnesses hold is this log, and no other under its name."""
    findings = [*study.in_witnessed, *_against(study, study.witnessed, split=True)]
    newest = max((seen.checkpoint.size for seen in study.witnessed), default=0)
    missing = None
    if newest > study.size:
        missing = f"a newer copy: a witness has seen {newest} entries"
    elif not study.witnessed and study.latest.cosigned < max(study.trusted.quorum, 1):
        missing = "checkpoints as witnesses hold them, or their cosignatures"
    return Answer(
        11,
        "Split view: does any witness hold another log under this name?",
        f"{'found' if findings else 'none'}: {many(len(study.witnessed), 'checkpoint')} from witnesses, "
        f"{many(study.latest.cosigned, 'cosignature')} under this one",
        columns=_COLUMNS,
        rows=lambda: _rows(study, study.witnessed),
        files=lambda: iter([_note(study.latest), *(_note(seen) for seen in study.witnessed)]),
        findings=tallied(findings),
        missing=missing,
    )


def _against(study: Study, seen: tuple[Seen, ...], *, split: bool = False) -> Iterator[Finding]:
    for each in seen:
        evidence = (_note(each), _note(study.latest))
        size = each.checkpoint.size
        if size > study.size:
            if not split:
                text = f"{each.name}: the log had {size} entries, and this copy has {study.size}"
                yield Finding("log-shrunk", text, evidence=evidence)
        elif size not in study.roots:
            # The walk ended before that size: what stopped it is a finding already.
            continue
        elif study.roots[size] != each.checkpoint.root:
            what = "another log under this name" if split else "the first entries of this copy are others"
            code = "split-view" if split else "past-rewritten"
            yield Finding(code, f"{each.name}: at {size} entries, {what}", evidence=evidence)


def _rows(study: Study, seen: tuple[Seen, ...]) -> Iterator[Row]:
    for each in seen:
        point = each.checkpoint
        known = study.roots.get(point.size)
        agrees = "not known" if known is None else "yes" if known == point.root else "no"
        yield each.name, point.size, point.root.hex(), each.cosigned, shown(each.at), agrees


def _consistency(study: Study) -> Iterator[Evidence]:
    """Consistency proofs from each checkpoint to the next, as a log sends them (C2SP tlog-witness)."""
    if not study.provable:
        return
    node = tile_nodes(study.material.read, study.size)
    fit = [seen for seen in study.kept if study.roots.get(seen.checkpoint.size) == seen.checkpoint.root]
    for old, new in pairwise(fit):
        first, last = old.checkpoint.size, new.checkpoint.size
        request = AddCheckpoint(first, consistency_proof(first, last, node), new.note)
        yield Evidence(f"consistency/{first}-{last}.txt", request.to_bytes())


def _note(seen: Seen) -> Evidence:
    return Evidence(f"checkpoints/{seen.name.replace('/', '-')}", seen.note.to_bytes())
