"""One model file, three runtimes: the reference, ONNX Runtime and ONNX Runtime Web rank alike."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import onnx
import pytest

from consent_ledger.errors import Untrue
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Bound, Period, Privacy, Release, Source, Unit
from model_export import train_model
from model_export.convert import graph_facts, read_table
from model_export.evaluate import query
from model_export.parity import TOLERANCE, top, verify_parity

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = ROOT / "tests" / "support" / "onnx_web.mjs"


@pytest.fixture(scope="module")
def model_bytes() -> bytes:
    """A model of three hundred pages that visitors cross at random, some far more often than others."""
    rng = np.random.default_rng(3)
    moves = {
        (ItemId(f"/p{a}"), ItemId(f"/p{b}")): int(10 * rng.pareto(1) + 10)
        for a, b in rng.integers(0, 300, size=(9000, 2))
        if a != b
    }
    release = Release.of(
        moves,
        site="riverton",
        source=Source.LOG,
        period=Period(),
        privacy=Privacy(10),
        bound=Bound(Unit.VISITOR, 4),
    )
    return train_model(release).onnx_bytes


@pytest.fixture(scope="module")
def histories() -> list[tuple[int, ...]]:
    """Histories of none to five pages."""
    rng = np.random.default_rng(4)
    return [(), *(tuple(map(int, rng.integers(0, 300, size=1 + n % 5))) for n in range(400))]


def test_onnx_runtime_ranks_as_the_reference(model_bytes: bytes, histories: list[tuple[int, ...]]) -> None:
    """The same first ten in the same order on every history, and hardly a difference in any score."""
    parity = verify_parity(model_bytes, [query(history) for history in histories])
    print(f"{parity.queries} queries, largest difference {parity.largest_difference:.2g}")
    assert parity.queries == len(histories)
    assert parity.largest_difference <= TOLERANCE


def test_onnx_runtime_web_ranks_as_the_reference(
    model_bytes: bytes, histories: list[tuple[int, ...]], tmp_path: Path
) -> None:
    """What the browser's runtime computes, under Node, is what the reference computes."""
    node = shutil.which("node")
    if node is None or not (ROOT / "node_modules" / "onnxruntime-web").is_dir():
        pytest.skip("needs node and npm's packages: run make setup")
    queries = [query(history) for history in histories]
    (tmp_path / "model.onnx").write_bytes(model_bytes)
    (tmp_path / "queries.json").write_text(
        json.dumps([{"recent": r.tolist(), "weights": w.tolist()} for r, w in queries])
    )
    ran = subprocess.run(
        [node, SCRIPT, tmp_path / "model.onnx", tmp_path / "queries.json"],
        capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr.decode()
    answers = [np.array(answer, dtype=np.float32) for answer in json.loads(ran.stdout)]
    table = read_table(model_bytes)
    largest = 0.0
    for (recent, weights), actual in zip(queries, answers, strict=True):
        expected = table.scores(recent, weights)
        largest = max(largest, float(np.abs(expected - actual).max()))
        assert top(expected).tolist() == top(actual).tolist()
    print(f"{len(answers)} queries, largest difference {largest:.2g}")
    assert largest <= TOLERANCE


def test_the_file_is_within_what_the_browser_reads(model_bytes: bytes) -> None:
    """Opset, IR version, names, types and shapes are those that the format promises."""
    facts = graph_facts(model_bytes)
    assert facts["opset"] <= 20
    assert facts["ir_version"] <= 10
    graph = onnx.load_from_string(model_bytes).graph
    described = {
        value.name: (
            kind.elem_type,
            [dimension.dim_param or dimension.dim_value for dimension in kind.shape.dim],
        )
        for value in [*graph.input, *graph.output]
        for kind in [value.type.tensor_type]
    }
    assert described == {
        "recent": (onnx.TensorProto.INT64, ["n"]),
        "weights": (onnx.TensorProto.FLOAT, ["n"]),
        "scores": (onnx.TensorProto.FLOAT, [facts["pages"]]),
    }


def test_a_file_takes_about_a_hundred_bytes_a_page(model_bytes: bytes) -> None:
    """Thirty-two neighbours of two bytes and one byte each, a scale, a popularity, and a small graph."""
    assert len(model_bytes) <= 300 * (32 * 3 + 8) + 2048


def test_a_changed_table_is_noticed(model_bytes: bytes, histories: list[tuple[int, ...]]) -> None:
    """The parity check fails when the graph and the table part: a node that ignores the weights is caught."""
    proto = onnx.load_from_string(model_bytes)
    (node,) = [node for node in proto.graph.node if node.name == "to_weight"]
    node.input[1] = node.input[0]
    with pytest.raises(Untrue, match=r"^model: "):
        verify_parity(proto.SerializeToString(), [query(history) for history in histories])


def test_a_file_that_is_no_model_of_ours_is_refused() -> None:
    """An ONNX file without our tables is not taken for one."""
    empty = onnx.helper.make_model(onnx.helper.make_graph([], "empty", [], []))
    with pytest.raises(ValueError, match=r"^model: "):
        read_table(empty.SerializeToString())
