"""What a signed consent record promises about keeping is what the code does."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from consent_ledger.purposes import Purpose, describe
from lambdas.shared.measurement.periods import (
    EARLY,
    LONGEST,
    SWEEP,
    is_open,
    kept_until,
    sums_kept_until,
)

RULES = Path(__file__).resolve().parent.parent.parent / "demo/agency/rules.json"


def test_contributions_are_gone_when_the_record_says_so() -> None:
    """From the earliest moment of a week to the last day on which the table drops a row of it."""
    assert describe(Purpose.LEARN).duration == f"P{LONGEST.days}D"
    assert describe(Purpose.MEASURE).duration == describe(Purpose.LEARN).duration


def test_no_row_is_marked_to_outlast_the_record() -> None:
    """Ids and sums expire early enough for the table's own delay, counted from the first report of a week."""
    earliest = datetime(2026, 11, 16, tzinfo=UTC) - EARLY
    assert is_open("2026-W47", at=earliest)
    promised = (earliest + LONGEST - SWEEP).timestamp()
    assert max(kept_until("2026-W47"), sums_kept_until("2026-W47")) == promised


def test_an_id_is_kept_while_its_report_may_come_again() -> None:
    """When the id goes, no retry of its week is let in any more."""
    gone = datetime.fromtimestamp(kept_until("2026-W47"), UTC)
    assert not is_open("2026-W47", at=gone)
    assert gone - datetime(2026, 11, 25, tzinfo=UTC) == timedelta(days=1)


def test_the_demo_keeps_pages_as_long_as_the_record_says() -> None:
    """The list of pages on the device expires when the signed record says so."""
    assert describe(Purpose.SUGGEST).duration == f"P{json.loads(RULES.read_bytes())['keep_days']}D"
