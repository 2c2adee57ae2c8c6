"""A fitted classifier as an ONNX file, by a skl2onnx converter of our own.

The graph (opset 18, IR 8) takes `recent` int64[n], page indexes, most recent first, and `weights` float32[n].
It gives `scores` float32[pages]; n may be 0.
`docs/formats/model.md` draws it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType

from model_export.covisit import CoVisitClassifier
from model_export.quantise import QuantisedTable, quantise

OPSET = 18
IR_VERSION = 8
_ALIAS = "NearsideCoVisitClassifier"


def export_onnx(model: CoVisitClassifier) -> bytes:
    """The model file: equal bytes for equal models, on every run; raises ValueError as `quantise` does."""
    proto = convert_sklearn(
        model,
        name="nearside-next-page",
        initial_types=[("recent", Int64TensorType([None])), ("weights", FloatTensorType([None]))],
        target_opset=OPSET,
        custom_conversion_functions={CoVisitClassifier: _convert},
        custom_shape_calculators={CoVisitClassifier: _calculate_shape},
        custom_parsers={CoVisitClassifier: _parse},
    )
    proto.ir_version = IR_VERSION
    proto.producer_name, proto.producer_version, proto.domain, proto.doc_string = "nearside", "", "", ""
    proto.graph.doc_string = ""
    del proto.opset_import[:]
    proto.opset_import.extend([onnx.helper.make_opsetid("", OPSET)])
    for place, value in enumerate([*proto.graph.input, *proto.graph.output]):
        value.type.tensor_type.shape.dim[0].Clear()
        value.type.tensor_type.shape.dim[0].dim_param = "pages" if place == 2 else "n"
    proto.graph.output[0].type.tensor_type.shape.dim[0].dim_value = model.n_features_in_
    onnx.checker.check_model(proto, full_check=True)
    return bytes(proto.SerializeToString(deterministic=True))


def read_table(data: bytes) -> QuantisedTable:
    """The table inside a model file; raises ValueError when it is not one of ours."""
    graph = onnx.load_from_string(data).graph
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    try:
        return QuantisedTable(*(tensors[name] for name in ("neighbours", "values", "scale", "popularity")))
    except KeyError:
        raise ValueError("model: not a next-page model") from None


def _parse(scope: Any, model: CoVisitClassifier, inputs: list[Any], custom_parsers: Any = None) -> list[Any]:
    """Declare the operator: both inputs as they are, one output, instead of a classifier's label and odds."""
    operator = scope.declare_local_operator(_ALIAS, model)
    operator.inputs = inputs
    operator.outputs.append(scope.declare_local_variable("scores", FloatTensorType()))
    return list(operator.outputs)


def _calculate_shape(operator: Any) -> None:
    operator.outputs[0].type = FloatTensorType([operator.raw_operator.n_features_in_])


def _convert(scope: Any, operator: Any, container: Any) -> None:
    """scores = popularity, with scale[recent] * weights * values[recent] added at neighbours[recent]."""
    recent, weights = (variable.full_name for variable in operator.inputs)
    table = quantise(operator.raw_operator)
    for name in ("neighbours", "values", "scale", "popularity"):
        _constant(container, name, getattr(table, name))
    _constant(container, "flat", np.array([-1], dtype=np.int64))
    _constant(container, "column", np.array([-1, 1], dtype=np.int64))

    def node(kind: str, inputs: list[str], output: str, version: int, **attributes: Any) -> None:
        container.add_node(kind, inputs, output, name=f"to_{output}", op_version=version, **attributes)

    node("Gather", ["neighbours", recent], "near_short", 13, axis=0)
    node("Cast", ["near_short"], "near", 13, to=TensorProto.INT64)
    node("Reshape", ["near", "flat"], "near_flat", 14)
    node("Gather", ["values", recent], "value_short", 13, axis=0)
    node("Cast", ["value_short"], "value", 13, to=TensorProto.FLOAT)
    node("Gather", ["scale", recent], "scale_of_recent", 13, axis=0)
    node("Mul", ["scale_of_recent", weights], "weight", 14)
    node("Reshape", ["weight", "column"], "weight_column", 14)
    node("Mul", ["value", "weight_column"], "added", 14)
    node("Reshape", ["added", "flat"], "added_flat", 14)
    node(
        "ScatterElements",
        ["popularity", "near_flat", "added_flat"],
        operator.outputs[0].full_name,
        18,
        axis=0,
        reduction="add",
    )


def _constant(container: Any, name: str, array: np.ndarray[Any, Any]) -> None:
    # skl2onnx's own way in copies number by number and does not know eight-bit integers.
    container.initializers.append(numpy_helper.from_array(array, name))


def graph_facts(data: bytes) -> Mapping[str, int]:
    """Opset and IR version of a model file, and its number of pages and of neighbours a page."""
    proto = onnx.load_from_string(data)
    table = read_table(data)
    return {
        "ir_version": proto.ir_version,
        "opset": proto.opset_import[0].version,
        "pages": table.items,
        "top_k": table.values.shape[1],
    }
