"""Tables that somebody else has counted already: of moves between pages, and of sessions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache

from consent_ledger.errors import Malformed, Refused
from edge_client.wire.paths import ItemId, scrub_path
from model_export.counting.contributions import Pair, pairs_of, spread
from model_export.counting.fields import ESCAPED_QUOTE, Layout
from model_export.counting.lines import Line
from model_export.counting.reading import Choice, Reading
from model_export.counting.sequences import collapse

MOST_CELLS = 5_000_000
MOST_DIGITS = 12
STEP = ">>"
MOVES_HEADER = ("source_path", "destination_path", "moves")
SESSIONS_HEADER = ("occurrences", "page_sequence")

# RFC 4180, but that a field which begins or ends with a quotation mark of its own is refused.
_BARE = rf'[^",{ESCAPED_QUOTE}]'
_NUMBER = r'(?:"[ \t]*([0-9]+)[ \t]*"|[ \t]*([0-9]+)[ \t]*)'
_MASKS = (('""', ESCAPED_QUOTE),)
MOVES = Layout(
    rf'(?:"([^"]+)"|({_BARE}*)),(?:"([^"]+)"|({_BARE}*)),{_NUMBER}', ((1, 2), (3, 4), (5, 6)), _MASKS
)
SESSIONS = Layout(rf'{_NUMBER},(?:"([^"]+)"|({_BARE}+))', ((1, 2), (3, 4)), _MASKS)


def count_moves(lines: Iterable[Line], reading: Reading, *, choice: Choice) -> Counter[Pair]:
    """Add up a table of moves (`source_path,destination_path,moves`) by scrubbed path."""
    counts: Counter[Pair] = Counter()
    for source, target, moves in _rows(lines, reading, layout=MOVES, header=MOVES_HEADER, number=2):
        pair = scrub_path(source), scrub_path(target)
        if pair[0] == pair[1]:
            reading.left_out["moves from a page to itself"] += 1
        elif choice.pages is not None and not choice.pages.issuperset(pair):
            reading.left_out["outside the catalogue"] += 1
        else:
            _add(counts, {pair: int(moves)})
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
        pairs = pairs_of(known, choice.limits)
        if not pairs:
            reading.left_out["sessions of one page"] += 1
            continue
        _add(counts, spread(pairs, choice.limits, occurrences=occurrences))
        reading.use()
    return counts


def read_sessions(lines: Iterable[Line], reading: Reading) -> Iterator[tuple[int, tuple[ItemId, ...]]]:
    """Each row of a table of sessions: how often it occurred, and its scrubbed pages without repeats."""
    remembered = lru_cache(maxsize=65_536)(scrub_path)
    for occurrences, pages in _rows(lines, reading, layout=SESSIONS, header=SESSIONS_HEADER, number=0):
        yield int(occurrences), collapse(remembered(page) for page in pages.split(STEP))


def read_header(text: str | None) -> tuple[str, ...]:
    """The names in the first line of a table, quoted or bare."""
    return () if text is None else tuple(name.strip('"') for name in text.split(","))


def _rows(
    lines: Iterable[Line], reading: Reading, *, layout: Layout, header: tuple[str, ...], number: int
) -> Iterator[tuple[str, ...]]:
    """The fields of each row, of which the one at `number` is a positive number."""
    for line in lines:
        reading.lines += 1
        if line.number == 1:
            if read_header(line.text) != header:
                raise Malformed("input: the first line is not the header of this format")
        elif line.text != "":
            row = None if line.text is None else layout.cut(line.text)
            if row is None or len(row[number]) > MOST_DIGITS or int(row[number]) == 0:
                reading.refuse(line)
            else:
                yield row


def _add(counts: Counter[Pair], more: dict[Pair, int]) -> None:
    for pair, number in more.items():
        counts[pair] += number
    if len(counts) > MOST_CELLS:
        raise Refused("input: more distinct moves than fit in memory")
