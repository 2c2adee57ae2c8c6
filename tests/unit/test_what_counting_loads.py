"""Who counts or releases does not wait for what only training needs."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import model_export

OF_TRAINING = ("sklearn", "scipy", "pandas", "onnx", "skl2onnx", "onnxruntime")
PROBE = """
import importlib, json, sys
importlib.import_module(sys.argv[1])
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def loaded_by(module: str) -> list[str]:
    """The packages that a process of its own has loaded once it imported `module`."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, module], capture_output=True, text=True, check=True, timeout=120
    )
    return list(json.loads(done.stdout))


@pytest.mark.parametrize(
    "module",
    [
        "model_export.counting.counts",
        "model_export.counting.scale.counting",
        "model_export.releasing.aggregate",
        "nearside.commands.aggregate",
    ],
)
def test_counting_loads_nothing_that_trains(module: str) -> None:
    """Neither scikit-learn nor ONNX, which take seconds, whoever imports them on the way."""
    assert [name for name in loaded_by(module) if name in OF_TRAINING] == []


def test_training_loads_what_trains() -> None:
    """The probe sees what it looks for."""
    assert {"sklearn", "onnx", "skl2onnx"} <= set(loaded_by("model_export.trained"))


def test_the_way_in_is_where_it_was() -> None:
    """`from model_export import train_model` names the function, and nothing else is made up."""
    from model_export.trained import train_model

    assert model_export.train_model is train_model
    with pytest.raises(AttributeError, match="'train_modle'"):
        model_export.train_modle  # type: ignore[attr-defined]  # noqa: B018 -- that there is none is the point
