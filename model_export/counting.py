"""Counts of page-to-page moves, out of a web server's log or whatever other file of visits there is."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice
from typing import assert_never

from consent_ledger.errors import Malformed
from edge_client.wire.paths import ItemId, scrub_path
from model_export.lines import Line
from model_export.reading import Choice, Format, Reading
from model_export.tables import MOVES_HEADER, SESSIONS_HEADER, count_moves, count_sessions
from model_export.visits import Pair, Visits
from model_export.weblog import LineParser, parse_epa, parse_ncsa

_MACHINE = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|archiver|curl/|wget/|python|java/|libwww|httpclient|headless|monitor|pingdom"
    r"|feedfetcher|scrapy|go-http|facebookexternalhit|lighthouse",
    re.IGNORECASE,
)
_ROBOTS = ItemId("/robots.txt")


def detect_format(lines: Iterable[Line]) -> Format:
    """Tell the format by the header, or by which log parser understands most of the first lines.

    Raises Malformed when none fits.
    """
    texts = [line.text for line in islice(lines, 50) if line.text is not None]
    header = tuple(next(csv.reader(texts[:1]), ()))
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
    """Add up a log's moves, each visitor (address) within the limits.

    Counted are page requests that succeeded, by visitors who are not machines: no asset, no agent that calls
    itself a robot, no address that asked for robots.txt or for more pages in a minute than a person reads.
    """
    visits = Visits(choice.limits)
    remembered = lru_cache(maxsize=65_536)(scrub_path)
    for line in lines:
        reading.lines += 1
        if line.text is None or (request := parse(line.text)) is None:
            if line.text != "":
                reading.refuse(line)
            continue
        page, visitor = remembered(request.target), visits.key_of(request.host)
        if page == _ROBOTS:
            visits.mark_machine(visitor, at=request.at)
            reading.left_out["robots.txt"] += 1
        elif request.method != "GET" or not (200 <= request.status < 300 or request.status == 304):
            reading.left_out["not a successful GET"] += 1
        elif _MACHINE.search(request.agent):
            reading.left_out["agents that are machines"] += 1
        elif _extension(page) in choice.excluded_extensions:
            reading.left_out["assets"] += 1
        elif choice.pages is not None and page not in choice.pages:
            reading.left_out["outside the catalogue"] += 1
        else:
            visits.receive(visitor, page, at=request.at)
            reading.use(request.day)
    if visits.machines:
        reading.left_out["visitors that are machines"] = visits.machines
    return visits.counts()


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


def _extension(page: ItemId) -> str:
    return page.rpartition("/")[2].rpartition(".")[2].lower() if "." in page.rpartition("/")[2] else ""
