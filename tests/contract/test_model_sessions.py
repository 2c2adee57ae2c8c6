"""The worker's model module under Node, with the runtime that browsers load: one model at a time."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_client.scoring import Candidates, History, Question, candidates_of
from model_export.choosing.layout import Layout, Spread, Whole
from model_export.shipping.convert import export_onnx
from model_export.shipping.quantise import QuantisedTable
from nearside.edge_build import ORT_FILES
from tests.support import layouts
from tests.support.other_graphs import by_another_graph

ROOT = Path(__file__).resolve().parent.parent.parent
DIST = ROOT / "node_modules/onnxruntime-web/dist"
SCRIPT = ROOT / "tests/support/model_js.mjs"
PAGES = 60
ASKED = Question(History((1,), (1.0,)), bytes([1]) * PAGES)


def opened_in_turn(folder: Path, files: Sequence[bytes], *, tried: bytes | None = None) -> dict[str, Any]:
    """Open these one after the other in the worker's module, try one more, and return what `model_js.mjs`
    tells."""
    node = shutil.which("node")
    if node is None or not DIST.is_dir():
        pytest.skip("needs node and npm's packages: run make setup")
    web = folder / "web"
    shutil.copytree(ROOT / "edge_client/web", web)
    (web / "ort").mkdir()
    (web / "package.json").write_text('{"type":"module"}')
    for name in ORT_FILES:
        shutil.copy(DIST / name, web / "ort" / name)
    paths = [folder / f"{number}.onnx" for number in range(len(files))]
    for path, data in zip(paths, files, strict=True):
        path.write_bytes(data)
    command = [node, SCRIPT, web / "model.js", str(PAGES), *paths]
    told = dict(os.environ)
    if tried is not None:
        (folder / "tried.onnx").write_bytes(tried)
        told["TRIED"] = str(folder / "tried.onnx")
    ran = subprocess.run(command, capture_output=True, check=False, timeout=120, env=told)
    assert ran.returncode == 0, ran.stderr.decode()
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def samples(number: int) -> list[tuple[QuantisedTable, bytes]]:
    """Tables that all say something else, and their files."""
    made = []
    for seed in range(number):
        fitted = layouts.model(PAGES, moves=900, seed=seed)
        table = Whole.of(fitted).cut(Layout(Spread.EVEN, 500))
        made.append((table, export_onnx(fitted, table)))
    return made


def said_by(table: QuantisedTable) -> list[list[float]]:
    """What the reference answers to the question that is asked."""

    def score(history: History) -> Sequence[float]:
        return table.scores(
            np.array(history.recent, np.int64), np.array(history.weights, np.float32)
        ).tolist()

    found: Candidates = candidates_of(ASKED, score)
    return [list(found.indexes), list(found.scores), list(found.without[0])]


def test_the_session_that_is_replaced_is_released(tmp_path: Path) -> None:
    """Three graphs of another kind, one after the other: each answers for itself, and the last session alone
    still runs; a file that is no model leaves it in its place."""
    made = samples(3)
    found = opened_in_turn(tmp_path, [by_another_graph(data) for _, data in made])
    assert found["said"] == [said_by(table) for table, _ in made]
    assert found["usable"] == [False, False, True]
    assert found["broken"] == "refused"
    assert found["after"] == found["said"][-1]


def test_models_of_both_kinds_take_turns(tmp_path: Path) -> None:
    """Ours, another, ours again: every one answers as the reference does, one session was made, and it is
    released when its model is replaced."""
    made = samples(3)
    files = [made[0][1], by_another_graph(made[1][1]), made[2][1]]
    found = opened_in_turn(tmp_path, files)
    assert found["said"] == [said_by(table) for table, _ in made]
    assert found["usable"] == [False]
    assert (found["broken"], found["after"]) == ("refused", found["said"][-1])


def test_a_model_that_is_tried_leaves_the_open_one_in_its_place(tmp_path: Path) -> None:
    """What it needs is made ready and released again, a file that is no model is borne, and the answers are
    those of before."""
    made = samples(2)
    found = opened_in_turn(tmp_path, [made[0][1]], tried=by_another_graph(made[1][1]))
    assert found["usable"] == [False]
    assert found["after"] == said_by(made[0][0])
