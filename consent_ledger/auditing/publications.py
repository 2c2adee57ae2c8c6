"""Questions 8 and 10: was everything that the log names served to everybody, and what was live when?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from consent_ledger.auditing.answers import Answer, Evidence, Finding, Row, tallied
from consent_ledger.auditing.study import Study
from consent_ledger.auditing.terms import ManifestNames, ReleaseTerms, TaskTerms, as_it_is, document, task_ids
from consent_ledger.auditing.timeline import shown
from consent_ledger.documents import hash_named_by, path_of
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.keys import KeyList
from consent_ledger.leaf import BudgetLeaf, BundleLeaf, KeysLeaf, NoticeLeaf, TaskLeaf

_KINDS = (NoticeLeaf, TaskLeaf, KeysLeaf, BundleLeaf, BudgetLeaf)


def served(study: Study) -> Answer:
    """Question 8: whatever a leaf names by hash must lie among the public files, byte for byte."""
    total = sum(1 for _ in study.facts.publications(*_KINDS))
    findings = tallied(_unserved(study))
    return Answer(
        8,
        "Leaves never served: does the log name anything that the public cannot fetch?",
        f"{total - len(findings)} of {total} documents are here",
        columns=("index", "kind", "document", "served"),
        rows=lambda: _documents(study),
        proven=lambda: (finding.index for finding in findings if finding.index is not None),
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
            shown_ = (Evidence(path_of(digest), raw),)
            yield Finding("served-other-bytes", text, index, shown_)


def live(study: Study) -> Answer:
    """Question 10: on one day; the last that the copy knows when none is asked for."""
    day = study.asked.day or study.timeline.last_day()
    size = study.size if study.asked.day is None else study.timeline.size_on(study.asked.day)
    question = (
        "Which tasks, epsilons, keys, models and code were live on a day, and do releases match budgets?"
    )
    columns = ("what", "name", "index", "value", "logged_by")
    findings = tallied(_release_findings(study))
    releases = sum(1 for _ in study.facts.publications(BudgetLeaf))
    if size is None:
        return Answer(
            10,
            question,
            f"{releases} releases looked through",
            columns=columns,
            findings=findings,
            missing=f"a checkpoint that witnesses saw on or before {study.asked.day}",
        )
    at: int = size
    return Answer(
        10,
        question,
        f"{_said(day)}, at {at} entries; {releases} releases looked through",
        columns=columns,
        rows=lambda: _live(study, at),
        proven=lambda: (int(row[2]) for row in _live(study, at) if isinstance(row[2], int)),
        findings=findings,
    )


def _said(day: date | None) -> str:
    return "as of the copy, whose day nobody proves" if day is None else f"on {day.isoformat()} (UTC)"


def _live(study: Study, size: int) -> Iterator[Row]:
    read = study.material.read
    bundles: dict[str, tuple[int, BundleLeaf]] = {}
    tasks: dict[str, tuple[int, TaskLeaf]] = {}
    keys: tuple[int, KeysLeaf] | None = None
    for index, leaf in study.facts.publications(BundleLeaf, TaskLeaf, KeysLeaf):
        if index >= size:
            break
        match leaf:
            case BundleLeaf():
                bundles[leaf.site] = (index, leaf)
            case TaskLeaf():
                tasks[leaf.task] = (index, leaf)
            case KeysLeaf():
                keys = (index, leaf)
            case _:
                continue
    if keys is not None:
        yield from _keys(study, *keys)
    announced = set(tasks)
    for site, (index, bundle) in bundles.items():
        by = shown(study.timeline.by(index))
        yield "bundle", site, index, f"version {bundle.version}", by
        names = _manifest(document(read, bundle.manifest_hash))
        if names is None:
            continue
        for name, digest in names.files:
            yield "file", f"{site}: {name}", index, digest, by
            if name == "tasks.json" and (raw := document(read, bytes.fromhex(digest))) is not None:
                announced &= set(_ids(raw))
    for name in sorted(announced):
        index, task = tasks[name]
        raw = document(read, task.task_hash)
        terms = None if raw is None else _task(raw)
        value = None if terms is None else (
            f"purpose {terms.purpose}, k {terms.k}, epsilon {terms.epsilon_milli / 1000:g}, "
            f"delta 1e-{terms.delta_exp}: {terms.sentence}"
        )  # fmt: skip
        yield "task", name, index, value, shown(study.timeline.by(index))


def _keys(study: Study, index: int, leaf: KeysLeaf) -> Iterator[Row]:
    by = shown(study.timeline.by(index))
    raw = document(study.material.read, leaf.keys_hash)
    try:
        listed = None if raw is None else KeyList.from_bytes(raw)
    except Malformed:
        listed = None
    if listed is None:
        yield "keys", "list", index, leaf.keys_hash.hex(), by
        return
    for kind, keys in (("log", listed.log), ("witness", listed.witnesses), ("bundles", listed.bundles)):
        for key in keys:
            yield "keys", kind, index, str(key), by
    yield "keys", "quorum", index, listed.quorum, by


def _release_findings(study: Study) -> Iterator[Finding]:
    """Releases that are not what their budget leaf says, that overspend their task, or come twice."""
    tasks = {
        leaf.task: raw
        for _, leaf in study.facts.publications(TaskLeaf)
        if isinstance(leaf, TaskLeaf) and (raw := document(study.material.read, leaf.task_hash)) is not None
    }
    logged = {leaf.task for _, leaf in study.facts.publications(TaskLeaf) if isinstance(leaf, TaskLeaf)}
    spent: dict[tuple[str, str], int] = {}
    for index, leaf in study.facts.publications(BudgetLeaf):
        if not isinstance(leaf, BudgetLeaf):
            continue
        again = spent.setdefault((leaf.task, leaf.period), index)
        if again != index:
            text = f"entry {index}: entry {again} released the same task and period"
            yield Finding("released-twice", text, index)
        if leaf.task not in logged:
            yield Finding("task-not-logged", f"entry {index}: its task was never announced", index)
        terms = None if leaf.task not in tasks else _task(tasks[leaf.task])
        if leaf.task in tasks and terms is None:
            yield Finding("task-unreadable", f"entry {index}: its task's document cannot be read", index)
        if terms is not None and (leaf.epsilon_milli is None or leaf.epsilon_milli > terms.epsilon_milli):
            text = f"entry {index}: spent more of the privacy budget than its task allows"
            yield Finding("overspent", text, index)
        yield from _release_finding(study, index, leaf)


def _release_finding(study: Study, index: int, leaf: BudgetLeaf) -> Iterator[Finding]:
    raw = document(study.material.read, leaf.release_hash)
    if raw is None:
        # Question 8 reports it.
        return
    evidence = (Evidence(path_of(leaf.release_hash), raw),)
    try:
        release = ReleaseTerms.parse(raw)
    except (Malformed, Untrue) as error:
        yield Finding("release-unusable", f"entry {index}: {error}", index, evidence)
        return
    if (release.epsilon_milli, release.delta_exp) != (leaf.epsilon_milli, leaf.delta_exp):
        text = f"entry {index}: the release names another epsilon or delta than the log"
        yield Finding("release-differs", text, index, evidence)


def _manifest(raw: bytes | None) -> ManifestNames | None:
    try:
        return None if raw is None else ManifestNames.parse(raw)
    except Malformed:
        return None


def _task(raw: bytes) -> TaskTerms | None:
    try:
        return TaskTerms.parse(raw)
    except Malformed:
        return None


def _ids(raw: bytes) -> tuple[str, ...]:
    try:
        return task_ids(raw)
    except Malformed:
        return ()
