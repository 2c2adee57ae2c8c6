"""Everything that an operator, an agency or an officer can do to the ledger, and the finding that shows it.

Each attack is done to a copy of an honest agency's ten days; the audit then names it, with status 1.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.support import (
    attacks_on_models,
    attacks_on_publications,
    attacks_on_records,
    attacks_on_registers,
    attacks_on_the_log,
)
from tests.support.audit_attacks import Attacks
from tests.support.audited import (
    agency,
)
from tests.support.auditing import audit

ATTACKS = Attacks.of(
    attacks_on_the_log.ATTACKS,
    attacks_on_records.ATTACKS,
    attacks_on_registers.ATTACKS,
    attacks_on_publications.ATTACKS,
    attacks_on_models.ATTACKS,
)


@pytest.mark.parametrize("code", sorted(ATTACKS.codes))
def test_an_attack_is_found(code: str, tmp_path: Path) -> None:
    """The audit names it, and leaves with status 1."""
    made = agency(tmp_path, until=ATTACKS.early.get(code))
    extra = ATTACKS.late[code](made) or [] if code in ATTACKS.late else []
    result = audit(made, "--out", tmp_path / "report", *extra)
    assert result.exit_code == 1, result.output
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    found = {finding["code"] for answer in report["answers"] for finding in answer["findings"]}
    assert code in found


def test_every_finding_has_an_attack() -> None:
    """No finding is there that no test has ever seen."""
    folder = Path(__file__).resolve().parents[2] / "consent_ledger" / "auditing"
    named = {
        code
        for file in folder.glob("*.py")
        for code in re.findall(r"\"([a-z]+(?:-[a-z]+)+)\"", file.read_text())
        if "inding(" in file.read_text()
    }
    assert named - ATTACKS.codes - {"event-not-logged"} == set()
    assert ATTACKS.codes - named == set()


def test_every_finding_is_explained() -> None:
    """The table of findings in docs/formats/audit.md names each code, and no other."""
    page = Path(__file__).resolve().parents[2] / "docs" / "formats" / "audit.md"
    table = page.read_text().split("## Findings")[1].split("##")[0]
    told = {
        code
        for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
        for code in re.findall(r"`([a-z-]+)`", row)
    }
    assert told == {*ATTACKS.codes, "event-not-logged"}


def test_no_attack_hides_another() -> None:
    """A second attack under a code is an error, in one room or in two, early or late."""
    one, other = Attacks(), Attacks()
    one.before("split-view")(lambda made: None)
    other.after("split-view")(lambda made: None)
    for enter in (one.before, one.after):
        with pytest.raises(ValueError, match="split-view has one already"):
            enter("split-view")(lambda made: None)
    with pytest.raises(ValueError, match="split-view has one already"):
        Attacks.of(one, other)
