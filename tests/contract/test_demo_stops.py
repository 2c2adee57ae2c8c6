"""The demo ends when it is told to, also in the middle of an act, and goes on where it was."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from demo.acts import Acts
from nearside.settings import Settings

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]
NEARSIDE = Path(sys.executable).with_name("nearside")
STOPS_WITHIN_S = 30


def play_until(state: Path, act: str, number: int) -> str:
    """Play until an act is over, send the signal into the next one, and return what was said."""
    process = subprocess.Popen(
        [NEARSIDE, "demo", "--port", "0", "--devices", "1", "--state", state],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=Settings.read().project,
    )
    acts = Acts(state / "demo" / "acts.json")
    while act not in acts.played() and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(number)
    said, _ = process.communicate(timeout=STOPS_WITHIN_S)
    assert process.returncode == 0, said[-3000:]
    assert "Traceback" not in said
    assert said.endswith("Stopping.\n")
    return said


def test_an_interrupted_demo_goes_on_where_it_was(tmp_path: Path) -> None:
    """The first signal ends it with success; the next start keeps what was done and claims no more."""
    first = play_until(tmp_path, "learn from history", signal.SIGINT)
    assert "2. Aggregates" in first
    assert "learn again" not in Acts(tmp_path / "demo" / "acts.json").played()
    model = (tmp_path / "demo" / "model" / "model.onnx").stat().st_mtime_ns
    second = play_until(tmp_path, "publish", signal.SIGTERM)
    assert "half set up" in second
    assert "set up already" not in second
    assert "2. Aggregates" not in second
    assert (tmp_path / "demo" / "model" / "model.onnx").stat().st_mtime_ns == model
    assert not (tmp_path / "ministack.pid").exists()
