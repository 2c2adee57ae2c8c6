"""Questions 1 and 11: has the log only ever grown, and is it the one that witnesses saw?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from consent_ledger.auditing.answers import Answer, Evidence, Finding, Row, many, tallied
from consent_ledger.auditing.checkpoints import KEPT, WITNESSED, proven_at, seen
from consent_ledger.auditing.study import Study
from consent_ledger.auditing.timeline import shown
from consent_ledger.merkle import consistency_proof
from consent_ledger.note import Note
from consent_ledger.tiles import tile_nodes
from consent_ledger.witness import AddCheckpoint

_COLUMNS = ("file", "size", "root", "witnesses", "seen_at", "agrees")


def grown(study: Study) -> Answer:
    """Question 1: every checkpoint at hand is a prefix of the copy, and the entries make its root."""
    quorum, named = study.trusted.quorum, len({each.public_key for each in study.trusted.witnesses})
    findings = tallied(
        study.in_copy, study.in_checkpoints, _against(study, KEPT), _too_few(study), _other_root(study)
    )
    count = study.facts.number("SELECT count(*) FROM checkpoint WHERE kind = ?", KEPT)
    said = f"{quorum} of {named} witnesses required of each" if quorum else "no witness required"
    missing = None if quorum else "witnesses' keys, and how many of them must have cosigned (--quorum)"
    return Answer(
        1,
        "Append-only between any two checkpoints, and witnessed?",
        f"{'no' if findings else 'yes'}: {study.size} entries, {many(count, 'checkpoint')}, {said}",
        columns=_COLUMNS,
        rows=lambda: _rows(study, KEPT),
        files=lambda: _consistency(study),
        findings=findings,
        missing=missing,
    )


def one_view(study: Study) -> Answer:
    """Question 11: what witnesses hold is this log, and no other under its name."""
    findings = tallied(study.in_witnessed, _against(study, WITNESSED))
    query = "SELECT {} FROM checkpoint WHERE kind = ? AND cosigned > 0"
    copies = study.facts.number(query.format("count(*)"), WITNESSED)
    newest = study.facts.number(query.format("max(size)"), WITNESSED)
    missing = None
    if newest > study.size:
        missing = f"a newer copy: a witness has seen {newest} entries"
    elif not copies and study.latest.cosigned < study.needed:
        missing = "checkpoints that trusted witnesses hold, or their cosignatures"
    return Answer(
        11,
        "Split view: does any witness hold another log under this name?",
        f"{'found' if findings else 'none'}: {many(copies, 'checkpoint')} from witnesses, of up to {newest}; "
        f"{many(study.latest.cosigned, 'cosignature')} under this one of {study.size}",
        columns=_COLUMNS,
        rows=lambda: _rows(study, WITNESSED),
        files=lambda: (each.evidence() for each in seen(study.facts, WITNESSED)),
        findings=findings,
        missing=missing,
    )


def _against(study: Study, kind: str) -> Iterator[Finding]:
    for each in seen(study.facts, kind):
        evidence = (each.evidence(), study.latest.evidence())
        if each.size > study.size:
            # A witness may be ahead of a copy; a checkpoint of our own never is.
            if kind == KEPT:
                text = f"{each.name}: the log had {each.size} entries, and this copy has {study.size}"
                yield Finding("log-shrunk", text, evidence=evidence)
            continue
        root = study.root_at(each.size)
        if root is None or root == each.root or each == study.latest:
            # Where the walk ended before that size, what stopped it is a finding already.
            continue
        if kind == KEPT:
            text = f"{each.name}: at {each.size} entries, the first entries of this copy are others"
            yield Finding("past-rewritten", text, evidence=evidence)
        else:
            text = f"{each.name}: at {each.size} entries, another log under this name"
            yield Finding("split-view", text, evidence=evidence)


def _other_root(study: Study) -> Iterator[Finding]:
    root = study.root_at(study.size)
    if root is not None and root != study.latest.root:
        text = "checkpoint: the entries lead to another root than the one that was signed"
        yield Finding("root-differs", text, evidence=(study.latest.evidence(),))


def _too_few(study: Study) -> Iterator[Finding]:
    quorum = study.trusted.quorum
    for each in seen(study.facts, KEPT):
        if each.cosigned < quorum:
            text = f"{each.name}: cosigned by {each.cosigned} of the {quorum} witnesses that are required"
            yield Finding("too-few-witnesses", text, evidence=(each.evidence(),))


def _rows(study: Study, kind: str) -> Iterator[Row]:
    for each in seen(study.facts, kind):
        known = study.root_at(each.size) if each.size <= study.size else None
        agrees = "not known" if known is None else "yes" if known == each.root else "no"
        at = proven_at(study.facts, each, needed=study.needed)
        yield each.name, each.size, each.root.hex(), each.cosigned, shown(at), agrees


def _consistency(study: Study) -> Iterator[Evidence]:
    """Consistency proofs from each checkpoint to the next, as a log sends them (C2SP tlog-witness)."""
    if not study.provable:
        return
    node = tile_nodes(study.material.read, study.size)
    fit = (each for each in seen(study.facts, KEPT) if study.root_at(each.size) == each.root)
    for old, new in pairwise(fit):
        proof = consistency_proof(old.size, new.size, node)
        request = AddCheckpoint(old.size, proof, Note.from_bytes(new.note)).to_bytes()
        yield Evidence.of(f"consistency/{old.size}-{new.size}.txt", request)
