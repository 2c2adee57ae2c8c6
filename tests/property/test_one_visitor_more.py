"""What noise is worked out for: one visitor more or fewer changes the exact counts by the bound at most.

Counts are made as `nearside aggregate` makes them, from logs and tables whose lines come in any order.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent_ledger.errors import Malformed
from model_export.counting import visits
from model_export.counting.counts import count
from model_export.counting.lines import Block
from model_export.counting.reading import Choice, Format, Reading
from model_export.counting.scale.counting import count_at_scale
from model_export.counting.scale.workshop import open_duckdb
from model_export.counting.visits import Limits, Pair
from tests.support.visits import combined, numbered

PAGES = ("/", "/bins", "/parking", "/tax", "/clinic")


@dataclass(frozen=True, slots=True)
class Asked:
    """One line of a log: who asked for which page, and when."""

    visitor: int
    page: str
    second: int

    def __str__(self) -> str:
        return combined(f"192.0.2.{self.visitor}", self.page, second=self.second)


LINES = st.lists(
    st.builds(
        Asked,
        visitor=st.integers(0, 4),
        # One line in ten shows that its visitor is a machine.
        page=st.sampled_from([*PAGES, *PAGES[1:], "/robots.txt"]),
        second=st.one_of(st.integers(0, 90), st.integers(0, 10_000)),
    ),
    max_size=60,
)
LIMITS = st.builds(
    Limits,
    bound=st.integers(1, 4),
    window=st.sampled_from([1, 2, 4, None]),
    parts=st.sampled_from([1, 7, 5040]),
)
WALKS = st.lists(st.sampled_from(PAGES), min_size=1, max_size=7)
TABLES = st.lists(st.tuples(st.integers(1, 9), WALKS), min_size=1, max_size=8)


def counted(texts: Sequence[str], format_: Format, *, limits: Limits) -> Counter[Pair]:
    """The exact counts; none where no line is usable."""
    try:
        return count(numbered(texts), format_, reading=Reading(), choice=Choice(limits))
    except Malformed:
        return Counter()


def counted_at_scale(texts: Sequence[str], *, limits: Limits) -> Counter[Pair]:
    """The same by DuckDB."""
    with tempfile.TemporaryDirectory() as folder:
        workshop = open_duckdb(Path(folder), memory_bytes=256 * 2**20)
        try:
            return count_at_scale(
                [Block(1, list(texts))],
                Format.NCSA,
                reading=Reading(),
                choice=Choice(limits),
                workshop=workshop,
            )
        except Malformed:
            return Counter()
        finally:
            workshop.close()


def within(changed: list[int], limits: Limits) -> bool:
    """Whether one unit may change so much: one in each of `bound` cells, or its parts over as many."""
    most = limits.bound if limits.parts == 1 else limits.parts
    return len(changed) <= limits.bound and sum(changed) <= most and max(changed, default=0) <= limits.parts


def changes(one: Counter[Pair], other: Counter[Pair]) -> list[int]:
    """By how much each cell differs, where it does."""
    return [abs(one[pair] - other[pair]) for pair in one.keys() | other.keys() if one[pair] != other[pair]]


@pytest.mark.parametrize("sweep_every", [3, 100_000])
@settings(max_examples=300)
@given(lines=LINES, limits=LIMITS, gone=st.integers(0, 4))
def test_a_visitor_of_a_log_changes_at_most_the_bound(
    lines: list[Asked], limits: Limits, gone: int, sweep_every: int
) -> None:
    """One in each of at most `bound` cells, whatever else is in the log and however its lines are ordered.

    How often memory is swept is not among what may decide, since other visitors' lines hasten it.
    """
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(visits, "SWEEP_EVERY", sweep_every, raising=False)
        everybody = counted([str(line) for line in lines], Format.NCSA, limits=limits)
        others = counted([str(line) for line in lines if line.visitor != gone], Format.NCSA, limits=limits)
    changed = changes(everybody, others)
    assert within(changed, limits)


@settings(max_examples=6)
@given(lines=LINES, limits=LIMITS, gone=st.integers(0, 4))
def test_a_visitor_changes_at_most_the_bound_by_an_engine_too(
    lines: list[Asked], limits: Limits, gone: int
) -> None:
    """What DuckDB adds up of a visitor has the same bound."""
    everybody = counted_at_scale([str(line) for line in lines], limits=limits)
    others = counted_at_scale([str(line) for line in lines if line.visitor != gone], limits=limits)
    assert within(changes(everybody, others), limits)


@settings(max_examples=300)
@given(table=TABLES, walk=WALKS, limits=LIMITS, place=st.integers(0, 8))
def test_a_session_of_a_table_changes_at_most_the_bound(
    table: list[tuple[int, list[str]]], walk: list[str], limits: Limits, place: int
) -> None:
    """A row of its own, anywhere in the table."""
    rows = [f"{occurrences},{'>>'.join(pages)}" for occurrences, pages in table]
    more = [*rows[:place], f"1,{'>>'.join(walk)}", *rows[place:]]
    header = "occurrences,page_sequence"
    changed = changes(
        counted([header, *more], Format.SESSIONS, limits=limits),
        counted([header, *rows], Format.SESSIONS, limits=limits),
    )
    assert within(changed, limits)


@settings(max_examples=300)
@given(walk=WALKS, limits=LIMITS, occurrences=st.integers(1, 50))
def test_a_session_that_others_walked_too_changes_at_most_the_bound(
    walk: list[str], limits: Limits, occurrences: int
) -> None:
    """Where a table only says that one more session went the same way."""

    def table(times: int) -> Counter[Pair]:
        rows = ["occurrences,page_sequence", f"{times},{'>>'.join(walk)}"]
        return counted(rows, Format.SESSIONS, limits=limits)

    changed = changes(table(occurrences + 1), table(occurrences))
    assert within(changed, limits)


@pytest.mark.parametrize("sweep_every", [6, 100_000])
def test_lines_of_one_visitor_hasten_nobody_elses_end(
    monkeypatch: pytest.MonkeyPatch, sweep_every: int
) -> None:
    """In a log put together from two machines' logs, where a visitor's lines are not one after the other."""
    monkeypatch.setattr(visits, "SWEEP_EVERY", sweep_every, raising=False)
    early = [Asked(visitor, PAGES[visitor], 0) for visitor in range(4)]
    late = [Asked(visitor, PAGES[visitor + 1], 10) for visitor in range(4)]
    between = [Asked(9, PAGES[4], 8000), Asked(9, PAGES[0], 9000)]
    limits = Limits(bound=1)
    with_them = counted([str(line) for line in early + between + late], Format.NCSA, limits=limits)
    without = counted([str(line) for line in early + late], Format.NCSA, limits=limits)
    assert len(without) == 4
    assert changes(with_them, without) == [1]


def test_an_eager_visitor_does_reach_the_bound() -> None:
    """The properties above speak of something: with one more, exactly `bound` cells count one more."""
    crowd = [str(Asked(visitor, page, at)) for visitor in range(3) for at, page in enumerate(PAGES)]
    eager = [str(Asked(9, PAGES[at * at % 5], at)) for at in range(40)]
    for bound in (1, 2, 4):
        limits = Limits(bound=bound, window=4)
        changed = changes(
            counted(crowd + eager, Format.NCSA, limits=limits), counted(crowd, Format.NCSA, limits=limits)
        )
        assert changed == [1] * bound
