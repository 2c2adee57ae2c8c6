"""The worker's model module under Node, with the runtime that browsers load: one session at a time."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from model_export.choosing.layout import Layout, Spread, Whole
from model_export.shipping.convert import export_onnx
from nearside.edge_build import ORT_FILES
from tests.support import layouts

ROOT = Path(__file__).resolve().parent.parent.parent
DIST = ROOT / "node_modules/onnxruntime-web/dist"
SCRIPT = ROOT / "tests/support/model_js.mjs"
PAGES = 60


def test_the_session_that_is_replaced_is_released(tmp_path: Path) -> None:
    """Three models one after the other: each answers for itself, and the last session alone still runs;
    a file that is no model leaves it in its place."""
    node = shutil.which("node")
    if node is None or not DIST.is_dir():
        pytest.skip("needs node and npm's packages: run make setup")
    (tmp_path / "ort").mkdir()
    shutil.copy(ROOT / "edge_client/web/model.js", tmp_path / "model.js")
    (tmp_path / "package.json").write_text('{"type":"module"}')
    for name in ORT_FILES:
        shutil.copy(DIST / name, tmp_path / "ort" / name)
    files, expected = [], []
    for seed in range(3):
        fitted = layouts.model(PAGES, moves=900, seed=seed)
        table = Whole.of(fitted).cut(Layout(Spread.EVEN, 500))
        files.append(tmp_path / f"{seed}.onnx")
        files[-1].write_bytes(export_onnx(fitted, table))
        expected.append(table.scores(np.array([1]), np.array([1.0], dtype=np.float32)))
    ran = subprocess.run(
        [node, SCRIPT, tmp_path / "model.js", str(PAGES), *files],
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr.decode()
    found = json.loads(ran.stdout)
    assert np.array_equal(np.array(found["said"], dtype=np.float32), expected)
    assert found["usable"] == [False, False, True]
    assert found["broken"] == "refused"
    assert found["after"] == found["said"][-1]
