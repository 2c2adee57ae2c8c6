"""ONNX Runtime Web under Node: many questions to many model files in one process."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from model_export.shipping.parity import Query

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = ROOT / "tests" / "support" / "onnx_web.mjs"
PACKAGE = ROOT / "node_modules" / "onnxruntime-web" / "package.json"
NOT_TAKEN = 3

Job = tuple[bytes, Sequence[Query]]


def run(jobs: Sequence[Job], folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Ask every model its questions; the answers are files in `folder`.

    Skips where Node or npm's packages are missing.
    """
    node = shutil.which("node")
    if node is None or not PACKAGE.is_file():
        pytest.skip("needs node and npm's packages: run make setup")
    paths = []
    for number, (model, queries) in enumerate(jobs):
        names = [folder / f"{number}.{kind}" for kind in ("onnx", "json", "scores")]
        names[0].write_bytes(model)
        names[1].write_text(
            json.dumps([{"recent": r.tolist(), "weights": w.tolist()} for r, w in queries]), encoding="ascii"
        )
        paths += names
    return subprocess.run([node, SCRIPT, *paths], capture_output=True, check=False, timeout=120)


def scores_of(jobs: Sequence[Job], folder: Path) -> list[NDArray[np.float32]]:
    """For every model its scores, (questions, pages)."""
    ran = run(jobs, folder)
    assert ran.returncode == 0, ran.stderr.decode()
    return [
        np.fromfile(folder / f"{number}.scores", dtype="<f4").reshape(len(queries), -1)
        for number, (_, queries) in enumerate(jobs)
    ]
