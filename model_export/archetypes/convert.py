"""Fitted archetypes as an ONNX graph, by a skl2onnx converter of our own.

The graph (opset 18, IR 8) takes `recent` int64[n], page indexes, and `weights` float32[n], whole thousandths.
It gives `scores` float32[archetypes]: exactly the whole numbers that the device's own code gives, since
none reaches 2^24.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType

from edge_client.wire.archetypes import Archetypes
from model_export.archetypes.transformer import ArchetypeTransformer
from model_export.shipping.convert import OPSET, finish

_ALIAS = "NearsideArchetypeTransformer"


def export_archetypes(estimator: ArchetypeTransformer, file: Archetypes) -> bytes:
    """The graph of a fitted estimator whose pages have the rows of `file`: equal bytes for equal archetypes.

    Raises ValueError when the file has another number of archetypes than the estimator.
    """
    if len(file.archetypes) != estimator.n_archetypes_:
        raise ValueError("archetypes: the file is not that of the estimator")
    rows = np.frombuffer(file.table, dtype=np.uint8).astype(np.int8).reshape(file.pages, -1)

    def convert(scope: Any, operator: Any, container: Any) -> None:
        _convert(operator, container, rows)

    proto = convert_sklearn(
        estimator,
        name="nearside-archetypes",
        initial_types=[("recent", Int64TensorType([None])), ("weights", FloatTensorType([None]))],
        target_opset=OPSET,
        custom_conversion_functions={ArchetypeTransformer: convert},
        custom_shape_calculators={ArchetypeTransformer: _calculate_shape},
        custom_parsers={ArchetypeTransformer: _parse},
    )
    return finish(proto, pages=len(file.archetypes))


def likeness(
    file: Archetypes, recent: NDArray[np.int64], weights: NDArray[np.float32]
) -> NDArray[np.float32]:
    """How like each archetype the pages are: the reference in numpy that runtimes are held to."""
    rows = np.frombuffer(file.table, dtype=np.uint8).reshape(file.pages, -1)
    return np.asarray(weights @ rows[recent].astype(np.float32), dtype=np.float32)


def _parse(
    scope: Any, model: ArchetypeTransformer, inputs: list[Any], custom_parsers: Any = None
) -> list[Any]:
    """Declare the operator: both inputs as they are, one output."""
    operator = scope.declare_local_operator(_ALIAS, model)
    operator.inputs = inputs
    operator.outputs.append(scope.declare_local_variable("scores", FloatTensorType()))
    return list(operator.outputs)


def _calculate_shape(operator: Any) -> None:
    operator.outputs[0].type = FloatTensorType([operator.raw_operator.n_archetypes_])


def _convert(operator: Any, container: Any, rows: NDArray[np.int8]) -> None:
    """scores = weights @ rows[recent]."""
    recent, weights = (variable.full_name for variable in operator.inputs)
    container.initializers.append(numpy_helper.from_array(rows, "rows"))
    container.add_node("Gather", ["rows", recent], "row_short", name="to_row_short", op_version=13, axis=0)
    container.add_node("Cast", ["row_short"], "row", name="to_row", op_version=13, to=TensorProto.FLOAT)
    container.add_node(
        "MatMul", [weights, "row"], operator.outputs[0].full_name, name="to_scores", op_version=13
    )
