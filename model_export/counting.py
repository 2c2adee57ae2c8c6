"""Counts of page-to-page moves, out of a table of moves, a table of sessions, or a web server's log."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from typing import assert_never

from consent_ledger.errors import Malformed, Refused
from edge_client.wire.paths import ItemId, scrub_path
from model_export.lines import Line
from model_export.sequences import Holdout, collapse
from model_export.visits import Limits, Pair, Visits, pairs_of, spread
from model_export.weblog import LineParser, parse_epa, parse_ncsa

MOST_CELLS = 5_000_000
MOST_NAMED_LINES = 10
# Files that are parts of pages, or programs and archives; documents such as PDF count as pages.
_PICTURES = {
    "ai",
    "avif",
    "bmp",
    "eps",
    "gif",
    "ico",
    "jpeg",
    "jpg",
    "png",
    "svg",
    "tif",
    "tiff",
    "webp",
    "xbm",
    "xpm",
}
_MEDIA = {
    "aif",
    "aiff",
    "au",
    "avi",
    "flv",
    "mid",
    "mov",
    "mp3",
    "mp4",
    "mpeg",
    "mpg",
    "ogg",
    "ra",
    "wav",
    "webm",
}
_PARTS = {
    "class",
    "css",
    "eot",
    "js",
    "json",
    "map",
    "mjs",
    "otf",
    "rss",
    "swf",
    "ttf",
    "wasm",
    "woff",
    "woff2",
    "xml",
}
_ARCHIVES = {"bz2", "dmg", "exe", "gz", "jar", "msi", "tar", "tgz", "zip"}
ASSET_EXTENSIONS = frozenset(_PICTURES | _MEDIA | _PARTS | _ARCHIVES)
_MOVES_HEADER = ("source_path", "destination_path", "moves")
_SESSIONS_HEADER = ("occurrences", "page_sequence")
_MACHINE = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|archiver|curl/|wget/|python|java/|libwww|httpclient|headless|monitor|pingdom"
    r"|feedfetcher|scrapy|go-http|facebookexternalhit|lighthouse",
    re.IGNORECASE,
)
_ROBOTS = ItemId("/robots.txt")


class Format(StrEnum):
    """What an input file can be."""

    MOVES = "moves"
    SESSIONS = "sessions"
    NCSA = "ncsa"
    EPA = "epa"


@dataclass(slots=True)
class Reading:
    """What became of the lines: numbers and line numbers only, never what they say."""

    lines: int = 0
    used: int = 0
    malformed: int = 0
    first_malformed: tuple[int, ...] = ()
    left_out: Counter[str] = field(default_factory=Counter)
    first_day: str | None = None
    last_day: str | None = None

    def refuse(self, line: Line) -> None:
        """Note a line that could not be read."""
        self.malformed += 1
        self.first_malformed = (*self.first_malformed, line.number)[:MOST_NAMED_LINES]

    def use(self, day: str | None = None) -> None:
        """Note a line that was counted, and its day."""
        self.used += 1
        if day is not None:
            self.first_day = min(day, self.first_day or day)
            self.last_day = max(day, self.last_day or day)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which requests and sessions are counted; `pages` None means all pages."""

    limits: Limits
    excluded_extensions: frozenset[str] = ASSET_EXTENSIONS
    pages: frozenset[ItemId] | None = None
    holdout: Holdout | None = None


def detect_format(lines: Iterable[Line]) -> Format:
    """Tell the format by the header, or by which log parser understands most of the first lines.

    Raises Malformed when none fits.
    """
    texts = [line.text for line in islice(lines, 50) if line.text is not None]
    header = tuple(next(csv.reader(texts[:1]), ()))
    if header == _MOVES_HEADER:
        return Format.MOVES
    if header == _SESSIONS_HEADER:
        return Format.SESSIONS
    understood = {
        Format.NCSA: sum(parse_ncsa(text) is not None for text in texts),
        Format.EPA: sum(parse_epa(text) is not None for text in texts),
    }
    best = max(understood, key=lambda name: understood[name])
    if understood[best] == 0:
        raise Malformed("input: neither a table of moves or sessions nor a web server's log")
    return best


def count_moves(lines: Iterable[Line], reading: Reading, *, choice: Choice) -> Counter[Pair]:
    """Add up a table of moves (`source_path,destination_path,moves`) by scrubbed path."""
    counts: Counter[Pair] = Counter()
    for line, row in _rows(lines, reading, header=_MOVES_HEADER):
        if len(row) != 3 or (moves := _positive(row[2])) is None:
            reading.refuse(line)
            continue
        pair = scrub_path(row[0]), scrub_path(row[1])
        if pair[0] == pair[1]:
            reading.left_out["moves from a page to itself"] += 1
        elif choice.pages is not None and not choice.pages.issuperset(pair):
            reading.left_out["outside the catalogue"] += 1
        else:
            _add(counts, {pair: moves})
            reading.use()
    return counts


def count_sessions(lines: Iterable[Line], reading: Reading, *, choice: Choice) -> Counter[Pair]:
    """Add up a table of sessions (`occurrences,page_sequence`), each session within the limits."""
    counts: Counter[Pair] = Counter()
    for occurrences, pages in read_sessions(lines, reading):
        if choice.holdout is not None and choice.holdout.holds(pages):
            reading.left_out["held out for evaluation"] += 1
            continue
        known = tuple(page for page in pages if choice.pages is None or page in choice.pages)
        pairs = pairs_of(known, window=choice.limits.window)
        if not pairs:
            reading.left_out["sessions of one page"] += 1
            continue
        _add(counts, spread(pairs, bound=choice.limits.bound, occurrences=occurrences))
        reading.use()
    return counts


def read_sessions(lines: Iterable[Line], reading: Reading) -> Iterator[tuple[int, tuple[ItemId, ...]]]:
    """Each row of a table of sessions: how often it occurred, and its scrubbed pages without repeats."""
    remembered = lru_cache(maxsize=65_536)(scrub_path)
    for line, row in _rows(lines, reading, header=_SESSIONS_HEADER):
        if len(row) != 2 or (occurrences := _positive(row[0])) is None or not row[1]:
            reading.refuse(line)
            continue
        yield occurrences, collapse(remembered(page) for page in row[1].split(">>"))


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


def _rows(
    lines: Iterable[Line], reading: Reading, *, header: tuple[str, ...]
) -> Iterator[tuple[Line, list[str]]]:
    for line in lines:
        reading.lines += 1
        try:
            row = next(csv.reader([line.text]), []) if line.text is not None else []
        except csv.Error:
            row = []
        if line.number == 1:
            if tuple(row) != header:
                raise Malformed("input: the first line is not the header of this format")
        elif row:
            yield line, row
        elif line.text != "":
            reading.refuse(line)


def _add(counts: Counter[Pair], more: dict[Pair, int]) -> None:
    for pair, number in more.items():
        counts[pair] += number
    if len(counts) > MOST_CELLS:
        raise Refused("input: more distinct moves than fit in memory")


def _positive(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 and int(text) > 0 else None


def _extension(page: ItemId) -> str:
    return page.rpartition("/")[2].rpartition(".")[2].lower() if "." in page.rpartition("/")[2] else ""
