"""What pages run, under Node: one process that answers case by case, beside the reference in Python."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pytest

Twin: TypeAlias = Callable[[Any], Any]


@contextmanager
def in_javascript(script: Path) -> Iterator[Twin]:
    """Start a script that answers every line of JSON with another; skips the test where there is no Node."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node: run make setup")
    with subprocess.Popen(
        [node, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        taken, said = process.stdin, process.stdout
        assert taken is not None
        assert said is not None

        def run(case: Any) -> Any:
            taken.write(json.dumps(case) + "\n")
            taken.flush()
            return json.loads(said.readline())

        yield run
        taken.close()
        assert process.wait(timeout=60) == 0


def played(script: str, case: Any) -> Any:
    """Let a script of this folder answer one case, both in JSON; skips the test where there is no Node."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node: run make setup")
    path = Path(__file__).resolve().with_name(script)
    done = subprocess.run(
        [node, str(path)], input=json.dumps(case), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)
