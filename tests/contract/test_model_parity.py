"""One model file, three runtimes: the reference, ONNX Runtime and ONNX Runtime Web agree to the last bit."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from pathlib import Path

import numpy as np
import onnx
import pytest
import scipy.sparse as sp
from sklearn.base import BaseEstimator

import model_export
from consent_ledger.errors import Untrue
from model_export.learning.covisit import CoVisitClassifier
from model_export.shipping.convert import IR_VERSION, OPSET, export_onnx, graph_facts, read_table
from model_export.shipping.graph import SINCE
from model_export.shipping.packing import pack
from model_export.shipping.parity import top, verify_parity
from tests.support import layouts, onnx_web
from tests.support.layouts import Sample

PAGES = 300


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    """Files in every layout."""
    return layouts.samples()


@pytest.fixture(scope="module")
def model_bytes() -> bytes:
    """A model of three hundred pages."""
    return export_onnx(layouts.model(PAGES, moves=9000))


def test_the_layouts_are_all_there(samples: list[Sample]) -> None:
    """Gaps and indexes of one byte and two, eight bits and four, with factors and without."""
    held = [pack(sample.table) for sample in samples]
    assert {(arrays["neighbours"].dtype.itemsize) for arrays in held if "neighbours" in arrays} == {1, 2}
    for name in ("gaps", "values", "halves", "left"):
        assert any(name in arrays for arrays in held)
        assert any(name not in arrays for arrays in held)


def test_onnx_runtime_gives_the_bits_of_the_reference(samples: list[Sample]) -> None:
    """Every score of every page, in every layout, is the very same number."""
    for sample in samples:
        parity = verify_parity(sample.data, sample.queries)
        assert (parity.queries, parity.largest_difference) == (len(sample.queries), 0.0), sample.name


def test_onnx_runtime_web_gives_the_bits_of_the_reference(samples: list[Sample], tmp_path: Path) -> None:
    """What the browser's runtime computes, under Node, is what the reference computes, in every layout."""
    answers = onnx_web.scores_of([(sample.data, sample.queries) for sample in samples], tmp_path)
    for sample, actual in zip(samples, answers, strict=True):
        expected = [sample.table.scores(*asked) for asked in sample.queries]
        assert np.array_equal(expected, actual), sample.name


def test_the_file_declares_what_the_browser_reads(model_bytes: bytes) -> None:
    """Opset, IR version, names, types and shapes are those of the format, and no domain but ONNX's."""
    facts = graph_facts(model_bytes)
    assert (facts["opset"], facts["ir_version"]) == (OPSET, IR_VERSION)
    proto = onnx.load_from_string(model_bytes)
    assert {node.domain for node in proto.graph.node} == {""}
    described = {
        value.name: (
            kind.elem_type,
            [dimension.dim_param or dimension.dim_value for dimension in kind.shape.dim],
        )
        for value in [*proto.graph.input, *proto.graph.output]
        for kind in [value.type.tensor_type]
    }
    assert described == {
        "recent": (onnx.TensorProto.INT64, ["n"]),
        "weights": (onnx.TensorProto.FLOAT, ["n"]),
        "scores": (onnx.TensorProto.FLOAT, [PAGES]),
    }


def test_every_operator_is_as_old_as_the_opset(samples: list[Sample]) -> None:
    """Each is used in the version that the opset has of it, and all that are listed are used."""
    used = {node.op_type for sample in samples for node in onnx.load_from_string(sample.data).graph.node}
    assert used == set(SINCE)
    assert {kind: onnx.defs.get_schema(kind, OPSET).since_version for kind in used} == SINCE


def test_the_browser_refuses_versions_that_it_does_not_read(model_bytes: bytes, tmp_path: Path) -> None:
    """So that running a file is evidence for its versions: one beyond the runtime's is not taken."""
    for number, change in enumerate(("opset", "ir")):
        proto = onnx.load_from_string(model_bytes)
        if change == "opset":
            proto.opset_import[0].version = 99
        else:
            proto.ir_version = 99
        folder = tmp_path / str(number)
        folder.mkdir()
        ran = onnx_web.run([(proto.SerializeToString(), layouts.queries(PAGES, 1))], folder)
        assert ran.returncode == onnx_web.NOT_TAKEN, ran.stderr.decode()


def test_the_browser_runtime_is_the_one_that_is_locked() -> None:
    """What runs here is the version that package-lock.json names, which is what devices are sent."""
    if not onnx_web.PACKAGE.is_file():
        pytest.skip("needs npm's packages: run make setup")
    lock = json.loads((onnx_web.ROOT / "package-lock.json").read_text(encoding="utf-8"))
    locked = lock["packages"]["node_modules/onnxruntime-web"]["version"]
    assert json.loads(onnx_web.PACKAGE.read_text(encoding="utf-8"))["version"] == locked


def test_every_estimator_has_a_converter() -> None:
    """Whatever next-page estimator this package has is exported, and its file says what it predicts."""
    found = table_estimators()
    assert CoVisitClassifier in found
    rng = np.random.default_rng(5)
    visited = sp.csr_matrix((np.ones(900), (np.arange(900), rng.integers(0, 30, 900))), shape=(900, 30))
    followed, weight = rng.integers(0, 30, 900), rng.pareto(1, 900) + 1
    for kind in found:
        fitted = kind().fit(visited, followed, weight)
        data = export_onnx(fitted)
        parity = verify_parity(data, layouts.queries(30, 60))
        assert parity.largest_difference == 0, kind.__name__
        likeliest = [int(fitted.predict(sp.csr_matrix(np.eye(30)[[page]]))[0]) for page in range(30)]
        exported = [int(top(read_table(data).scores(*layouts.query((page,))), 1)[0]) for page in range(30)]
        # Eight bits may tie two pages that the estimator tells apart by less than a level.
        assert sum(a == b for a, b in zip(likeliest, exported, strict=True)) >= 27, kind.__name__


def test_a_changed_table_is_noticed(model_bytes: bytes) -> None:
    """The parity check fails when the graph and the table part: a node that ignores the weights is caught."""
    proto = onnx.load_from_string(model_bytes)
    (node,) = [node for node in proto.graph.node if node.name == "to_weight"]
    node.input[1] = node.input[0]
    with pytest.raises(Untrue, match=r"^model: "):
        verify_parity(proto.SerializeToString(), layouts.queries(PAGES, 60))


def test_a_file_that_is_no_model_of_ours_is_refused() -> None:
    """An ONNX file without our tables is not taken for one."""
    empty = onnx.helper.make_model(onnx.helper.make_graph([], "empty", [], []))
    with pytest.raises(ValueError, match=r"^model: "):
        read_table(empty.SerializeToString())


def table_estimators() -> list[type[BaseEstimator]]:
    """All estimators of next pages in `model_export`, wherever they are."""
    found = {}
    for module in pkgutil.walk_packages(model_export.__path__, "model_export."):
        for kind in vars(importlib.import_module(module.name)).values():
            if isinstance(kind, type) and issubclass(kind, BaseEstimator) and hasattr(kind, "predict_proba"):
                found[kind.__qualname__] = kind
    ours = [kind for _, kind in sorted(found.items()) if kind.__module__.startswith("model_export.")]
    return [kind for kind in ours if not inspect.isabstract(kind)]
