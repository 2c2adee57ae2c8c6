"""Question 10: what was live on a day, and were releases what had been announced?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

from consent_ledger.auditing.answers import Answer, Row, many, tallied
from consent_ledger.auditing.budgets import key_findings, release_findings
from consent_ledger.auditing.models import model_findings, model_rows
from consent_ledger.auditing.spending import spent_rows
from consent_ledger.auditing.study import Study
from consent_ledger.auditing.terms import read_keys, read_manifest, read_task, read_task_ids
from consent_ledger.auditing.timeline import shown
from consent_ledger.documents import ManifestNames
from consent_ledger.leaf import BudgetLeaf, BundleLeaf, KeysLeaf, TaskLeaf

DAY_S = 24 * 60 * 60


def live(study: Study) -> Answer:
    """Question 10: on one day; the last that the copy knows when none is asked for."""
    day = study.asked.day or study.timeline.last_day()
    size = study.size if study.asked.day is None else study.timeline.size_on(study.asked.day)
    question = (
        "Which tasks, epsilons, keys, models and code were live on a day, and do releases match budgets?"
    )
    columns = ("what", "name", "index", "value", "logged_by")
    findings = tallied(key_findings(study), release_findings(study), model_findings(study))
    releases = sum(1 for _ in study.facts.leaves(BudgetLeaf))
    if size is None:
        return Answer(
            10,
            question,
            f"{many(releases, 'release')} looked through",
            columns=columns,
            findings=findings,
            missing=f"a checkpoint that witnesses saw on or before {study.asked.day}",
        )
    at: int = size
    last = study.timeline.last_day()
    missing = None
    if study.asked.day is not None and last is not None and study.asked.day > last:
        missing = f"a newer copy: this one knows of nothing after {last.isoformat()}"
    return Answer(
        10,
        question,
        f"{_said(day)}, at {at} entries; {many(releases, 'release')} looked through",
        columns=columns,
        rows=lambda: _live(study, at, day),
        proven=lambda: (int(row[2]) for row in _live(study, at, day) if isinstance(row[2], int)),
        findings=findings,
        missing=missing,
    )


def _said(day: date | None) -> str:
    return "as of the copy, whose day nobody proves" if day is None else f"on {day.isoformat()} (UTC)"


def _live(study: Study, size: int, day: date | None) -> Iterator[Row]:
    read = study.material.read
    bundles = {leaf.site: (at, leaf) for at, leaf in study.facts.leaves(BundleLeaf) if at < size}
    tasks = {leaf.task: (at, leaf) for at, leaf in study.facts.leaves(TaskLeaf) if at < size}
    if (keys := _keys_in_force(study, size)) is not None:
        yield from _keys(study, *keys)
    named: dict[str, frozenset[str]] = {}
    valid: dict[str, tuple[int, BundleLeaf]] = {}
    for site, (index, bundle) in bundles.items():
        by = shown(study.timeline.by(index))
        names = read_manifest(read, bundle.manifest_hash)
        if names is None:
            yield "bundle", site, index, f"version {bundle.version}, its manifest is not here", by
            continue
        if day is not None and not _covers(names, day):
            yield "bundle", site, index, f"version {bundle.version}, not valid on that day", by
            named[site] = frozenset()
            continue
        yield "bundle", site, index, f"version {bundle.version}", by
        valid[site] = index, bundle
        for name, digest in names.files:
            yield "file", f"{site}: {name}", index, digest, by
            if name == "tasks.json" and (ids := read_task_ids(read, bytes.fromhex(digest))) is not None:
                named[site] = frozenset(ids)
    yield from model_rows(study, size, valid)
    for name, (index, task) in sorted(tasks.items()):
        terms = read_task(read, task.task_hash)
        by = shown(study.timeline.by(index))
        if terms is None:
            yield "task", name, index, "its document is not here", by
        elif name in named.get(terms.site, (name,)):
            # A task that the bundle of its site names no longer is not live.
            said = (
                f"purpose {terms.purpose}, k {terms.k}, epsilon {terms.epsilon_milli / 1000:g}, "
                f"delta 1e-{terms.delta_exp}: {terms.sentence}"
            )
            yield "task", name, index, said, by
    yield from spent_rows(study, size)


def _covers(names: ManifestNames, day: date) -> bool:
    begins = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
    return names.not_before < begins + DAY_S and names.expires > begins


def _keys_in_force(study: Study, size: int) -> tuple[int, KeysLeaf] | None:
    """The list that the newest bundle names; the last one logged where no bundle tells."""
    logged = {leaf.keys_hash: (at, leaf) for at, leaf in study.facts.leaves(KeysLeaf) if at < size}
    # A list that comes back into force has its leaf already: the last leaf need not be the one in force.
    bundles = [leaf for at, leaf in study.facts.leaves(BundleLeaf) if at < size]
    names = read_manifest(study.material.read, bundles[-1].manifest_hash) if bundles else None
    if names is not None and (named := logged.get(bytes.fromhex(names.keys))) is not None:
        return named
    return next(reversed(logged.values()), None)


def _keys(study: Study, index: int, leaf: KeysLeaf) -> Iterator[Row]:
    by = shown(study.timeline.by(index))
    listed = read_keys(study.material.read, leaf.keys_hash)
    if listed is None:
        yield "keys", "list", index, leaf.keys_hash.hex(), by
        return
    for kind, keys in (("log", listed.log), ("witness", listed.witnesses), ("bundles", listed.bundles)):
        for key in keys:
            yield "keys", kind, index, str(key), by
    yield "keys", "quorum", index, listed.quorum, by
