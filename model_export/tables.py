"""Tables that somebody else has counted already: of moves between pages, and of sessions."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache

from consent_ledger.errors import Malformed, Refused
from edge_client.wire.paths import ItemId, scrub_path
from model_export.lines import Line
from model_export.reading import Choice, Reading
from model_export.sequences import collapse
from model_export.visits import Pair, pairs_of, spread

MOST_CELLS = 5_000_000
MOVES_HEADER = ("source_path", "destination_path", "moves")
SESSIONS_HEADER = ("occurrences", "page_sequence")


def count_moves(lines: Iterable[Line], reading: Reading, *, choice: Choice) -> Counter[Pair]:
    """Add up a table of moves (`source_path,destination_path,moves`) by scrubbed path."""
    counts: Counter[Pair] = Counter()
    for line, row in _rows(lines, reading, header=MOVES_HEADER):
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
    for line, row in _rows(lines, reading, header=SESSIONS_HEADER):
        if len(row) != 2 or (occurrences := _positive(row[0])) is None or not row[1]:
            reading.refuse(line)
            continue
        yield occurrences, collapse(remembered(page) for page in row[1].split(">>"))


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
