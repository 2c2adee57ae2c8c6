"""Plain Python and DuckDB count the same and say the same of every line, whatever the file holds."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge_client.wire.paths import ItemId, scrub_path
from model_export.counting.contributions import WHOLE_PARTS, Limits, Pair
from model_export.counting.counts import count
from model_export.counting.lines import LineFile
from model_export.counting.reading import Choice, Format, Reading
from model_export.counting.scale.counting import count_at_scale
from model_export.counting.scale.workshop import open_duckdb
from model_export.counting.sequences import Holdout
from tests.support.nasty_logs import nasty

LIMITS = st.builds(
    Limits,
    bound=st.integers(1, 6),
    window=st.sampled_from([1, 2, 5, None]),
    gap_seconds=st.sampled_from([60, 1800]),
    parts=st.sampled_from([1, 3, WHOLE_PARTS]),
)
PAGES = frozenset(map(ItemId, ("/", "/a", "/b", "/c", "/caf%C3%A9", "/born/:date", "/quo%22te")))
CHOICES = st.builds(
    Choice,
    limits=LIMITS,
    pages=st.sampled_from([None, None, PAGES]),
    holdout=st.sampled_from([None, Holdout(0.3, 1)]),
)


def by_both(content: bytes, format_: Format, choice: Choice) -> list[tuple[Counter[Pair], Reading]]:
    """The counts of a file, and the account of its lines, by plain Python and by DuckDB."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "input"
        path.write_bytes(content)
        by_python, by_duckdb = Reading(), Reading()
        plain = count(LineFile(path), format_, reading=by_python, choice=choice)
        workshop = open_duckdb(Path(folder))
        counts = count_at_scale(
            LineFile(path).blocks(), format_, reading=by_duckdb, choice=choice, workshop=workshop
        )
        workshop.close()
    return [(plain, by_python), (counts, by_duckdb)]


@pytest.mark.parametrize("format_", list(Format))
@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6), choice=CHOICES)
@example(seed=0, choice=Choice(Limits(4)))
def test_counts_and_accounts_are_the_same(format_: Format, seed: int, choice: Choice) -> None:
    """Malformed lines by number, what is left out and why, first and last day, and every count."""
    plain, engine = by_both(nasty(format_, seed, lines=300), format_, choice)
    assert plain == engine


def test_what_is_compared_is_something() -> None:
    """A nasty file of each format has lines that count, lines that do not, and cells."""
    for format_ in Format:
        (counts, reading), _ = by_both(nasty(format_, 0, lines=300), format_, Choice(Limits(4)))
        assert len(counts) > 5, format_
        assert min(reading.used, reading.malformed) > 5, format_
        assert len(reading.first_malformed) == 10, format_


@given(st.text(st.characters(exclude_characters="?#", exclude_categories=["Z", "C"])), st.text())
def test_a_query_has_no_say_in_the_name_of_a_page(path: str, query: str) -> None:
    """So that it may be cut off before paths are told apart."""
    shorter = f"{path}?{query}"[:8192]
    assert scrub_path(path) == scrub_path(shorter) or len(path) > 8000
