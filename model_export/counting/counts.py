"""Counts of page-to-page moves, out of a web server's log or whatever other file of visits there is."""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import assert_never

from consent_ledger.errors import Malformed, Refused
from edge_client.wire.paths import ItemId, scrub_path
from model_export.counting.contributions import Pair
from model_export.counting.lines import Line
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
from model_export.counting.tables import (
    MOVES_HEADER,
    SESSIONS_HEADER,
    count_moves,
    count_sessions,
    read_header,
)
from model_export.counting.visits import Visits
from model_export.counting.weblog import LineParser, parse_epa, parse_ncsa

MOST_OUT_OF_ORDER = 500_000
_View = tuple[int, int, str, ItemId | None]


def detect_format(lines: Iterable[Line]) -> Format:
    """Tell the format by the header, or by which log parser understands most of the first lines.

    Raises Malformed when none fits.
    """
    texts = [line.text for line in islice(lines, 50) if line.text is not None]
    header = read_header(texts[0]) if texts else ()
    if header == MOVES_HEADER:
        return Format.MOVES
    if header == SESSIONS_HEADER:
        return Format.SESSIONS
    understood = {
        Format.NCSA: sum(parse_ncsa(text) is not None for text in texts),
        Format.EPA: sum(parse_epa(text) is not None for text in texts),
    }
    best = max(understood, key=lambda name: understood[name])
    if understood[best] == 0:
        raise Malformed("input: neither a table of moves or sessions nor a web server's log")
    return best


def count_log(lines: Iterable[Line], reading: Reading, *, choice: Choice, parse: LineParser) -> Counter[Pair]:
    """Add up a log's moves, each visitor (address) within the limits, in order of time and then of lines.

    Counted are page requests that succeeded, by visitors who are not machines: no asset, no agent that calls
    itself a robot, no address that asked for robots.txt or for more pages in a minute than a person reads.
    Raises Refused when a line is too far from its place in time.
    """
    visits = Visits(choice.limits)
    for at, _, host, page in _in_order(_page_views(lines, reading, choice=choice, parse=parse)):
        if page is None:
            visits.mark_machine(host, at=at)
        else:
            visits.receive(host, page, at=at)
    if visits.machines:
        reading.left_out[MACHINE_VISITOR] = visits.machines
    return visits.counts()


def _page_views(
    lines: Iterable[Line], reading: Reading, *, choice: Choice, parse: LineParser
) -> Iterator[_View]:
    """Each page view, and each request for robots.txt without a page."""
    remembered = lru_cache(maxsize=65_536)(scrub_path)
    remembered_machine = lru_cache(maxsize=65_536)(is_machine)
    for line in lines:
        reading.lines += 1
        if line.text is None or (request := parse(line.text)) is None:
            if line.text != "":
                reading.refuse(line)
            continue
        page = remembered(request.target)
        standing = choice.standing_of(page)
        if standing is Standing.ROBOTS:
            reading.left_out[standing.value] += 1
            yield request.at, line.number, request.host, None
        elif request.method != "GET" or not (200 <= request.status < 300 or request.status == 304):
            reading.left_out[NO_PAGE_VIEW] += 1
        elif remembered_machine(request.agent):
            reading.left_out[MACHINE_AGENT] += 1
        elif standing is not Standing.PAGE:
            reading.left_out[standing.value] += 1
        else:
            reading.use(request.day)
            yield request.at, line.number, request.host, page


def _in_order(views: Iterable[_View]) -> Iterator[_View]:
    """The same in order of time, lines of one second in their own order; a window of them is held."""
    held: list[_View] = []
    last = -math.inf
    for view in views:
        if len(held) < MOST_OUT_OF_ORDER:
            heapq.heappush(held, view)
            continue
        first = heapq.heappushpop(held, view)
        if first[0] < last:
            raise Refused("log: a line is too far from its place in time, choose another engine")
        last = first[0]
        yield first
    while held:
        yield heapq.heappop(held)


def count(lines: Iterable[Line], format_: Format, *, reading: Reading, choice: Choice) -> Counter[Pair]:
    """Add up `lines` of that format; raises Malformed when no line is usable."""
    match format_:
        case Format.MOVES:
            counts = count_moves(lines, reading, choice=choice)
        case Format.SESSIONS:
            counts = count_sessions(lines, reading, choice=choice)
        case Format.NCSA:
            counts = count_log(lines, reading, choice=choice, parse=parse_ncsa)
        case Format.EPA:
            counts = count_log(lines, reading, choice=choice, parse=parse_epa)
        case _:
            assert_never(format_)
    if not reading.used:
        raise Malformed(f"input: no usable line among {reading.lines}")
    return counts
