"""Whether the model file says in ONNX Runtime what the reference says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from consent_ledger.errors import Untrue
from model_export.shipping.convert import read_table

TOP = 10
TOLERANCE = 1e-5

Query = tuple[NDArray[np.int64], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Parity:
    """On how many queries two runtimes were compared, and the largest difference of any score."""

    queries: int
    largest_difference: float


def verify_parity(data: bytes, queries: Iterable[Query]) -> Parity:
    """Compare ONNX Runtime with the reference on every query: the first ten pages must be the same, in order.

    Raises Untrue when they do not.
    """
    table = read_table(data)
    session = ort.InferenceSession(data, providers=["CPUExecutionProvider"])
    compared, largest = 0, 0.0
    for recent, weights in queries:
        expected = table.scores(recent, weights)
        actual = session.run(["scores"], {"recent": recent, "weights": weights})[0]
        largest = max(largest, float(np.abs(expected - actual).max(initial=0.0)))
        compared += 1
        if not np.array_equal(top(expected), top(actual)) or largest > TOLERANCE:
            raise Untrue("model: onnx runtime and the reference do not rank alike")
    return Parity(compared, largest)


def top(scores: NDArray[np.float32], number: int = TOP) -> NDArray[np.int64]:
    """The `number` pages of largest score, equal ones by lowest index."""
    return np.argsort(-scores, kind="stable")[:number].astype(np.int64)
