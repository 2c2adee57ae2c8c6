"""A fitted classifier as an ONNX file, by a skl2onnx converter of our own.

The graph takes `recent` int64[n], page indexes, most recent first, and `weights` float32[n].
It gives `scores` float32[pages]; n may be 0.
One converter serves every estimator that ends as a sparse table
(`model_export.shipping.quantise.TableModel`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType

from model_export.shipping.graph import Graph, build
from model_export.shipping.packing import check_table, unpack
from model_export.shipping.quantise import QuantisedTable, TableModel, quantise

# What ONNX Runtime Web reads that package-lock.json names; tests/contract/test_model_parity.py runs both.
OPSET = 18
IR_VERSION = 8


def export_onnx(model: TableModel, table: QuantisedTable | None = None) -> bytes:
    """The model file: equal bytes for equal models, on every run.

    `table` is the model's, cut to size; without one it is the whole table in eight bits.
    Raises ValueError as `quantise` does.
    """
    kind, held = type(model), quantise(model) if table is None else table

    def convert(scope: Any, operator: Any, container: Any) -> None:
        def add_constant(name: str, array: NDArray[Any]) -> None:
            # skl2onnx's own way in copies number by number and does not know eight-bit integers.
            container.initializers.append(numpy_helper.from_array(array, name))

        recent, weights = (variable.full_name for variable in operator.inputs)
        build(
            Graph(container.add_node, add_constant), held,
            recent=recent, weights=weights, scores=operator.outputs[0].full_name,
        )  # fmt: skip

    proto = convert_sklearn(
        model,
        name="nearside-next-page",
        initial_types=[("recent", Int64TensorType([None])), ("weights", FloatTensorType([None]))],
        target_opset=OPSET,
        custom_conversion_functions={kind: convert},
        custom_shape_calculators={kind: _calculate_shape},
        custom_parsers={kind: _parse},
    )
    return finish(proto, pages=held.items)


def finish(proto: Any, *, pages: int) -> bytes:
    """A converted file with its versions pinned, its inputs and output named, and nothing else in it."""
    proto.ir_version = IR_VERSION
    proto.producer_name, proto.producer_version, proto.domain, proto.doc_string = "nearside", "", "", ""
    proto.graph.doc_string = ""
    del proto.opset_import[:]
    proto.opset_import.extend([onnx.helper.make_opsetid("", OPSET)])
    for value in proto.graph.input:
        value.type.tensor_type.shape.dim[0].Clear()
        value.type.tensor_type.shape.dim[0].dim_param = "n"
    proto.graph.output[0].type.tensor_type.shape.dim[0].Clear()
    proto.graph.output[0].type.tensor_type.shape.dim[0].dim_value = pages
    onnx.checker.check_model(proto, full_check=True)
    return bytes(proto.SerializeToString(deterministic=True))


def read_table(data: bytes) -> QuantisedTable:
    """The table inside a model file; raises ValueError when it is not one of ours, or is not whole."""
    graph = onnx.load_from_string(data).graph
    tensors = {tensor.name: np.array(numpy_helper.to_array(tensor)) for tensor in graph.initializer}
    try:
        table = unpack(tensors)
    except (KeyError, IndexError, TypeError):
        raise ValueError("model: not a next-page model") from None
    check_table(table)
    return table


def graph_facts(data: bytes) -> Mapping[str, int]:
    """Opset and IR version of a model file, and its numbers of pages, of neighbours and of bits a value."""
    proto = onnx.load_from_string(data)
    table = read_table(data)
    return {
        "bits": table.bits,
        "entries": table.entries,
        "ir_version": proto.ir_version,
        "opset": proto.opset_import[0].version,
        "pages": table.items,
        "rank": table.rest.rank,
    }


def _parse(scope: Any, model: TableModel, inputs: list[Any], custom_parsers: Any = None) -> list[Any]:
    """Declare the operator: both inputs as they are, one output, instead of a classifier's label and odds."""
    operator = scope.declare_local_operator(f"Nearside{type(model).__name__}", model)
    operator.inputs = inputs
    operator.outputs.append(scope.declare_local_variable("scores", FloatTensorType()))
    return list(operator.outputs)


def _calculate_shape(operator: Any) -> None:
    operator.outputs[0].type = FloatTensorType([operator.raw_operator.n_features_in_])
