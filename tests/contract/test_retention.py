"""What a signed consent record promises about keeping is what the code does."""

from __future__ import annotations

import json
from pathlib import Path

from consent_ledger.purposes import Purpose, describe
from lambdas.shared.measurement.periods import GRACE, KEPT

RULES = Path(__file__).resolve().parent.parent.parent / "demo/agency/rules.json"


def test_contributions_are_gone_when_the_record_says_so() -> None:
    """A week, its grace and the time for which report ids are kept: nothing of a report outlives that."""
    assert describe(Purpose.LEARN).duration == f"P{7 + GRACE.days + KEPT.days}D"
    assert describe(Purpose.MEASURE).duration == describe(Purpose.LEARN).duration


def test_the_demo_keeps_pages_as_long_as_the_record_says() -> None:
    """The list of pages on the device expires when the signed record says so."""
    assert describe(Purpose.SUGGEST).duration == f"P{json.loads(RULES.read_bytes())['keep_days']}D"
