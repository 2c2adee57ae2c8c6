"""Questions 3 and 4: what one subject decided, in which order, and before what."""

from __future__ import annotations

from collections.abc import Iterator

from consent_ledger.auditing.answers import Answer, Finding, Row, many, tallied
from consent_ledger.auditing.material import OPENED_RECORDS
from consent_ledger.auditing.study import Study
from consent_ledger.auditing.terms import read_task
from consent_ledger.auditing.timeline import shown
from consent_ledger.documents import hash_named_by
from consent_ledger.leaf import BudgetLeaf, TaskLeaf

_LATEST = """
SELECT count(*) FROM (
  SELECT status, max(turn) FROM event WHERE purpose = ? AND place < ? GROUP BY subject
) WHERE status = 'given'
"""
_UNOPENED_LINKS = """
SELECT count(*) FROM (
  SELECT DISTINCT previous FROM event
  WHERE previous IS NOT NULL AND previous NOT IN (SELECT entry FROM event)
) AS link LEFT JOIN sealed ON sealed.hash = link.previous WHERE sealed.hash IS NOT NULL OR ?
"""
_UNKNOWN = """
SELECT count(*) FROM entry LEFT JOIN event ON event.place = entry.place
WHERE entry.notice IS NOT NULL AND event.place IS NULL AND entry.place < ?
"""


def consented_before(study: Study) -> Answer:
    """Question 3: for one purpose and one event, or for every release of counts.

    Records that were erased are in no answer: one of them may have been a yes, or a withdrawal.
    """
    question = "Was purpose P consented to before event or release R?"
    if study.asked.purpose is not None and study.asked.before is not None:
        return _one(study, question, study.asked.purpose, study.asked.before)
    releases = list(_releases(study))
    last = max((index for index, *_ in releases), default=0)
    findings = [
        Finding(
            "release-before-consent", f"entry {index}: nobody had consented to {purpose} before it", index
        )
        for index, _, _, purpose, given, unknown in releases
        if purpose is not None and given == 0 and not unknown
    ]
    missing = _unopened(study, last)
    if releases and any(purpose is None for _, _, _, purpose, _, _ in releases):
        missing = "the documents of the tasks that were released"
    return Answer(
        3,
        question,
        f"{many(len(releases), 'release')}; for each, how many subjects' last known decision was a yes",
        columns=("release_index", "task", "period", "purpose", "consents_before", "records_not_known"),
        rows=lambda: iter(releases),
        proven=lambda: iter([index for index, *_ in releases]),
        findings=tallied(findings),
        missing=missing,
    )


def _unopened(study: Study, before: int) -> str | None:
    """What is missing when records before an index still open, and were not opened."""
    query = (
        "SELECT count(*) FROM entry LEFT JOIN event ON event.place = entry.place "
        "LEFT JOIN sealed ON sealed.hash = entry.hash WHERE entry.notice IS NOT NULL AND event.place IS NULL "
        "AND entry.place < ? AND (sealed.hash IS NOT NULL OR ?)"
    )
    count = study.facts.number(query, before, study.inventory is None)
    return f"{OPENED_RECORDS}: {many(count, 'record')} before it can still be opened" if count else None


def _releases(study: Study) -> Iterator[tuple[int, str, str, str | None, int | None, int]]:
    purposes: dict[str, str] = {}
    for _, task in study.facts.leaves(TaskLeaf):
        terms = read_task(study.material.read, task.task_hash)
        if terms is not None:
            purposes.setdefault(task.task, terms.purpose)
    for index, release in study.facts.leaves(BudgetLeaf):
        purpose = purposes.get(release.task)
        given = None if purpose is None else study.facts.number(_LATEST, purpose, index)
        yield index, release.task, release.period, purpose, given, study.facts.number(_UNKNOWN, index)


def _one(study: Study, question: str, purpose: str, before: bytes | int) -> Answer:
    columns = ("subject", "purpose", "event_index", "last_decision", "decision_index", "consented_before")
    event = _place(study, before)
    if event is None:
        finding = Finding("event-not-logged", "the event asked about is not in this copy")
        return Answer(3, question, "the event is not in this copy", findings=(finding,))
    rows: list[Row] = []
    proven = [event]
    for subject in subjects(study):
        query = (
            "SELECT status, place FROM event WHERE subject = ? AND purpose = ? AND place < ? "
            "ORDER BY turn DESC LIMIT 1"
        )
        last = next(study.facts.rows(query, subject, purpose, event), None)
        known = study.facts.number("SELECT count(*) FROM event WHERE subject = ?", subject)
        status, place = (None, None) if last is None else last
        said = "yes" if status == "given" else "no" if known else "not known"
        rows.append((subject.hex(), purpose, event, status, place, said))
        proven += [] if place is None else [place]
    agreed = sum(row[-1] == "yes" for row in rows)
    missing = _unopened(study, event)
    if any(row[-1] == "not known" for row in rows):
        missing = "records of a subject of whom nothing is known here"
    unknown = study.facts.number(_UNKNOWN, event)
    if not rows:
        agreed = study.facts.number(_LATEST, purpose, event)
    whom = f"{agreed} of {many(len(rows), 'subject')}" if rows else many(agreed, "subject")
    beside = f"; {many(unknown, 'record')} before it not known" if unknown else ""
    return Answer(
        3,
        question,
        f"{whom} had consented to {purpose} before entry {event}{beside}",
        columns=columns,
        rows=lambda: iter(rows),
        proven=lambda: iter(proven),
        missing=missing,
    )


def _place(study: Study, before: bytes | int) -> int | None:
    """The index of an event: given itself, as a leaf hash, or as the hash of what a leaf names."""
    if isinstance(before, int):
        return before if before < study.size else None
    index = study.facts.index_of(before)
    if index is None:
        kinds = (BudgetLeaf.kind, TaskLeaf.kind)
        named = (place for place, leaf in study.facts.publications(*kinds) if hash_named_by(leaf) == before)
        index = next(named, None)
    return index


def subjects(study: Study) -> tuple[bytes, ...]:
    """The subjects asked about, by key or by a receipt that belongs to the log."""
    shown_by = (each.receipt.opening.record.subject_key for each in study.receipts)
    return tuple(dict.fromkeys((*study.asked.subjects, *shown_by)))


def whole_history(study: Study) -> Answer:
    """Question 4: the chains of the subjects asked about, or of all whose records were opened."""
    asked = subjects(study)
    count = study.facts.number("SELECT count(DISTINCT subject) FROM event")
    known = [
        subject
        for subject in asked
        if study.facts.number("SELECT count(*) FROM event WHERE subject = ?", subject)
    ]
    missing = None
    if len(known) < len(asked):
        missing = f"opened records of {many(len(asked) - len(known), 'subject')} more"
    elif not count:
        missing = OPENED_RECORDS
    elif unopened := study.facts.number(_UNOPENED_LINKS, study.inventory is None):
        missing = f"{many(unopened, 'record')} that others follow and that were not opened"
    return Answer(
        4,
        "A subject's full history, from a key or a receipt: is the chain without gaps?",
        f"{many(len(known), 'subject')} asked about, the chains of {count} looked through",
        columns=(
            "subject", "index", "entry", "purpose", "status", "gpc", "decided_at", "follows", "version",
        ),
        rows=lambda: _chains(study, tuple(known)),
        proven=lambda: (int(str(row[1])) for row in _chains(study, tuple(known))),
        findings=tallied(_breaks(study)),
        missing=missing,
    )  # fmt: skip


def _chains(study: Study, asked: tuple[bytes, ...]) -> Iterator[Row]:
    # Without a question about somebody nobody's history is printed.
    query = (
        "SELECT place, entry, purpose, status, gpc, decided, previous, version FROM event "
        "WHERE subject = ? ORDER BY turn"
    )
    for subject in asked:
        for place, entry, purpose, status, gpc, decided, previous, version in study.facts.rows(
            query, subject
        ):
            follows = None if previous is None else previous.hex()
            yield (
                subject.hex(), place, entry.hex(), purpose, status, gpc, shown(decided), follows, version,
            )  # fmt: skip


def _breaks(study: Study) -> Iterator[Finding]:
    """Where chains do not hold; an erased link is none, for its entry is still there."""
    gaps = (
        "SELECT event.place FROM event "
        "LEFT JOIN entry ON entry.hash = event.previous AND entry.notice IS NOT NULL "
        "WHERE event.previous IS NOT NULL AND entry.hash IS NULL ORDER BY 1"
    )
    for (place,) in study.facts.rows(gaps):
        yield Finding("chain-gap", f"entry {place}: follows what is no consent in the log", place)
    foreign = (
        "SELECT event.place FROM event JOIN event AS before ON before.entry = event.previous "
        "WHERE before.subject != event.subject ORDER BY 1"
    )
    for (place,) in study.facts.rows(foreign):
        yield Finding("chain-foreign", f"entry {place}: follows somebody else's event", place)
    forks = "SELECT max(place), count(*) FROM event GROUP BY subject, previous HAVING count(*) > 1 ORDER BY 1"
    for place, count in study.facts.rows(forks):
        yield Finding("chain-forked", f"entry {place}: one of {count} events that follow the same one", place)
    backwards = (
        "SELECT event.place FROM event JOIN event AS before ON before.entry = event.previous "
        "WHERE before.subject = event.subject AND before.decided > event.decided ORDER BY 1"
    )
    for (place,) in study.facts.rows(backwards):
        yield Finding(
            "chain-backdated", f"entry {place}: claims a time before the event that it follows", place
        )
