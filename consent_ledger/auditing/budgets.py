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
from consent_ledger.cosignature import cosignature_claims
from consent_ledger.documents import path_of
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.leaf import BudgetLeaf, BundleLeaf, KeysLeaf, TaskLeaf
from consent_ledger.note import Note, is_by


def key_findings(study: Study) -> Iterator[Finding]:
    """Keys that are used and that no list in the log names; where the log lists none, nothing is said."""
    read = study.material.read
    logged = {leaf.keys_hash for _, leaf in study.facts.leaves(KeysLeaf)}
    lists = [listed for digest in logged if (listed := read_keys(read, digest)) is not None]
    note, trusted = Note.from_bytes(study.latest.note), study.trusted
    signers = {key for key in trusted.keys if any(is_by(line, key) for line in note.signatures)}
    cosigners = {key for key in trusted.witnesses if cosignature_claims(note, key)}
    strangers = len(signers - {key for listed in lists for key in listed.log})
    strangers += len(cosigners - {key for listed in lists for key in listed.witnesses})
    if lists and strangers:
        text = f"checkpoint: signed by {strangers} of the trusted keys that no list in the log names"
        yield Finding("key-not-listed", text)
    for index, leaf in study.facts.leaves(BundleLeaf):
        names = read_manifest(read, leaf.manifest_hash)
        if names is None:
            # Question 8 reports a manifest that is missing.
            if document(read, leaf.manifest_hash) is not None:
                yield Finding("manifest-unreadable", f"entry {index}: its manifest cannot be read", index)
        elif bytes.fromhex(names.keys) not in logged:
            yield Finding("bundle-keys-not-logged", f"entry {index}: names keys that were not logged", index)


def release_findings(study: Study) -> Iterator[Finding]:
    """Tasks that changed, and releases that are not what their task and budget leaf say, or come twice."""
    tasks: dict[str, bytes] = {}
    spent: dict[tuple[str, str], int] = {}
    versions: set[int] = set()
    # In the order of the log: a task counts from where it was announced, and never for what came before.
    for index, leaf in study.facts.publications(TaskLeaf.kind, BudgetLeaf.kind):
        match leaf:
            case TaskLeaf():
                if tasks.setdefault(leaf.task, leaf.task_hash) != leaf.task_hash:
                    text = f"entry {index}: a task that was announced before, with other terms"
                    yield Finding("task-changed", text, index)
            case BudgetLeaf():
                before = spent.setdefault((leaf.task, leaf.period), index)
                if before != index:
                    text = f"entry {index}: entry {before} released the same task and period"
                    yield Finding("released-twice", text, index)
                yield from _release(
                    study, index, leaf=leaf, task_hash=tasks.get(leaf.task), versions=versions
                )
            case _:
                continue


def _release(
    study: Study, index: int, *, leaf: BudgetLeaf, task_hash: bytes | None, versions: set[int]
) -> Iterator[Finding]:
    """Findings on one release; `versions` are those that were logged before it, and learns its own."""
    terms = None
    if task_hash is None:
        yield Finding("task-not-logged", f"entry {index}: its task was not announced before it", index)
    else:
        terms = read_task(study.material.read, task_hash)
        if terms is None and document(study.material.read, task_hash) is not None:
            yield Finding("task-unreadable", f"entry {index}: its task cannot be read", index)
    if terms is not None and _is_more(leaf, terms):
        text = f"entry {index}: spent more of the privacy budget than its task allows"
        yield Finding("budget-overspent", text, index)
    raw = document(study.material.read, leaf.release_hash)
    if raw is None:
        # Question 8 reports it.
        return
    read = study.material.read
    evidence = (Evidence(path_of(leaf.release_hash), lambda: document(read, leaf.release_hash) or b""),)
    try:
        release = ReleaseTerms.parse(raw)
    except (Malformed, Untrue) as error:
        yield Finding("release-unusable", f"entry {index}: {error}", index, evidence)
        return
    if release.version < max(versions, default=0):
        text = f"entry {index}: an older version of the format, which promises less, after a newer one"
        yield Finding("release-downgraded", text, index, evidence)
    versions.add(release.version)
    for what in _differences(leaf, release, terms):
        text = f"entry {index}: the release names another {what} than was logged or announced"
        yield Finding("release-differs", text, index, evidence)
    if terms is not None and release.k < terms.k:
        text = f"entry {index}: the release shows smaller counts than its task allows"
        yield Finding("release-under-k", text, index, evidence)


def _is_more(leaf: BudgetLeaf, terms: TaskTerms) -> bool:
    if leaf.epsilon_milli is None or leaf.epsilon_milli > terms.epsilon_milli:
        return True
    return leaf.delta_exp is not None and leaf.delta_exp < terms.delta_exp


def _differences(leaf: BudgetLeaf, release: ReleaseTerms, terms: TaskTerms | None) -> Iterator[str]:
    if (release.epsilon_milli, release.delta_exp) != (leaf.epsilon_milli, leaf.delta_exp):
        yield "epsilon or delta"
    if (release.first, release.last) != (leaf.period, leaf.period):
        yield "period"
    if terms is not None and release.site != terms.site:
        yield "site"
    if terms is not None and release.pairs != terms.pairs_per_week:
        yield "bound on what a device adds"
