"""Whether releases are what was announced and paid for, and keys those that were logged (question 10)."""

from __future__ import annotations

from collections.abc import Iterator

from consent_ledger.auditing.answers import Evidence, Finding
from consent_ledger.auditing.study import Study
from consent_ledger.auditing.terms import (
    ReleaseTerms,
    TaskTerms,
    document,
    read_keys,
    read_manifest,
    read_task,
)
from consent_ledger.documents import path_of
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.leaf import BudgetLeaf, BundleLeaf, KeysLeaf, TaskLeaf


def key_findings(study: Study) -> Iterator[Finding]:
    """Keys that are used and were never logged."""
    read = study.material.read
    logged = {leaf.keys_hash for _, leaf in study.facts.leaves(KeysLeaf)}
    lists = [listed for digest in logged if (listed := read_keys(read, digest)) is not None]
    known = {key for listed in lists for key in listed.log}
    signed = {(line.name, line.key_id) for line in study.latest.note.signatures}
    used = {key for key in study.trusted.keys if (key.name, key.key_id) in signed}
    if lists and not used & known:
        yield Finding("key-not-listed", "checkpoint: signed by a key that no list in the log names")
    for index, leaf in study.facts.leaves(BundleLeaf):
        names = read_manifest(read, leaf.manifest_hash)
        if names is None:
            # Question 8 reports a manifest that is missing.
            if document(read, leaf.manifest_hash) is not None:
                yield Finding("manifest-unreadable", f"entry {index}: its manifest cannot be read", index)
        elif bytes.fromhex(names.keys) not in logged:
            yield Finding("bundle-keys-not-logged", f"entry {index}: names keys that were not logged", index)


def release_findings(study: Study) -> Iterator[Finding]:
    """Releases that are not what their budget leaf says, that overspend their task, or come twice."""
    tasks = {leaf.task: leaf.task_hash for _, leaf in study.facts.leaves(TaskLeaf)}
    spent: dict[tuple[str, str], int] = {}
    for index, leaf in study.facts.leaves(BudgetLeaf):
        before = spent.setdefault((leaf.task, leaf.period), index)
        if before != index:
            text = f"entry {index}: entry {before} released the same task and period"
            yield Finding("released-twice", text, index)
        terms = None
        if leaf.task not in tasks:
            yield Finding("task-not-logged", f"entry {index}: its task was never announced", index)
        else:
            terms = read_task(study.material.read, tasks[leaf.task])
            if terms is None and document(study.material.read, tasks[leaf.task]) is not None:
                yield Finding("task-unreadable", f"entry {index}: its task cannot be read", index)
        if terms is not None and _is_more(leaf, terms):
            text = f"entry {index}: spent more of the privacy budget than its task allows"
            yield Finding("budget-overspent", text, index)
        yield from _release(study, index, leaf=leaf, terms=terms)


def _is_more(leaf: BudgetLeaf, terms: TaskTerms) -> bool:
    if leaf.epsilon_milli is None or leaf.epsilon_milli > terms.epsilon_milli:
        return True
    return leaf.delta_exp is not None and leaf.delta_exp < terms.delta_exp


def _release(study: Study, index: int, *, leaf: BudgetLeaf, terms: TaskTerms | None) -> Iterator[Finding]:
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
    if terms is not None and release.k < terms.k:
        text = f"entry {index}: the release shows smaller counts than its task allows"
        yield Finding("release-under-k", text, index, evidence)
