"""What pages say of dates, numbers and counts, asked of the code that pages run."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).with_name("spelt.mjs")


def spelt(cases: Sequence[tuple[Any, ...]]) -> list[tuple[str, str]]:
    """For each case, a kind and a language and what is spelt: how pages spell it, and how Node's Intl does.

    Skips the test where there is no Node.
    """
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node: run make setup")
    done = subprocess.run(
        [node, str(SCRIPT)], input=json.dumps(cases), capture_output=True, text=True, check=True
    )
    return [(ours, theirs) for ours, theirs in json.loads(done.stdout)]
