"""Questions 5 and 6: what was decided, counted; and when withdrawals took effect."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from consent_ledger.auditing.answers import Answer, Finding, Row, many, tallied
from consent_ledger.auditing.material import OPENED_RECORDS
from consent_ledger.auditing.study import Study
from consent_ledger.auditing.timeline import shown

CLOCK_TOLERANCE_S = 24 * 60 * 60
"""How far ahead of the log a device's clock may be before it is told: a day."""


def counted(study: Study) -> Answer:
    """Question 5: counts for each purpose, decision, notice and week; weeks are those of devices' clocks."""
    consents = study.facts.number("SELECT count(*) FROM entry WHERE notice IS NOT NULL")
    opened = study.opened()
    return Answer(
        5,
        "How many decisions of each kind: by purpose, notice version and week, browsers' signals included?",
        f"{consents} consent entries, {opened} of them opened and counted",
        columns=("purpose", "status", "gpc", "notice", "version", "language", "week", "count"),
        rows=lambda: _counts(study),
        missing=None if opened or not consents else OPENED_RECORDS,
    )


def _counts(study: Study) -> Iterator[Row]:
    # Days first, so that what is held is bounded by the calendar and not by the log.
    query = (
        "SELECT purpose, status, gpc, notice, version, language, decided / 86400 AS day, count(*) FROM event "
        "GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7"
    )
    kind: Row | None = None
    total = 0
    for purpose, status, gpc, notice, version, language, day, count in study.facts.rows(query):
        this: Row = (purpose, status, gpc, notice.hex(), version, language, _week(day * 86400))
        if kind is not None and this != kind:
            yield (*kind, total)
            total = 0
        kind, total = this, total + count
    if kind is not None:
        yield (*kind, total)
    unopened = (
        "SELECT entry.notice, count(*) FROM entry LEFT JOIN event ON event.place = entry.place "
        "WHERE entry.notice IS NOT NULL AND event.place IS NULL GROUP BY 1 ORDER BY 1"
    )
    for notice, count in study.facts.rows(unopened):
        yield None, "not opened", None, notice.hex(), None, None, None, count


def withdrawn(study: Study) -> Answer:
    """Question 6: each withdrawal, when it was decided, and when witnesses had seen it logged.

    On the device it took effect when it was decided; the ledger can prove no more than when it was logged.
    """
    count = study.facts.number("SELECT count(*) FROM event WHERE status = 'withdrawn'")
    delays = sorted(row[-1] for row in _withdrawals(study) if isinstance(row[-1], int))
    said = f"; logged within {delays[len(delays) // 2]} s (median), {delays[-1]} s (most)" if delays else ""
    missing = None
    if not study.opened():
        missing = OPENED_RECORDS
    elif count and not delays:
        missing = "checkpoints with witnesses' times"
    return Answer(
        6,
        "When did each withdrawal take effect?",
        f"{many(count, 'withdrawal')}{said}",
        columns=(
            "index",
            "entry",
            "purpose",
            "gpc",
            "decided_at",
            "logged_after",
            "logged_by",
            "logged_within_s",
        ),
        rows=lambda: _withdrawals(study),
        proven=lambda: (int(str(row[0])) for row in _withdrawals(study)),
        findings=tallied(_from_the_future(study)),
        missing=missing,
    )


def _withdrawals(study: Study) -> Iterator[Row]:
    query = "SELECT place, entry, purpose, gpc, decided FROM event WHERE status = 'withdrawn' ORDER BY place"
    for place, entry, purpose, gpc, decided in study.facts.rows(query):
        by = study.timeline.by(place)
        within = None if by is None else max(0, by - decided)
        after = shown(study.timeline.after(place))
        yield place, entry.hex(), purpose, gpc, shown(decided), after, shown(by), within


def _from_the_future(study: Study) -> Iterator[Finding]:
    """Records that claim to be younger than witnesses know them to be."""
    for place, decided in study.facts.rows("SELECT place, decided FROM event ORDER BY place"):
        by = study.timeline.by(place)
        if by is not None and decided > by + CLOCK_TOLERANCE_S:
            text = f"entry {place}: claims a time more than a day after witnesses saw it"
            yield Finding("record-postdated", text, place)


def _week(at: int) -> str:
    year, week, _ = datetime.fromtimestamp(at, tz=UTC).isocalendar()
    return f"{year}-W{week:02d}"
