"""What a model file holds: tables in eight bits and four, packed and read back, and factors for the rest."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from model_export.shipping.low_rank import low_rank, no_rank
from model_export.shipping.packing import pack, unpack
from model_export.shipping.quantise import MOST_ITEMS, QuantisedTable, page_table, quantise, quantise_table
from tests.support import layouts


def table_of(rows: list[dict[int, float]], *, pages: int, bits: int = 8) -> QuantisedTable:
    """A quantised table with these values; rows that are not named are empty."""
    starts = np.cumsum([0, *(len(row) for row in rows), *([0] * (pages - len(rows)))])
    columns = [column for row in rows for column in sorted(row)]
    values = [row[column] for row in rows for column in sorted(row)]
    matrix = sp.csr_matrix((values, columns, starts), shape=(pages, pages), dtype=np.float64)
    return quantise_table(matrix, np.full(pages, 0.01, dtype=np.float32), bits=bits)


def arrays_of(table: QuantisedTable) -> dict[str, tuple[str, list[float]]]:
    """Everything that a table holds, types included."""
    named = {name: getattr(table, name) for name in ("starts", "neighbours", "levels", "scale", "popularity")}
    named |= {"left": table.rest.left, "right": table.rest.right, "bits": np.array(table.bits)}
    return {name: (str(array.dtype), array.tolist()) for name, array in named.items()}


def packed_bytes(table: QuantisedTable) -> int:
    """How many bytes the arrays of a table take."""
    return sum(array.nbytes for array in pack(table).values())


@given(
    pages=st.sampled_from([1, 2, 40, 256, 257, 4000, MOST_ITEMS]),
    columns=st.lists(st.lists(st.integers(0, MOST_ITEMS - 1), max_size=20), max_size=12),
    bits=st.sampled_from([8, 4]),
    rank=st.sampled_from([0, 2]),
)
def test_what_is_packed_is_read_back(pages: int, columns: list[list[int]], bits: int, rank: int) -> None:
    """Whatever the gaps between neighbours, and in however many bits."""
    rows = [{column % pages: 1 + at for at, column in enumerate(row)} for row in columns[:pages]]
    table = table_of(rows, pages=pages, bits=bits)
    if rank and pages < 5000:
        table = QuantisedTable(
            table.starts, table.neighbours, table.levels, bits, table.scale, table.popularity,
            low_rank(table.matrix(), rank),
        )  # fmt: skip
    assert arrays_of(unpack(pack(table))) == arrays_of(table)


def test_neighbours_close_together_take_one_byte_each() -> None:
    """Gaps where they are small, two-byte indexes where they are not: whichever is fewer bytes."""
    close = table_of([{page + step: 1.0 for step in range(30)} for page in range(900)], pages=1000)
    apart = table_of([{step * 1900: 1.0 for step in range(30)} for _ in range(900)], pages=60_000)
    assert "gaps" in pack(close)
    assert "neighbours" in pack(apart)
    assert packed_bytes(close) == 900 * 30 * 2 + 1000 * (1 + 2 + 8)
    assert packed_bytes(apart) == 900 * 30 * 3 + 60_000 * (1 + 8)


def test_a_small_site_needs_one_byte_an_index() -> None:
    """Two hundred and fifty-six pages have indexes of one byte."""
    assert pack(table_of([{9: 1.0}], pages=256))["neighbours"].dtype == np.uint8
    assert pack(table_of([{9: 1.0}], pages=257))["neighbours"].dtype == np.uint16


def test_eight_bits_are_within_half_a_level() -> None:
    """Each value is within half of a 255th of its row's largest."""
    whole = page_table(layouts.model(200, moves=4000))
    found = quantise(layouts.model(200, moves=4000)).matrix()
    largest = np.asarray(whole.max(axis=1).todense()).ravel()
    difference = np.abs((whole - found).toarray())
    assert (difference <= largest[:, None] / 255 * 0.5 + 1e-7).all()


def test_four_bits_keep_the_order_of_small_values() -> None:
    """Levels are squared: one hundredth of the largest value is still told from three hundredths."""
    table = table_of([{1: 1.0, 2: 0.03, 3: 0.01}], pages=4, bits=4)
    scores = table.scores(np.array([0]), np.array([1.0], dtype=np.float32)) - table.popularity
    assert scores[1] == pytest.approx(1.0)
    assert scores[1] > scores[2] > scores[3] > 0
    even = table_of([{1: 1.0, 2: 0.001}], pages=4, bits=8)
    assert even.entries == 1


def test_a_row_is_scored_as_its_values_say() -> None:
    """Popularity, and each recent page's row times its weight."""
    table = table_of([{1: 0.5, 2: 0.25}, {2: 1.0}], pages=3)
    scores = table.scores(np.array([0, 1]), np.array([1.0, 0.5], dtype=np.float32))
    assert scores == pytest.approx([0.01, 0.51, 0.01 + 0.25 + 0.5], abs=0.002)


def test_negative_values_are_refused() -> None:
    """A table is of what follows, and nothing follows less than never."""
    with pytest.raises(ValueError, match="negative"):
        table_of([{1: -0.5}], pages=3)


def test_factors_come_close_to_what_they_stand_for() -> None:
    """A matrix of rank two is had back from two factors, within their rounding."""
    rng = np.random.default_rng(0)
    dense = rng.random((60, 2)) @ rng.random((2, 60))
    found = low_rank(sp.csr_matrix(dense), 2)
    assert np.abs(found.matrix() @ found.right - dense).max() < 0.05 * dense.max()
    # There is nothing left for a third.
    assert low_rank(sp.csr_matrix(dense), 5).rank == 2


def test_factors_never_take_from_a_score() -> None:
    """What they add is never less than nothing, and nothing at all without factors."""
    rng = np.random.default_rng(1)
    rest = low_rank(sp.csr_matrix(rng.standard_normal((40, 40))), 3)
    scores = np.zeros(40, dtype=np.float32)
    recent, weights = np.array([3, 4]), np.array([1.0, 0.6], dtype=np.float32)
    added = rest.added_to(scores, recent, weights)
    assert (added >= 0).all()
    assert (added > 0).any()
    assert np.array_equal(no_rank(40).added_to(scores, recent, weights), scores)
