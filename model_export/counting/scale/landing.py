"""Lines on their way into an engine, and distinct texts on their way through Python."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pyarrow as pa

from model_export.counting.lines import Block
from model_export.counting.scale.workshop import Workshop

LINES = pa.schema([("number", pa.int64()), ("text", pa.string())])


def land(blocks: Iterable[Block], workshop: Workshop) -> Any:
    """The lines as a table: `number`, from 1, and `text`, null where a line is too long to be a record."""
    return workshop.load("lines", (_batch(block) for block in blocks), LINES)


def _batch(block: Block) -> pa.RecordBatch:
    numbers = pa.array(range(block.first, block.first + len(block.texts)), pa.int64())
    return pa.record_batch([numbers, pa.array(block.texts, pa.string())], schema=LINES)


def judge(
    distinct: Any,
    workshop: Workshop,
    *,
    name: str,
    verdict: Callable[[str], tuple[Any, ...]],
    fields: pa.Schema,
) -> Any:
    """What Python says of each text in a table of one column `raw`: a table of `raw` and `fields`.

    The texts stream through: no more of them are held than a batch has.
    """
    schema = pa.schema([("raw", pa.string()), *fields])

    def judged() -> Iterator[pa.RecordBatch]:
        for columns in workshop.rows(distinct):
            raw = columns["raw"]
            said = [verdict(text) for text in raw]
            arrays = [pa.array(raw, pa.string())]
            arrays += [pa.array([row[at] for row in said], field.type) for at, field in enumerate(fields)]
            yield pa.record_batch(arrays, schema=schema)

    return workshop.load(name, judged(), schema)
