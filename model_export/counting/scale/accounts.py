"""What comes out of an engine: counts, and what became of the lines."""

from __future__ import annotations

from collections import Counter
from typing import Any

from consent_ledger.errors import Refused
from edge_client.wire.paths import ItemId
from model_export.counting.contributions import Pair
from model_export.counting.reading import MOST_NAMED_LINES, Reading
from model_export.counting.scale.workshop import Workshop
from model_export.counting.tables import MOST_CELLS


def total(table: Any, workshop: Workshop) -> int:
    """How many rows an expression has."""
    counted = table.agg(rows=table.count())
    return sum(int(columns["rows"][0]) for columns in workshop.rows(counted))


def collect(counts: Any, workshop: Workshop) -> Counter[Pair]:
    """The counts of an expression of `source`, `target` and `value`."""
    collected: Counter[Pair] = Counter()
    names: dict[str, ItemId] = {}
    for columns in workshop.rows(counts):
        for source, target, value in zip(columns["source"], columns["target"], columns["value"], strict=True):
            pair = names.setdefault(source, source), names.setdefault(target, target)
            collected[pair] += int(value)
        if len(collected) > MOST_CELLS:
            raise Refused("input: more distinct moves than fit in memory")
    return collected


def note_malformed(records: Any, reading: Reading, workshop: Workshop) -> None:
    """Tell `reading` how many of `records` (`number`, `fits`, `blank`) are malformed, and the first."""
    told = records.agg(lines=records.count(), malformed=(~records.fits & ~records.blank).sum().fill_null(0))
    for columns in workshop.rows(told):
        reading.lines = int(columns["lines"][0])
        reading.malformed = int(columns["malformed"][0])
    if reading.malformed:
        wrong = records.filter(~records.fits & ~records.blank).order_by("number").limit(MOST_NAMED_LINES)
        numbers = [
            number for columns in workshop.rows(wrong.select("number")) for number in columns["number"]
        ]
        reading.first_malformed = tuple(sorted(numbers))
