"""Question 2: does a receipt belong to this log, and what had its holder been told?"""

from __future__ import annotations

from collections.abc import Iterator

from consent_ledger import leaf
from consent_ledger.auditing.answers import Answer, Evidence, Finding, Row, many, tallied
from consent_ledger.auditing.study import Study
from consent_ledger.auditing.terms import document


def belonging(study: Study) -> Answer:
    """Question 2: of the receipts shown, or else of every record that was opened."""
    shown_count, opened = len(study.asked.receipts), study.opened()
    if shown_count:
        summary = f"{len(study.receipts)} of {many(shown_count, 'receipt')} belong to this log"
    else:
        summary = f"no receipt was shown; {many(opened, 'opened record')} in this log"
    return Answer(
        2,
        "Does a receipt belong to this log, and with which notice text?",
        summary,
        columns=("receipt", "index", "entry", "purpose", "status", "notice", "version", "language", "text"),
        rows=lambda: _receipts(study) if shown_count else _records(study),
        proven=lambda: iter([each.index for each in study.receipts]),
        files=lambda: _notices(study),
        findings=tallied(study.in_receipts, study.in_openings, _without_notice(study)),
        missing=None if shown_count or opened else "a receipt, or records that were opened",
    )


def _receipts(study: Study) -> Iterator[Row]:
    for each in study.receipts:
        record, entry = each.receipt.opening.record, leaf.hash_of(each.receipt.leaf)
        notice = record.notice_hash
        told = (notice.hex(), record.notice_version, record.notice_language, _text(study, notice))
        yield each.name, each.index, entry.hex(), record.purpose.value, record.status.name.lower(), *told


def _records(study: Study) -> Iterator[Row]:
    query = "SELECT place, entry, purpose, status, notice, version, language FROM event ORDER BY place"
    for place, entry, purpose, status, notice, version, language in study.facts.rows(query):
        told = (notice.hex(), version, language, _text(study, notice))
        yield None, place, entry.hex(), purpose, status, *told


def _text(study: Study, notice: bytes) -> str:
    return "in the copy" if document(study.material.read, notice) is not None else "not in the copy"


def _notices(study: Study) -> Iterator[Evidence]:
    for (notice,) in study.facts.rows("SELECT DISTINCT notice FROM entry WHERE notice IS NOT NULL"):
        text = document(study.material.read, notice)
        if text is not None:
            yield Evidence.of(f"documents/{notice.hex()}", text)


def _without_notice(study: Study) -> Iterator[Finding]:
    """Consents to notices that the log does not hold, or holds only later."""
    logged: dict[bytes, int] = {}
    for index, entry in study.facts.leaves(leaf.NoticeLeaf):
        logged.setdefault(entry.notice_hash, index)
    query = (
        "SELECT notice, min(place), count(*) FROM entry WHERE notice IS NOT NULL GROUP BY notice ORDER BY 2"
    )
    for notice, first, count in study.facts.rows(query):
        at = logged.get(notice)
        if at is None:
            text = f"entry {first} and {count - 1} more: to a notice that the log does not hold"
            yield Finding("notice-not-logged", text, first)
        elif at > first:
            text = f"entry {first}: to a notice that was logged only at entry {at}"
            yield Finding("notice-logged-later", text, first)
