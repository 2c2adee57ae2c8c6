"""The worker's own kernel, under Node: the bits of the reference from every file of ours, and of no other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from edge_client.scoring import MOST_CANDIDATES, History, Question, candidates_of
from model_export.choosing.layout import Layout, Spread, Whole
from model_export.shipping.convert import export_onnx
from tests.support import kernel_js, layouts
from tests.support.layouts import Sample
from tests.support.other_graphs import by_another_graph

Change = Callable[[onnx.ModelProto], None]


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    """Files in every layout."""
    return layouts.samples()


@pytest.fixture(scope="module")
def with_factors(samples: list[Sample]) -> bytes:
    """A file with gaps, four bits and five factors: every constant that there is but two."""
    return next(s.data for s in samples if s.name == "400 pages, the largest of all pages, 4 bits, rank 5")


def test_the_kernel_gives_the_bits_of_the_reference(samples: list[Sample], tmp_path: Path) -> None:
    """Every score of every page, in every layout, is the very same number."""
    found = kernel_js.scores_of([(sample.data, sample.queries) for sample in samples], tmp_path)
    for sample, scores in zip(samples, found, strict=True):
        expected = [sample.table.scores(*asked) for asked in sample.queries]
        assert np.array_equal(expected, scores), sample.name


def score_by(sample: Sample) -> Callable[[History], Sequence[float]]:
    """The reference's scores after a history."""

    def score(history: History) -> Sequence[float]:
        recent, weights = np.array(history.recent, np.int64), np.array(history.weights, np.float32)
        scores: list[float] = sample.table.scores(recent, weights).tolist()
        return scores

    return score


def questions_to(sample: Sample, *, seed: int = 7) -> list[Question]:
    """Questions about a sample's pages: some eligible, some suppressed, in two masks."""
    rng = np.random.default_rng(seed)
    pages = sample.table.items
    masks = [rng.integers(0, 2, pages, dtype=np.uint8).tobytes(), bytes([1]) * pages]
    return [
        Question(
            History(tuple(recent.tolist()), tuple(weights.tolist())),
            masks[number % 2],
            frozenset(rng.integers(0, pages, size=number % 5).tolist()),
        )
        for number, (recent, weights) in enumerate(sample.queries[:12])
    ]


def test_the_answers_are_those_of_the_reference(samples: list[Sample], tmp_path: Path) -> None:
    """The candidates, their order, their scores and what they would score without each page, to the last bit,
    across to JavaScript and back."""
    asked = [(sample, questions_to(sample)) for sample in samples]
    found = kernel_js.answers_of([(sample.data, questions) for sample, questions in asked], tmp_path)
    most = 0
    for (sample, questions), answers in zip(asked, found, strict=True):
        for question, answer in zip(questions, answers, strict=True):
            expected = candidates_of(question, score_by(sample))
            assert list(answer.indexes) == list(expected.indexes), sample.name
            assert list(answer.scores) == list(expected.scores), sample.name
            assert [list(row) for row in answer.without] == [list(row) for row in expected.without]
            most = max(most, len(answer.indexes))
    assert most == MOST_CANDIDATES


def test_every_file_of_ours_is_taken(samples: list[Sample], tmp_path: Path) -> None:
    """No layout that the exporter writes falls to the large runtime."""
    assert set(kernel_js.said_of([sample.data for sample in samples], tmp_path)) == {"table"}


def change_tensor(name: str, values: Callable[[np.ndarray], np.ndarray]) -> Change:
    """Put other values into a constant."""

    def change(proto: onnx.ModelProto) -> None:
        for tensor in proto.graph.initializer:
            if tensor.name == name:
                tensor.CopyFrom(numpy_helper.from_array(values(numpy_helper.to_array(tensor).copy()), name))

    return change


def put(at: int, value: float) -> Callable[[np.ndarray], np.ndarray]:
    """Put one value at one place of an array."""

    def change(array: np.ndarray) -> np.ndarray:
        array.flat[at] = value
        return array

    return change


def change_dims(name: str, *dims: int) -> Change:
    """Say that a constant has another shape than its bytes."""

    def change(proto: onnx.ModelProto) -> None:
        for tensor in proto.graph.initializer:
            if tensor.name == name:
                del tensor.dims[:]
                tensor.dims.extend(dims)

    return change


def drop(name: str) -> Change:
    """Leave a constant out."""

    def change(proto: onnx.ModelProto) -> None:
        kept = [tensor for tensor in proto.graph.initializer if tensor.name != name]
        del proto.graph.initializer[:]
        proto.graph.initializer.extend(kept)

    return change


BROKEN: dict[str, Change] = {
    "a scale that is no number": change_tensor("scale", put(3, np.nan)),
    "a scale without end": change_tensor("scale", put(3, np.inf)),
    "a negative scale": change_tensor("scale", put(3, -1.0)),
    "a scale at the end of 32 bits": change_tensor("scale", put(3, 3e38)),
    "a popularity that is no number": change_tensor("popularity", put(0, np.nan)),
    "a factor that is no number": change_tensor("factor", put(0, np.nan)),
    "a first neighbour beyond the pages": change_tensor("first", put(0, 65_535)),
    "gaps that lead beyond the pages": change_tensor("gaps", lambda gaps: np.full_like(gaps, 255)),
    "lengths that promise more entries": change_tensor("lengths", put(0, 255)),
    "lengths that promise fewer entries": change_tensor("lengths", np.zeros_like),
    "more rows than pages": change_tensor("lengths", lambda lengths: np.append(lengths, lengths[:1])),
    "half as many levels": change_tensor("halves", lambda halves: halves[: len(halves) // 2]),
    "a place that is not there": change_tensor("places", put(0, 5)),
    "another last place": change_tensor("last", put(0, 0)),
    "a negative last place": change_tensor("last", put(0, -1)),
    "another axis": change_tensor("axis", lambda axis: np.array(1, dtype=np.int64)),
    "sixteen that is eight": change_tensor("sixteen", lambda number: np.array(8, dtype=np.int64)),
    "two that is nothing": change_tensor("two", lambda number: np.array(0, dtype=np.int64)),
    "a sum that starts elsewhere": change_tensor("hidden_nothing", put(0, 1.0)),
    "factors in another order": change_tensor("factor_0", lambda number: np.array(1, dtype=np.int64)),
    "factors of other pages": change_tensor("left", lambda left: left[1:]),
    "wide levels": change_tensor("halves", lambda halves: halves.astype(np.int32)),
    "huge dimensions": change_dims("scale", 2**40),
    "dimensions whose product is right": change_dims("popularity", 400, 1),
    "dimensions that are nothing": change_dims("gaps", 0),
    "no scale": drop("scale"),
    "no first neighbours, though the graph gathers them": drop("first"),
}


def test_files_with_constants_that_do_not_belong_together_are_refused(
    with_factors: bytes, tmp_path: Path
) -> None:
    """Each is malformed, says so, and is not handed on to the large runtime either."""
    files = []
    for change in BROKEN.values():
        proto = onnx.load_from_string(with_factors)
        change(proto)
        assert proto != onnx.load_from_string(with_factors)
        files.append(proto.SerializeToString())
    said = dict(zip(BROKEN, kernel_js.said_of(files, tmp_path), strict=True))
    assert {name: text for name, text in said.items() if not text.startswith("Malformed: model: ")} == {}


def add_node(proto: onnx.ModelProto) -> None:
    """Double the scores."""
    proto.ParseFromString(by_another_graph(proto.SerializeToString()))


def swap_inputs(proto: onnx.ModelProto) -> None:
    """Let a node take what it takes the other way round."""
    (node,) = [node for node in proto.graph.node if node.name == "to_weight"]
    node.input[1] = node.input[0]


def rename(kind: str, attribute: str) -> Change:
    """Give a kind of node another attribute than it has."""

    def change(proto: onnx.ModelProto) -> None:
        node = next(node for node in proto.graph.node if node.op_type == kind)
        del node.attribute[:]
        node.attribute.append(helper.make_attribute(attribute, 1))

    return change


def set_field(path: str, value: object) -> Change:
    """Set one field of the file."""

    def change(proto: onnx.ModelProto) -> None:
        *folders, name = path.split(".")
        place = proto
        for folder in folders:
            place = place[int(folder)] if folder.isdigit() else getattr(place, folder)  # type: ignore[index]  # protobuf's own lists
        setattr(place, name, value)

    return change


STRANGE: dict[str, Change] = {
    "a node more": add_node,
    "a node that ignores the weights": swap_inputs,
    "a sum that goes the other way": rename("CumSum", "reverse"),
    "another version": set_field("ir_version", 9),
    "another opset": set_field("opset_import.0.version", 19),
    "operators of somebody else": set_field("graph.node.0.domain", "com.example"),
    "an opset of somebody else": set_field("opset_import.0.domain", "com.example"),
    "another output": set_field("graph.output.0.name", "sparse"),
    "a name with a space": set_field("graph.node.0.op_type", "Cast lengths"),
    "a constant that nothing needs": lambda proto: proto.graph.initializer.append(
        numpy_helper.from_array(np.zeros(1, dtype=np.float32), "more")
    ),
    "a constant twice": lambda proto: proto.graph.initializer.append(proto.graph.initializer[0]),
    "notes": lambda proto: proto.metadata_props.add(key="a", value="b"),
    "functions": lambda proto: proto.functions.add(name="f", domain="d"),
    "a constant elsewhere": lambda proto: proto.graph.initializer[0].external_data.add(
        key="location", value="/etc"
    ),
    "sparse constants": lambda proto: proto.graph.sparse_initializer.add(),
    "a third input": lambda proto: proto.graph.input.append(
        helper.make_tensor_value_info("more", TensorProto.FLOAT, [1])
    ),
}


def test_other_graphs_are_not_taken_for_ours(with_factors: bytes, tmp_path: Path) -> None:
    """Whatever computes something else, or may do so, is left to the runtime that knows every operator."""
    files = []
    for change in STRANGE.values():
        proto = onnx.load_from_string(with_factors)
        change(proto)
        files.append(proto.SerializeToString())
    said = dict(zip(STRANGE, kernel_js.said_of(files, tmp_path), strict=True))
    assert {name: text for name, text in said.items() if not text.startswith("Strange: model: ")} == {}


def test_a_file_that_ends_early_is_never_taken(tmp_path: Path) -> None:
    """Cut at any byte, a file is refused."""
    data = export_onnx(layouts.model(12, moves=60))
    said = kernel_js.said_of_cuts(data, tmp_path)
    assert len(said) == len(data)
    assert {text.partition(":")[0] for text in said} == {"Malformed", "Strange"}


@pytest.mark.parametrize("layout", [Layout(Spread.EVEN, 300), Layout(Spread.VALUE, 300, 4, 2)])
def test_whatever_is_taken_of_spoilt_files_says_what_it_says_elsewhere(
    layout: Layout, tmp_path: Path
) -> None:
    """Bytes changed, left out and doubled at random: a file is refused, or it scores the numbers that ONNX
    Runtime gives for it; nothing is read beyond its end, no score is anything but a number."""
    fitted = layouts.model(40, moves=500)
    data = export_onnx(fitted, Whole.of(fitted).cut(layout))
    found, taken = kernel_js.spoil(data, tmp_path, times=2000, seed=layout.bits)
    assert set(found) == {"table", "Malformed", "Strange"}
    assert len(taken) == found["table"] > 150
    queries = layouts.queries(40, 6)
    scores = kernel_js.scores_of([(file, queries) for file in taken[:150]], tmp_path)
    for file, rows in zip(taken, scores, strict=False):
        session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
        expected = [session.run(["scores"], {"recent": r, "weights": w})[0] for r, w in queries]
        assert np.array_equal(expected, rows)
