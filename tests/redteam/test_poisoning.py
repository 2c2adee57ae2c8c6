"""The attacker with devices of their own, who wants a page suggested that hardly anybody goes to.

Nothing proves that a device is real. What is held here is that each counts for one, and how many it takes.
"""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from edge_client.wire.paths import ItemId
from model_export.learning.covisit import CoVisitClassifier
from tests.support.poisoning import devices_needed, place_after

K = 10
HOME, BAIT = ItemId("/home"), ItemId("/zzz")
FOLLOWERS = (400, 300, 200, 150, 100, 80, 60)


@pytest.fixture(scope="module")
def moves() -> dict[tuple[ItemId, ItemId], int]:
    """What honest devices reported: seven pages after the home page, and ways between those."""
    pages = [ItemId(f"/p{at}") for at in range(len(FOLLOWERS))]
    after_home = {(HOME, page): count for page, count in zip(pages, FOLLOWERS, strict=True)}
    between = {(a, b): 40 for at, a in enumerate(pages) for b in (pages[at - 1], pages[at - 2])}
    return after_home | between | {(BAIT, HOME): 20}


def test_few_devices_never_put_a_page_among_the_first(moves: dict[tuple[ItemId, ItemId], int]) -> None:
    """It takes about as many as honest devices went to the fifth page, and they go there every week."""
    needed = devices_needed(moves, HOME, BAIT, k=K, most=2000)
    assert 0.8 * FOLLOWERS[4] <= needed <= 2 * FOLLOWERS[4]


def test_a_quiet_page_is_not_won_by_fewer_than_k(
    moves: dict[tuple[ItemId, ItemId], int],
) -> None:
    """Where there is nothing else to suggest, the fewest count is what stands in the way, and no more."""
    quiet, bait = ItemId("/quiet"), ItemId("/p0")
    with_some = {**moves, (quiet, ItemId("/p1")): 30}
    few = place_after({**with_some, (quiet, bait): K - 1}, quiet, bait, k=K)
    none = place_after(with_some, quiet, bait, k=K)
    assert few == none


@given(
    counts=st.lists(st.integers(0, 500), min_size=4, max_size=12),
    place=st.integers(0, 11),
    damping=st.sampled_from([0.5, 5.0, 20.0]),
)
def test_one_report_moves_a_share_by_one_in_the_rows_visits(
    counts: list[int], place: int, damping: float
) -> None:
    """No share changes by more than 1 / (visits of its row + damping), and those of other rows not at all."""
    pages = len(counts)
    table = np.zeros((pages, pages))
    table[0] = counts
    table[1] = np.arange(pages)
    more = table.copy()
    more[0, place % pages] += 1

    def learnt(matrix: np.ndarray) -> np.ndarray:
        cells = sp.coo_matrix(matrix + np.eye(pages))  # every page is somebody's next
        rows, columns = cells.coords
        visited = sp.csr_matrix((np.ones(len(rows)), (np.arange(len(rows)), rows)), shape=(len(rows), pages))
        model = CoVisitClassifier(top_k=pages, damping=damping).fit(visited, columns, cells.data)
        return np.asarray(model.table_.todense())

    before, after = learnt(table), learnt(more)
    assert np.abs(after - before)[0].max() <= 1 / (sum(counts) + 1 + damping)
    assert (after[1:] == before[1:]).all()
