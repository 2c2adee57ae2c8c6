"""One table of archetypes, four runtimes: numpy, ONNX Runtime, ONNX Runtime Web, the device's own Python."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from numpy.typing import NDArray

from edge_client.archetype import assign, likenesses, weights_of
from edge_client.wire.archetypes import Archetypes
from model_export.archetypes.convert import export_archetypes, likeness
from model_export.archetypes.table import LearnedArchetypes, learn_archetypes
from model_export.shipping.convert import IR_VERSION, OPSET
from tests.support import onnx_web
from tests.support import town as towns

Query = tuple[NDArray[np.int64], NDArray[np.float32]]


@pytest.fixture(scope="module")
def learned() -> LearnedArchetypes:
    """The archetypes of a town, from a release with noise."""
    town = towns.catalogue()
    return learn_archetypes([towns.release(town, towns.means(town), seed=1)], town, number=8)


def queries(file: Archetypes) -> list[Query]:
    """A hundred visits of no page to as many as count."""
    rng = np.random.default_rng(5)
    found = []
    for count in range(100):
        recent = rng.choice(file.pages, size=count % (file.recent + 1), replace=False).astype(np.int64)
        found.append((recent, np.array(weights_of(file, len(recent)), dtype=np.float32)))
    return found


def test_every_runtime_gives_the_same_whole_numbers(learned: LearnedArchetypes, tmp_path: Path) -> None:
    """Not nearly: to the last digit, on every query."""
    data = export_archetypes(learned.estimator, learned.file)
    asked = queries(learned.file)
    session = ort.InferenceSession(data, providers=["CPUExecutionProvider"])
    web = onnx_web.scores_of([(data, asked)], tmp_path)[0]
    for (recent, weights), in_web in zip(asked, web, strict=True):
        device = likenesses(learned.file, recent.tolist())
        assert likeness(learned.file, recent, weights).tolist() == device
        assert session.run(None, {"recent": recent, "weights": weights})[0].tolist() == device
        assert np.asarray(in_web).tolist() == device


def test_the_device_assigns_pages_to_the_archetype_that_the_estimator_does(
    learned: LearnedArchetypes,
) -> None:
    """Three typical pages of each archetype lead to it."""
    for at, archetype in enumerate(learned.file.archetypes):
        found = assign(learned.file, archetype.typical[:3])
        assert found is not None
        assert found.archetype == at
        assert {int(learned.estimator.labels_[page]) for page in archetype.typical} == {at}


def test_equal_archetypes_make_equal_bytes(learned: LearnedArchetypes) -> None:
    """The file and the graph, learnt twice from the same release."""
    town = towns.catalogue()
    again = learn_archetypes([towns.release(town, towns.means(town), seed=1)], town, number=8)
    assert again.file.to_bytes() == learned.file.to_bytes()
    assert export_archetypes(again.estimator, again.file) == export_archetypes(
        learned.estimator, learned.file
    )


def test_the_graph_is_pinned(learned: LearnedArchetypes) -> None:
    """The versions of the model's file, and no operator but ONNX's own."""
    proto = onnx.load_from_string(export_archetypes(learned.estimator, learned.file))
    assert (proto.opset_import[0].version, proto.ir_version) == (OPSET, IR_VERSION)
    assert {node.domain for node in proto.graph.node} == {""}
    assert [node.op_type for node in proto.graph.node] == ["Gather", "Cast", "MatMul"]
