"""What is left of a path once what people type into it is taken out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge_client.wire.paths import LONGEST_RAW, scrub_path, stands_for_many

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "paths" / "scrub.json").read_text())


@pytest.mark.parametrize(("raw", "expected"), VECTORS["cases"])
def test_scrubs_as_the_vectors_say(raw: str, expected: str) -> None:
    """Every vector's path becomes what the vector says, once and for all."""
    assert expected == scrub_path(raw)
    assert expected == scrub_path(expected)


def test_an_endless_path_becomes_one_short_name() -> None:
    """A path too long to be a page's is named, not kept: neither before nor after it is encoded."""
    assert scrub_path("/" + "a" * LONGEST_RAW) == "/:long"
    assert scrub_path("/" + "é" * 1500) == "/:long"


def test_a_mark_tells_that_a_page_stands_for_many() -> None:
    """A page out of which something was taken is told from one that has an address."""
    assert stands_for_many(scrub_path("/born/1980-02-29"))
    assert not stands_for_many(scrub_path("/born"))
