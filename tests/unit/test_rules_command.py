"""`nearside rules`: every finding with its place and its fix, and a file only where nothing is against it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from edge_client.wire.rules import Rules
from nearside.commands.rules import rules
from tests.support.city import catalogue
from tests.support.ruled import rule, value


def run(folder: Path, *options: str, **changes: Any) -> Result:
    """Run the command on the city's rules with some fields changed, spelt as an author would."""
    (folder / "rules.json").write_text(json.dumps(value(**changes), indent=2))
    (folder / "catalogue.json").write_bytes(catalogue().to_bytes())
    named = [str(folder / "rules.json"), "--catalogue", str(folder / "catalogue.json")]
    return CliRunner().invoke(rules, [*named, "--today", "2026-11-22", *options])


def test_rules_without_errors_are_written_as_devices_read_them(tmp_path: Path) -> None:
    """Warnings are told and keep nothing back; what is written is canonical."""
    done = run(tmp_path, "--out", str(tmp_path / "out.json"))
    assert done.exit_code == 0
    assert "warning: definition over-sixty: no rule uses it\n  mend: remove it, or use it\n" in done.output
    assert done.output.endswith("5 rules, 0 errors, 8 warnings\n")
    written = (tmp_path / "out.json").read_bytes()
    assert Rules.parse(written).to_bytes() == written


def test_an_error_is_told_with_its_fix_and_nothing_is_written(tmp_path: Path) -> None:
    """Each has its place; a review that is overdue is a warning."""
    late = rule("late", review="2026-11-01")
    sends = rule("sends", when="parks", egress="trigger")
    done = run(tmp_path, "--out", str(tmp_path / "out.json"), rules=[late, sends])
    assert done.exit_code == 1
    assert (
        "error: rule sends: egress: parks is observed, which no trigger may carry off the device\n"
        "  mend: set egress to nothing, or leave the condition out\n"
    ) in done.output
    assert "warning: rule late: review: was due on 2026-11-01\n" in done.output
    assert not (tmp_path / "out.json").exists()


def test_a_clock_that_is_wrong_is_told_with_the_right_one(tmp_path: Path) -> None:
    """By the time zone database of whoever writes the rules: devices have none."""
    calendar = {
        "name": "hall",
        "zone": "America/Chicago",
        "week": [[]] * 7,
        "closed": [],
        "until": "2027-01-31",
    }
    done = run(tmp_path, calendars=[{**calendar, "clock": [[29_454_120, -300]]}])
    assert done.exit_code == 1
    assert (
        "error: calendar hall: clock: it is not that of America/Chicago\n"
        "  mend: write [[29454120, -360], [29549280, -300], [29891940, -360]]\n"
    ) in done.output


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"[" * 100_000, b'{"v":2}'])
def test_what_are_no_rules_is_said_in_one_line(tmp_path: Path, raw: bytes) -> None:
    """Under the name that the file was given by."""
    (tmp_path / "rules.json").write_bytes(raw)
    (tmp_path / "catalogue.json").write_bytes(catalogue().to_bytes())
    named = [str(tmp_path / "rules.json"), "--catalogue", str(tmp_path / "catalogue.json")]
    done = CliRunner().invoke(rules, named)
    assert done.exit_code == 2
    assert done.output.startswith("Error: RULES: ")
    assert len(done.output.splitlines()) == 1
