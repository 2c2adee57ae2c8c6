"""Questions 7 and 9: what was erased, and who opened records, by the log and by the officer's registers."""

from __future__ import annotations

from collections.abc import Iterator

from consent_ledger.auditing.answers import Answer, Finding, Row, many, tallied
from consent_ledger.auditing.register_files import AccessEntry, ErasureEntry
from consent_ledger.auditing.study import Study
from consent_ledger.auditing.timeline import shown
from consent_ledger.errors import Malformed
from consent_ledger.leaf import AuditAccessLeaf, ErasureLeaf


def erased(study: Study) -> Answer:
    """Question 7: every erasure, and whether the counts explain every record that no longer opens."""
    count, total = 0, 0
    findings: list[Finding] = []
    for index, leaf in study.facts.leaves(ErasureLeaf):
        count, total = count + 1, total + leaf.count
        findings += _erasure_findings(study, index, leaf)
    findings += _erasures_without_leaf(study)
    consents = study.facts.number("SELECT count(*) FROM entry WHERE notice IS NOT NULL")
    if total > consents:
        text = f"{total} records were erased, and only {consents} were ever logged"
        findings.append(Finding("erased-too-many", text))
    sealed = _inventory(study)
    if sealed is not None:
        shut = consents - study.facts.number(
            "SELECT count(*) FROM entry JOIN sealed ON sealed.hash = entry.hash WHERE notice IS NOT NULL"
        )
        if shut != total:
            code = "silent-deletion" if shut > total else "erased-yet-open"
            text = f"{shut} records no longer open, and erasures explain {total}"
            findings.append(Finding(code, text))
    counted = "not compared with an inventory" if sealed is None else f"{sealed} still open by inventory"
    return Answer(
        7,
        "Every erasure: when asked, when done, how many, and how long backups live?",
        f"{many(count, 'erasure')}, of {total} of {many(consents, 'record')}; {counted}",
        columns=("index", "id", "count", "requested_at", "completed_at", "logged_by", "backup_horizon_days"),
        rows=lambda: _erasure_rows(study),
        proven=lambda: (index for index, _ in study.facts.leaves(ErasureLeaf)),
        findings=tallied(findings),
        missing=None if sealed is not None else "the agency's inventory of records that still open",
    )


def opened(study: Study) -> Answer:
    """Question 9: every opening of records that the log tells of, with who and why by the register."""
    findings: list[Finding] = []
    count = 0
    for index, leaf in study.facts.leaves(AuditAccessLeaf):
        count += 1
        findings += _access_findings(study, index, leaf)
    if study.material.officer is not None:
        logged = {leaf.nonce for _, leaf in study.facts.leaves(AuditAccessLeaf)}
        for name, raw in study.material.officer.accesses():
            entry = _access(raw)
            if entry is None:
                findings.append(Finding("access-unreadable", f"access register: {name} cannot be read"))
            elif entry.nonce not in logged:
                findings.append(Finding("access-not-logged", f"access register: {name} is not in the log"))
            else:
                study.facts.cover(entry.entries)
        findings += _opened_unlogged(study)
    known = study.material.officer is not None
    return Answer(
        9,
        "Who opened records?",
        f"{many(count, 'opening')} logged, {many(study.opened(), 'opened record')} at hand",
        columns=("index", "id", "records", "by", "reason", "opened_at", "logged_by"),
        rows=lambda: _access_rows(study),
        proven=lambda: (index for index, _ in study.facts.leaves(AuditAccessLeaf)),
        findings=tallied(findings),
        missing=None if known or not count else "the officer's register of openings",
    )


def _erasure(raw: bytes | None) -> ErasureEntry | None:
    try:
        return None if raw is None else ErasureEntry.from_bytes(raw)
    except Malformed:
        return None


def _access(raw: bytes | None) -> AccessEntry | None:
    try:
        return None if raw is None else AccessEntry.from_bytes(raw)
    except Malformed:
        return None


def _erasure_findings(study: Study, index: int, leaf: ErasureLeaf) -> Iterator[Finding]:
    if study.material.officer is None:
        return
    entry = _erasure(study.material.officer.erasure(leaf.nonce.hex()))
    if entry is None:
        yield Finding("erasure-unregistered", f"entry {index}: the register does not tell of it", index)
        return
    if entry.count != leaf.count:
        text = f"entry {index}: {leaf.count} records by the log, {entry.count} by the register"
        yield Finding("erasure-count-differs", text, index)
    by = study.timeline.by(index)
    if entry.completed_at < entry.requested_at or (by is not None and entry.requested_at > by):
        yield Finding("erasure-times-impossible", f"entry {index}: done before it was asked for", index)


def _erasures_without_leaf(study: Study) -> Iterator[Finding]:
    if study.material.officer is None:
        return
    logged = {leaf.nonce.hex() for _, leaf in study.facts.leaves(ErasureLeaf)}
    for name, raw in study.material.officer.erasures():
        if _erasure(raw) is None:
            yield Finding("erasure-unreadable", f"erasure register: {name} cannot be read")
        elif name not in logged:
            yield Finding("erasure-not-logged", f"erasure register: {name} is not in the log")


def _access_findings(study: Study, index: int, leaf: AuditAccessLeaf) -> Iterator[Finding]:
    if study.material.officer is None:
        return
    entry = _access(study.material.officer.access(leaf.nonce.hex()))
    if entry is None or entry.nonce != leaf.nonce:
        yield Finding("access-unregistered", f"entry {index}: the register does not tell who and why", index)
    elif len(entry.entries) != leaf.count:
        text = f"entry {index}: {leaf.count} records by the log, {len(entry.entries)} by the register"
        yield Finding("access-count-differs", text, index)


def _opened_unlogged(study: Study) -> Iterator[Finding]:
    query = (
        "SELECT min(event.place), count(*) FROM event LEFT JOIN covered ON covered.hash = event.entry "
        "WHERE covered.hash IS NULL"
    )
    for first, stray in study.facts.rows(query):
        if stray:
            text = f"entry {first} and {stray - 1} more: opened, and no opening in the log covers it"
            yield Finding("opened-unlogged", text, first)


def _inventory(study: Study) -> int | None:
    if study.material.officer is None or study.material.officer.inventory() is None:
        return None
    return study.facts.number("SELECT count(*) FROM sealed")


def _erasure_rows(study: Study) -> Iterator[Row]:
    for index, leaf in study.facts.leaves(ErasureLeaf):
        officer = study.material.officer
        entry = None if officer is None else _erasure(officer.erasure(leaf.nonce.hex()))
        by = shown(study.timeline.by(index))
        if entry is None:
            yield index, leaf.nonce.hex(), leaf.count, None, None, by, None
        else:
            times = (shown(entry.requested_at), shown(entry.completed_at))
            yield index, leaf.nonce.hex(), leaf.count, *times, by, entry.backup_horizon_days


def _access_rows(study: Study) -> Iterator[Row]:
    for index, leaf in study.facts.leaves(AuditAccessLeaf):
        officer = study.material.officer
        entry = None if officer is None else _access(officer.access(leaf.nonce.hex()))
        by = shown(study.timeline.by(index))
        if entry is None:
            yield index, leaf.nonce.hex(), leaf.count, None, None, None, by
        else:
            yield index, leaf.nonce.hex(), leaf.count, entry.by, entry.reason, shown(entry.opened_at), by
