"""The same code passes the same suites in the browser's Python: trees, formats, decisions, reports, whole
stories."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from nearside.edge_build import build_wheel

ROOT = Path(__file__).resolve().parent.parent.parent
# All that needs neither a network, a file format's library nor a second process.
ATTACKS = (
    "bundle_attacks", "clocks_set_back", "consent_ledger", "ledger_forgeries", "ledger_rewrites",
    "ledger_swaps", "non_interference", "two_workers",
)  # fmt: skip
UNITS = (
    "archetype_assignment", "audience_language", "audience_rules", "audiences", "bundle_files", "catalogue",
    "collection", "conformance", "consent_book", "consent_crashes",
    "device", "device_erasing", "explanation", "forgetting",
    "ledger_costs", "ledger_vectors", "levels", "outcomes", "paths", "plan", "plan_limit", "profile",
    "ranking", "release",
    "page_messages", "replays", "reporting", "rule_compiler", "rule_reasons", "rules", "session",
    "session_choices", "signal",
    "signals", "signals_asked_for", "signals_for_another", "signals_read", "signals_switched",
    "signals_told_to_pages", "told",
)  # fmt: skip
# What these hold lives on servers, or on libraries that no browser loads: OpenDP, NumPy, DuckDB, lxml, PyJWT.
ON_SERVERS = {
    "test_budget_accounting.py",
    "test_catalogue_import.py",
    "test_engines_agree.py",
    "test_one_visitor_more.py",
    "test_opened_files.py",
    "test_publishing_parsers.py",
    "test_tokens.py",
}
# Devices run the twins of these engines in JavaScript, and load them nowhere.
NOT_LOADED = {"test_flows.py", "test_reminders.py"}
SUITES = (
    *(
        f"tests/property/{file.name}"
        for file in sorted((ROOT / "tests/property").glob("test_*.py"))
        if file.name not in ON_SERVERS | NOT_LOADED
    ),
    *(f"tests/redteam/test_{name}.py" for name in ATTACKS),
    *(f"tests/unit/test_{name}.py" for name in UNITS),
)

pytestmark = pytest.mark.timeout(600)


def collecting() -> subprocess.Popen[str]:
    """Have this Python say which tests each module has, while Pyodide runs them."""
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *SUITES],
        cwd=ROOT,
        # What somebody adds to their own run, more words for instance, would change what is read here.
        env={name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"},
        stdout=subprocess.PIPE,
        text=True,
    )


def collected(told: str) -> Counter[str]:
    """Return how many tests each module has, of what `collecting` said."""
    return Counter(line.partition("::")[0] for line in told.splitlines() if "::" in line)


def passed(cases: Iterable[ElementTree.Element]) -> Counter[str]:
    """Return how many tests of each module passed."""
    return Counter(f"{str(case.get('classname')).replace('.', '/')}.py" for case in cases if len(case) == 0)


def test_every_suite_passes_in_the_browsers_python(tmp_path: Path) -> None:
    """Each test of these suites, property-based and asynchronous ones too, passes inside Pyodide on the wheel
    that devices load."""
    if shutil.which("node") is None or not (ROOT / "node_modules/pyodide").is_dir():
        pytest.skip("Pyodide is not installed: run make setup")
    wheel, out = build_wheel(tmp_path), tmp_path / "out"
    out.mkdir()
    with collecting() as collection:
        done = subprocess.run(
            [
                "node",
                str(ROOT / "tests/pyodide/run.mjs"),
                str(ROOT),
                str(wheel),
                sysconfig.get_path("purelib"),
                str(out),
                *SUITES,
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        told, _ = collection.communicate()
    assert collection.returncode == 0
    print(done.stdout[-4000:], done.stderr[-4000:])
    assert done.returncode == 0
    report = ElementTree.parse(out / "junit.xml").getroot()  # noqa: S314 - our own file
    inside = passed(report.iter("testcase"))
    assert inside == collected(told)
    assert inside.total() > 500
    print(f"{inside.total()} tests passed inside Pyodide")
