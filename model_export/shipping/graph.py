"""The nodes of the model file, in standard operators: `docs/formats/model.md` draws them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from model_export.shipping.packing import Arrays, pack
from model_export.shipping.quantise import QuantisedTable

AddNode = Callable[..., None]
AddConstant = Callable[[str, NDArray[Any]], None]

# The version in which each operator took on its present meaning, none above the file's opset.
SINCE = {
    "Add": 14,
    "Cast": 13,
    "CumSum": 14,
    "Div": 14,
    "Gather": 13,
    "Less": 13,
    "Min": 13,
    "Mod": 13,
    "Mul": 14,
    "Relu": 14,
    "Reshape": 14,
    "ScatterElements": 18,
    "Where": 16,
}


@dataclass(frozen=True, slots=True)
class Graph:
    """Adds nodes and constants to a model file, whatever builds it; every output is named once."""

    add_node: AddNode
    add_constant: AddConstant

    def __call__(self, kind: str, *inputs: str, to: str, **attributes: Any) -> str:
        """Add a node and return the name of its output."""
        self.add_node(kind, list(inputs), to, name=f"to_{to}", op_version=SINCE[kind], **attributes)
        return to

    def cast(self, value: str, kind: int, *, to: str) -> str:
        """Add a cast and return the name of its output."""
        self.add_node("Cast", [value], to, name=f"to_{to}", op_version=SINCE["Cast"], to=kind)
        return to

    def constant(self, name: str, values: Any, kind: type = np.int64) -> str:
        """Add a constant of whole numbers and return its name."""
        self.add_constant(name, np.array(values, dtype=kind))
        return name


def build(graph: Graph, table: QuantisedTable, *, recent: str, weights: str, scores: str) -> None:
    """Add all nodes that make `scores` of `recent` and `weights`, and the table's arrays as constants."""
    arrays = pack(table)
    for name in sorted(arrays):
        graph.add_constant(name, arrays[name])
    graph.constant("flat", [-1])
    graph.constant("column", [-1, 1])
    near, value = _rows(graph, arrays, recent=recent)
    graph("Gather", "scale", recent, to="scale_of_recent", axis=0)
    graph("Mul", "scale_of_recent", weights, to="weight")
    graph("Reshape", "weight", "column", to="weight_column")
    graph("Mul", value, "weight_column", to="added")
    graph("Reshape", "added", "flat", to="added_flat")
    graph("Reshape", near, "flat", to="near_flat")
    total = "sparse" if table.rest.rank else scores
    graph("ScatterElements", "popularity", "near_flat", "added_flat", to=total, axis=0, reduction="add")
    if table.rest.rank:
        _add_rest(graph, table.rest.rank, recent=recent, weights=weights, total=total, scores=scores)


def _rows(graph: Graph, arrays: Arrays, *, recent: str) -> tuple[str, str]:
    """The rows of `recent`, side by side in a table as wide as the longest: neighbours, and values or 0."""
    longest = int(arrays["lengths"].max(initial=0))
    held = len(arrays["gaps"] if "gaps" in arrays else arrays["neighbours"])
    graph.constant("places", [list(range(max(1, longest)))])
    graph.constant("last", [[held - 1]])
    graph.constant("axis", 0)
    graph.cast("lengths", TensorProto.INT64, to="length")
    graph("CumSum", "length", "axis", to="start", exclusive=1)
    graph("Gather", "start", recent, to="start_of_recent", axis=0)
    graph("Reshape", "start_of_recent", "column", to="start_column")
    graph("Gather", "length", recent, to="length_of_recent", axis=0)
    graph("Reshape", "length_of_recent", "column", to="length_column")
    graph("Less", "places", "length_column", to="there")
    graph("Add", "start_column", "places", to="place_or_beyond")
    graph("Min", "place_or_beyond", "last", to="place")
    level = _levels(graph, arrays)
    graph.cast("there", TensorProto.FLOAT, to="there_factor")
    graph("Mul", level, "there_factor", to="value")
    return _neighbours(graph, arrays, recent=recent), "value"


def _levels(graph: Graph, arrays: Arrays) -> str:
    if "values" in arrays:
        graph("Gather", "values", "place", to="level_short", axis=0)
        return graph.cast("level_short", TensorProto.FLOAT, to="level")
    graph.constant("two", 2)
    graph.constant("sixteen", 16)
    graph("Div", "place", "two", to="place_of_half")
    graph("Gather", "halves", "place_of_half", to="both_short", axis=0)
    graph.cast("both_short", TensorProto.INT64, to="both")
    graph("Div", "both", "sixteen", to="high")
    graph("Mod", "both", "sixteen", to="low")
    graph("Mod", "place", "two", to="odd_number")
    graph.cast("odd_number", TensorProto.BOOL, to="odd")
    graph("Where", "odd", "high", "low", to="root_whole")
    graph.cast("root_whole", TensorProto.FLOAT, to="root")
    return graph("Mul", "root", "root", to="level")


def _neighbours(graph: Graph, arrays: Arrays, *, recent: str) -> str:
    if "neighbours" in arrays:
        graph("Gather", "neighbours", "place", to="near_short", axis=0)
        return graph.cast("near_short", TensorProto.INT64, to="near")
    graph.constant("across", 1)
    graph("Gather", "gaps", "place", to="gap_short", axis=0)
    graph.cast("gap_short", TensorProto.INT64, to="gap_or_beyond")
    graph.cast("there", TensorProto.INT64, to="there_whole")
    graph("Mul", "gap_or_beyond", "there_whole", to="gap")
    graph("CumSum", "gap", "across", to="beyond_first")
    graph("Gather", "first", recent, to="first_short", axis=0)
    graph.cast("first_short", TensorProto.INT64, to="first_of_recent")
    graph("Reshape", "first_of_recent", "column", to="first_column")
    return graph("Add", "beyond_first", "first_column", to="near")


def _add_rest(graph: Graph, rank: int, *, recent: str, weights: str, total: str, scores: str) -> None:
    """The factors, one after the other: each sum in the order of the reference, not of a matrix product."""
    graph.add_constant("hidden_nothing", np.zeros(rank, dtype=np.float32))
    graph.constant("hidden_places", [list(range(rank))])
    graph.constant("none", 0)
    graph("Reshape", weights, "column", to="plain_weight_column")
    graph("Gather", "left", recent, to="left_short", axis=0)
    graph.cast("left_short", TensorProto.FLOAT, to="left_of_recent")
    graph("Mul", "left_of_recent", "plain_weight_column", to="hidden_each")
    graph("Reshape", "hidden_each", "flat", to="hidden_flat")
    graph("Mul", recent, "none", to="recent_nothing")
    graph("Reshape", "recent_nothing", "column", to="recent_column")
    graph("Add", "recent_column", "hidden_places", to="hidden_place")
    graph("Reshape", "hidden_place", "flat", to="hidden_place_flat")
    graph(
        "ScatterElements", "hidden_nothing", "hidden_place_flat", "hidden_flat",
        to="hidden", axis=0, reduction="add",
    )  # fmt: skip
    graph("Mul", "hidden", "factor", to="hidden_scaled")
    so_far = ""
    for at in range(rank):
        graph.constant(f"factor_{at}", at)
        graph("Gather", "right", f"factor_{at}", to=f"right_short_{at}", axis=0)
        graph.cast(f"right_short_{at}", TensorProto.FLOAT, to=f"right_{at}")
        graph("Gather", "hidden_scaled", f"factor_{at}", to=f"hidden_{at}", axis=0)
        graph("Mul", f"right_{at}", f"hidden_{at}", to=f"rest_{at}")
        so_far = graph("Add", so_far, f"rest_{at}", to=f"rest_up_to_{at}") if so_far else f"rest_{at}"
    graph("Relu", so_far, to="rest")
    graph("Add", total, "rest", to=scores)
