"""Questions 7 and 9: what was erased, and who opened records, by the log and by the officer's registers."""

from __future__ import annotations

from collections.abc import Iterator

from consent_ledger.auditing.access import AccessEntry
from consent_ledger.auditing.answers import Answer, Finding, Row, many, tallied
from consent_ledger.auditing.material import Inventory
from consent_ledger.auditing.study import Study
from consent_ledger.auditing.timeline import shown
from consent_ledger.erasure import Erasure
from consent_ledger.errors import Malformed, Untrue
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
    inventory = study.inventory
    counted = "not compared with an inventory"
    missing: str | None = "the agency's inventory of records that still open"
    if inventory is not None:
        still = study.facts.number("SELECT count(*) FROM sealed")
        counted = f"{still} still open by the inventory of {inventory.size} entries"
        found, unexplained = _compared(study, inventory)
        findings += found
        missing = unexplained
    return Answer(
        7,
        "Every erasure: when asked, when done, how many, and how long backups live?",
        f"{many(count, 'erasure')}, of {total} of {many(consents, 'record')}; {counted}",
        columns=("index", "id", "count", "requested_at", "completed_at", "logged_by", "backup_horizon_days"),
        rows=lambda: _erasure_rows(study),
        proven=lambda: (index for index, _ in study.facts.leaves(ErasureLeaf)),
        findings=tallied(findings),
        missing=missing,
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
                if study.is_behind:
                    continue
                findings.append(Finding("access-not-logged", f"access register: {name} is not in the log"))
            else:
                study.facts.cover(entry.entries)
        if not study.is_behind:
            findings += _opened_unlogged(study)
            findings += _kept_too_long(study)
    missing = "the officer's register of openings" if count and study.material.officer is None else None
    if study.is_behind:
        missing = "a copy as new as the officer's folder"
    return Answer(
        9,
        "Who opened records?",
        f"{many(count, 'opening')} logged, {many(study.opened(), 'opened record')} at hand",
        columns=("index", "id", "records", "by", "reason", "opened_at", "logged_by"),
        rows=lambda: _access_rows(study),
        proven=lambda: (index for index, _ in study.facts.leaves(AuditAccessLeaf)),
        findings=tallied(findings),
        missing=missing,
    )


def _erasure(raw: bytes | None) -> Erasure | None:
    try:
        return None if raw is None else Erasure.from_bytes(raw)
    except (Malformed, Untrue):
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
        inventory = study.inventory
        if inventory is not None and (index >= inventory.size or leaf.nonce in inventory.unfinished):
            # It was logged while the register was written down, or after.
            return
        yield Finding("erasure-unregistered", f"entry {index}: the register does not tell of it", index)
        return
    if entry.count != leaf.count:
        text = f"entry {index}: {leaf.count} records by the log, {entry.count} by the register"
        yield Finding("erasure-count-differs", text, index)
    by = study.timeline.by(index)
    if by is not None and entry.requested_at > by:
        yield Finding("erasure-times-impossible", f"entry {index}: logged before it was asked for", index)


def _erasures_without_leaf(study: Study) -> Iterator[Finding]:
    if study.material.officer is None:
        return
    logged = {leaf.nonce.hex() for _, leaf in study.facts.leaves(ErasureLeaf)}
    # A leaf may be pending still when the register is written down: a copy that has grown since has it.
    may_lag = study.inventory is not None and study.size <= study.inventory.until
    for name, raw in study.material.officer.erasures():
        entry = _erasure(raw)
        if entry is None:
            yield Finding("erasure-unreadable", f"erasure register: {name} cannot be read")
        elif name not in logged and not may_lag:
            yield Finding("erasure-not-logged", f"erasure register: {name} is not in the log")


def _access_findings(study: Study, index: int, leaf: AuditAccessLeaf) -> Iterator[Finding]:
    if study.material.officer is None:
        return
    entry = _access(study.material.officer.access(leaf.nonce.hex()))
    if entry is None or entry.nonce != leaf.nonce:
        yield Finding("access-unregistered", f"entry {index}: this register does not tell who and why", index)
    elif len(entry.entries) != leaf.count:
        text = f"entry {index}: {leaf.count} records by the log, {len(entry.entries)} by the register"
        yield Finding("access-count-differs", text, index)


def _opened_unlogged(study: Study) -> Iterator[Finding]:
    query = (
        "SELECT min(event.place), count(*) FROM event LEFT JOIN covered ON covered.hash = event.entry "
        "WHERE covered.hash IS NULL AND NOT event.shown"
    )
    for first, stray in study.facts.rows(query):
        if stray:
            text = f"entry {first} and {stray - 1} more: opened, and no opening in the log covers it"
            yield Finding("opened-unlogged", text, first)


def _kept_too_long(study: Study) -> Iterator[Finding]:
    """Records that the officer still holds although they were erased."""
    if study.inventory is None:
        return
    query = (
        "SELECT min(event.place), count(*) FROM event LEFT JOIN sealed ON sealed.hash = event.entry "
        "WHERE sealed.hash IS NULL AND NOT event.shown AND event.place < ?"
    )
    for first, count in study.facts.rows(query, study.inventory.size):
        if count:
            text = f"entry {first} and {count - 1} more: erased, and still in the officer's folder"
            yield Finding("kept-after-erasure", text, first)


def _compared(study: Study, inventory: Inventory) -> tuple[list[Finding], str | None]:
    """Compare what was shut when the inventory was taken with the erasures that explain it.

    A record is destroyed before its erasure is logged. So of the erasures after the inventory was begun only
    those explain it that the register, written beside it, tells of.
    """
    size = inventory.size
    shut = study.facts.number(
        "SELECT count(*) FROM entry LEFT JOIN sealed ON sealed.hash = entry.hash "
        "WHERE notice IS NOT NULL AND sealed.hash IS NULL AND place < ?",
        size,
    )
    least = sum(leaf.count for index, leaf in study.facts.leaves(ErasureLeaf) if index < size)
    late = sum(
        leaf.count
        for index, leaf in study.facts.leaves(ErasureLeaf)
        if index >= size and (_register(study, leaf) is not None or leaf.nonce in inventory.unfinished)
    )
    if study.is_behind:
        return [], "a copy as new as the inventory"
    if shut < least:
        text = f"{least} records were erased by the log, and only {shut} no longer open"
        return [Finding("erased-yet-open", text)], None
    if shut > least + late:
        if inventory.unfinished:
            return [], "an inventory taken while no erasure is under way"
        text = f"{shut} records no longer open, and erasures explain {least + late}"
        return [Finding("silent-deletion", text)], None
    return [], None


def _register(study: Study, leaf: ErasureLeaf) -> Erasure | None:
    officer = study.material.officer
    return None if officer is None else _erasure(officer.erasure(leaf.nonce.hex()))


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
