"""Counts of page-to-page moves by an engine: the same ones as by Python, and the same account of lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, assert_never

import ibis
import pyarrow as pa

from consent_ledger.errors import Malformed
from edge_client.wire.paths import scrub_path
from model_export.counting.contributions import Pair
from model_export.counting.lines import Block
from model_export.counting.reading import (
    MACHINE_AGENT,
    MACHINE_VISITOR,
    NO_PAGE_VIEW,
    Choice,
    Format,
    Reading,
    Standing,
    is_machine,
)
from model_export.counting.scale.accounts import collect, note_malformed, total
from model_export.counting.scale.journeys import add_up_visitors, hurried, pairs, steps_of_visitors
from model_export.counting.scale.landing import judge, land
from model_export.counting.scale.records import layout_of, requests
from model_export.counting.scale.tables import count_moves, count_sessions
from model_export.counting.scale.workshop import Workshop

Told = Callable[[str], None]
_PAGE = pa.schema([("page", pa.string()), ("standing", pa.string())])
_AGENT = pa.schema([("is_machine", pa.bool_())])


def count_at_scale(
    blocks: Iterable[Block],
    format_: Format,
    *,
    reading: Reading,
    choice: Choice,
    workshop: Workshop,
    told: Told = lambda step: None,
) -> Counter[Pair]:
    """Add up the lines of `blocks`; `told` hears what is being done.

    Raises Malformed when no line is usable, Refused when there are more cells than fit in memory.
    """
    lines = land(blocks, workshop)
    match format_:
        case Format.MOVES:
            counts = count_moves(lines, reading, choice=choice, workshop=workshop)
        case Format.SESSIONS:
            counts = count_sessions(lines, reading, choice=choice, workshop=workshop)
        case Format.NCSA | Format.EPA:
            counts = _count_log(lines, format_, reading=reading, choice=choice, workshop=workshop, told=told)
        case _:
            assert_never(format_)
    if not reading.used:
        raise Malformed(f"input: no usable line among {reading.lines}")
    return collect(counts, workshop)


def _count_log(
    lines: Any, format_: Format, *, reading: Reading, choice: Choice, workshop: Workshop, told: Told
) -> Any:
    told("parsing")
    records = workshop.keep("requests", requests(lines, format_, workshop.dialect))
    workshop.drop("lines")
    note_malformed(records, reading, workshop)
    told("scrubbing paths")
    layout = layout_of(format_)

    def page(raw: str) -> tuple[str, str]:
        scrubbed = scrub_path(layout.unmasked(raw))
        return scrubbed, choice.standing_of(scrubbed).value

    fitting = records.filter(records.fits)
    pages = judge(fitting.select("raw").distinct(), workshop, name="pages", verdict=page, fields=_PAGE)
    agents = judge(
        fitting.select(raw="agent").distinct(),
        workshop,
        name="agents",
        verdict=lambda agent: (is_machine(layout.unmasked(agent)),),
        fields=_AGENT,
    )
    told("joining")
    joined = fitting.join(pages, "raw").join(agents.rename(agent="raw"), "agent")
    standing = ibis.cases(
        (joined.standing == Standing.ROBOTS.value, Standing.ROBOTS.value),
        (~joined.is_get, NO_PAGE_VIEW),
        (joined.is_machine, MACHINE_AGENT),
        else_=joined.standing,
    )
    judged = workshop.keep("judged", joined.select("number", "host", "at", "page", standing=standing))
    workshop.drop("requests")
    _note_standing(judged, reading, format_=format_, workshop=workshop)
    views = judged.filter(judged.standing == Standing.PAGE.value)
    robots = judged.filter(judged.standing == Standing.ROBOTS.value).select("host")
    machines = workshop.keep("machines", ibis.union(robots, hurried(views), distinct=True))
    if number := total(machines, workshop):
        reading.left_out[MACHINE_VISITOR] = number
    told("counting")
    people = views.anti_join(machines, "host")
    made = pairs(steps_of_visitors(people, choice.limits), choice.limits, workshop)
    return add_up_visitors(made, choice.limits, workshop.dialect)


def _note_standing(judged: Any, reading: Reading, *, format_: Format, workshop: Workshop) -> None:
    day = judged.at // 86_400
    by_standing = judged.group_by("standing").agg(
        number=judged.count(), first_day=day.min(), last_day=day.max()
    )
    for columns in workshop.rows(by_standing):
        for standing, number, first, last in zip(*columns.values(), strict=True):
            if standing != Standing.PAGE.value:
                reading.left_out[standing] = int(number)
                continue
            reading.used = int(number)
            if format_ is Format.NCSA:
                reading.first_day, reading.last_day = _iso(int(first)), _iso(int(last))


def _iso(day: int) -> str:
    return datetime.fromtimestamp(day * 86_400, UTC).date().isoformat()
