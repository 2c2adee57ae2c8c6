"""The ledger's pure half in the browser's Python, with signatures verified by WebCrypto."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = Path(__file__).with_name("ledger_in_pyodide.mjs")


def test_receipts_have_the_same_fate_in_the_browser() -> None:
    """Every vector, good and bad, ends in Pyodide and WebCrypto as it does in CPython and cryptography."""
    if shutil.which("node") is None or not (ROOT / "node_modules" / "pyodide").is_dir():
        pytest.skip("Pyodide is not installed: run make setup")
    done = subprocess.run(
        ["node", str(SCRIPT), str(ROOT)], capture_output=True, text=True, check=True, timeout=120
    )
    answer = json.loads(done.stdout.splitlines()[-1])
    vectors = json.loads((ROOT / "tests/vectors/ledger/bad_receipts.json").read_text(encoding="utf-8"))
    assert set(answer["good"]) == {"holds"}
    assert answer["bad"] == [row["error"] for row in vectors["receipts"]]
    assert "consent_ledger.ed25519" not in answer["modules"]
    assert answer["python"].startswith("3.14")
