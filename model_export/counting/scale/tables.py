"""Tables of moves and of sessions, which somebody else has counted already, as expressions."""

from __future__ import annotations

from typing import Any

import ibis
import pyarrow as pa

from consent_ledger.errors import Malformed
from edge_client.wire.paths import scrub_path
from model_export.counting.fields import Layout
from model_export.counting.reading import Choice, Reading, Standing
from model_export.counting.scale.accounts import note_malformed, total
from model_export.counting.scale.journeys import add_up_sessions, pairs
from model_export.counting.scale.landing import judge
from model_export.counting.scale.records import cut
from model_export.counting.scale.workshop import Workshop
from model_export.counting.sequences import collapse
from model_export.counting.tables import (
    MOST_DIGITS,
    MOVES,
    MOVES_HEADER,
    SESSIONS,
    SESSIONS_HEADER,
    STEP,
    read_header,
)

_PAGE = pa.schema([("page", pa.string()), ("is_known", pa.bool_())])
_HELD = pa.schema([("is_held", pa.bool_())])


def count_moves(lines: Any, reading: Reading, *, choice: Choice, workshop: Workshop) -> Any:
    """A table of moves added up by scrubbed path: `source`, `target` and `value`."""
    _check_header(lines, MOVES_HEADER, workshop)
    fields = cut(lines, MOVES, workshop.dialect, ("raw_source", "raw_target", "amount"))
    rows = _rows(fields, reading, amount="amount", workshop=workshop)
    both = ibis.union(rows.select(raw="raw_source"), rows.select(raw="raw_target"), distinct=True)
    pages = _pages(both, MOVES, choice=choice, workshop=workshop)
    source = pages.select(raw_source="raw", source="page", knows_source="is_known")
    target = pages.select(raw_target="raw", target="page", knows_target="is_known")
    joined = rows.join(source, "raw_source").join(target, "raw_target")
    is_move = joined.source != joined.target
    is_known = joined.knows_source & joined.knows_target
    moves = workshop.keep(
        "moves", joined.select("source", "target", is_move=is_move, is_known=is_known, value=joined.amount)
    )
    counted = moves.filter(moves.is_move & moves.is_known)
    reading.used = total(counted, workshop)
    _leave_out(reading, "moves from a page to itself", total(moves.filter(~moves.is_move), workshop))
    outside = moves.filter(moves.is_move & ~moves.is_known)
    _leave_out(reading, Standing.OUTSIDE.value, total(outside, workshop))
    return counted.group_by("source", "target").agg(value=counted.value.sum())


def count_sessions(lines: Any, reading: Reading, *, choice: Choice, workshop: Workshop) -> Any:
    """A table of sessions added up, each session within the limits: `source`, `target` and `value`."""
    _check_header(lines, SESSIONS_HEADER, workshop)
    fields = cut(lines, SESSIONS, workshop.dialect, ("amount", "sequence"))
    rows = _rows(fields, reading, amount="amount", workshop=workshop)
    all_rows = total(rows, workshop)
    if choice.holdout is not None:
        rows = _without_held_out(rows, choice, workshop)
        all_rows, before = total(rows, workshop), all_rows
        _leave_out(reading, "held out for evaluation", before - all_rows)
    steps = rows.select(unit="number", raw=rows.sequence.split(STEP)).unnest("raw", offset="place")
    steps = workshop.keep("places", steps)
    pages = _pages(steps.select("raw").distinct(), SESSIONS, choice=choice, workshop=workshop)
    joined = steps.join(pages.filter(pages.is_known), "raw")
    known = joined.select("unit", "place", "page", session=ibis.literal(0, "int64"))
    in_order = ibis.window(group_by=known.unit, order_by=known.place)
    beside = known.mutate(last_page=known.page.lag().over(in_order))
    moved = beside.filter(beside.last_page.isnull() | (beside.page != beside.last_page))
    made = workshop.keep("pairs", pairs(moved.drop("last_page"), choice.limits, workshop))
    reading.used = total(made.select("unit").distinct(), workshop)
    _leave_out(reading, "sessions of one page", all_rows - reading.used)
    return add_up_sessions(made, rows.select(unit="number", occurrences="amount"), choice.limits)


def _check_header(lines: Any, header: tuple[str, ...], workshop: Workshop) -> None:
    first = [text for columns in workshop.rows(lines.filter(lines.number == 1)) for text in columns["text"]]
    if read_header(first[0]) != header:
        raise Malformed("input: the first line is not the header of this format")


def _rows(fields: Any, reading: Reading, *, amount: str, workshop: Workshop) -> Any:
    number = fields[amount]
    value = ibis.ifelse(fields.fits & (number.length() <= MOST_DIGITS), number, "0").try_cast("int64")
    records = workshop.keep("rows", fields.mutate(**{amount: value, "fits": fields.fits & (value > 0)}))
    note_malformed(records.filter(records.number > 1), reading, workshop)
    reading.lines += 1
    return records.filter(records.fits & (records.number > 1))


def _pages(raw: Any, layout: Layout, *, choice: Choice, workshop: Workshop) -> Any:
    def page(text: str) -> tuple[str, bool]:
        scrubbed = scrub_path(layout.unmasked(text))
        return scrubbed, choice.pages is None or scrubbed in choice.pages

    return judge(raw, workshop, name="pages", verdict=page, fields=_PAGE)


def _without_held_out(rows: Any, choice: Choice, workshop: Workshop) -> Any:
    """The rows whose sequence is not held out; which one is, Python alone says."""

    def held(sequence: str) -> tuple[bool]:
        pages = collapse(scrub_path(page) for page in SESSIONS.unmasked(sequence).split(STEP))
        return (choice.holdout is not None and choice.holdout.holds(pages),)

    told = judge(
        rows.select(raw="sequence").distinct(), workshop, name="held_out", verdict=held, fields=_HELD
    )
    kept = told.filter(~told.is_held).select(sequence="raw")
    return rows.semi_join(kept, "sequence")


def _leave_out(reading: Reading, reason: str, number: int) -> None:
    if number:
        reading.left_out[reason] = number
