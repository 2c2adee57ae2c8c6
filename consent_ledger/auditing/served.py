"""Question 8: was everything that the log names served to everybody?"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from consent_ledger.auditing.answers import Answer, Evidence, Finding, Row, many, tallied
from consent_ledger.auditing.study import Study
from consent_ledger.auditing.terms import as_it_is, document
from consent_ledger.documents import hash_named_by, path_of
from consent_ledger.leaf import BudgetLeaf, BundleLeaf, KeysLeaf, ModelLeaf, NoticeLeaf, TaskLeaf
from consent_ledger.tiles import PathReader

_KINDS = tuple(kind.kind for kind in (NoticeLeaf, TaskLeaf, KeysLeaf, BundleLeaf, BudgetLeaf, ModelLeaf))


def served(study: Study) -> Answer:
    """Question 8: whatever a leaf names by hash must lie among the public files, byte for byte."""
    total = sum(1 for _ in study.facts.publications(*_KINDS))
    findings = tallied(_unserved(study))
    return Answer(
        8,
        "Leaves never served: does the log name anything that the public cannot fetch?",
        f"{'some' if findings else 'none'}: {many(total, 'document')} named",
        columns=("index", "kind", "document", "served"),
        rows=lambda: _documents(study),
        proven=lambda: (index for index, _ in study.facts.publications(*_KINDS)),
        findings=findings,
    )


def _documents(study: Study) -> Iterator[Row]:
    for index, leaf in study.facts.publications(*_KINDS):
        digest = hash_named_by(leaf)
        if digest is not None:
            here = document(study.material.read, digest) is not None
            yield index, leaf.kind, digest.hex(), "yes" if here else "no"


def _unserved(study: Study) -> Iterator[Finding]:
    for index, leaf in study.facts.publications(*_KINDS):
        digest = hash_named_by(leaf)
        if digest is None or document(study.material.read, digest) is not None:
            continue
        raw = as_it_is(study.material.read, digest)
        if raw is None:
            text = f"entry {index}: its {leaf.kind} document is not among the public files"
            yield Finding("never-served", text, index)
        else:
            text = f"entry {index}: its {leaf.kind} document is not the bytes that were logged"
            shown_ = (Evidence(path_of(digest), reader(study.material.read, digest)),)
            yield Finding("served-other-bytes", text, index, shown_)


def reader(read: PathReader, digest: bytes) -> Callable[[], bytes]:
    """What reads the bytes in a document's place when they are wanted."""
    return lambda: as_it_is(read, digest) or b""
