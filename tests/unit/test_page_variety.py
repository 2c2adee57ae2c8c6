"""How personal a page became, as the overlay tells whoever builds it."""

from __future__ import annotations

import math

import pytest

from tests.support.node_twin import played


@pytest.mark.parametrize(
    ("items", "again", "topics", "even"),
    [
        ([], 0, 0, 0),
        (["/bins/new bins"], 0, 1, 1),
        (["/bins/new bins", "/bins/missed bins", "/bins/old bins"], 0, 1, 1),
        (["/bins/new bins", "/parking/zones parking", "/moving/list moving"], 0, 3, 3),
        # Shares of three quarters and one: e to the 0.562.
        (["/bins/a bins", "/bins/b bins", "/bins/c bins", "/parking/zones parking"], 0, 2, 1.7548),
        (["/bins/a bins", "/bins/a bins", "/bins/a bins", "/parking/zones parking"], 2, 2, 1.7548),
    ],
)
def test_a_page_about_little_else_has_hardly_more_than_one_topic(
    items: list[str], again: int, topics: int, even: float
) -> None:
    """However many items it has; what is there twice is counted beside."""
    lists = [[dict(zip(("item", "topic"), line.split(), strict=True)) for line in items]]
    (said,) = played("variety.mjs", lists)
    assert (said["again"], said["topics"]) == (again, topics)
    assert math.isclose(said["even"], even, abs_tol=0.0001)
