"""The worker's own kernel under Node: many questions to many model files in one process."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_client.crossing import Crossing, read_answers
from edge_client.scoring import MOST_CANDIDATES, Candidates, Question
from tests.support.onnx_web import Job

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = ROOT / "tests" / "support" / "kernel.mjs"


def run(words: Sequence[str | Path]) -> str:
    """Run commands of `kernel.mjs` and return what they print; skips where Node is missing."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node: run make setup")
    ran = subprocess.run([node, SCRIPT, *words], capture_output=True, check=False, timeout=300)
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout.decode()


def scores_of(jobs: Sequence[Job], folder: Path) -> list[NDArray[np.float32]]:
    """For every model its scores, (questions, pages)."""
    words: list[str | Path] = []
    for number, (model, queries) in enumerate(jobs):
        names = [folder / f"kernel-{number}.{kind}" for kind in ("onnx", "json", "scores")]
        names[0].write_bytes(model)
        asked = [{"recent": recent.tolist(), "weights": weights.tolist()} for recent, weights in queries]
        names[1].write_text(json.dumps(asked), encoding="ascii")
        words += ["scores", *names]
    run(words)
    return [
        np.fromfile(folder / f"kernel-{number}.scores", dtype="<f4").reshape(len(queries), -1)
        for number, (_, queries) in enumerate(jobs)
    ]


def said_of(files: Sequence[bytes], folder: Path) -> list[str]:
    """What becomes of each file: `table` where the kernel takes it, otherwise the kind of error and its
    text."""
    words: list[str | Path] = []
    for number, data in enumerate(files):
        path = folder / f"said-{number}.onnx"
        path.write_bytes(data)
        words += ["open", path]
    return run(words).splitlines()


def said_of_cuts(data: bytes, folder: Path) -> list[str]:
    """What becomes of each file that `data` begins with and is longer than."""
    path = folder / "whole.onnx"
    path.write_bytes(data)
    return run(["cut", path]).splitlines()


def spoil(data: bytes, folder: Path, *, times: int, seed: int) -> tuple[dict[str, int], list[bytes]]:
    """Change bytes of `data` at random, so many times; return how many files were called what, and those that
    were taken, which scored finite numbers."""
    (folder / "taken").mkdir()
    path = folder / "whole.onnx"
    path.write_bytes(data)
    found: dict[str, int] = json.loads(run(["spoil", path, str(times), str(seed), folder / "taken"]))
    return found, [file.read_bytes() for file in sorted((folder / "taken").iterdir())]


def answers_of(
    jobs: Sequence[tuple[bytes, Sequence[Question]]], folder: Path
) -> list[tuple[Candidates, ...]]:
    """What the worker answers to each model's questions, across and back as from Python."""
    words: list[str | Path] = []
    for number, (model, questions) in enumerate(jobs):
        names = [folder / f"answer-{number}.{kind}" for kind in ("onnx", "json", "answers")]
        names[0].write_bytes(model)
        asked = Crossing.of(questions)
        crossing = {
            "numbers": asked.numbers.tolist(),
            "weights": asked.weights.tolist(),
            "masks": list(asked.masks),
            "pages": asked.pages,
            "most": MOST_CANDIDATES,
        }
        names[1].write_text(json.dumps(crossing), encoding="ascii")
        words += ["answer", *names]
    run(words)
    return [
        read_answers((folder / f"answer-{number}.answers").read_bytes(), questions)
        for number, (_, questions) in enumerate(jobs)
    ]
