"""Releases, candidates and budgets with values that nobody meant: refused, or read as what they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_ledger.errors import Malformed
from edge_client.wire.budget import Budget, Charge
from edge_client.wire.candidates import Candidates
from edge_client.wire.cost import Cost, Limit
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Period, Release
from tests.support.fuzzing import changed, printed_or_refused

VECTORS = Path(__file__).resolve().parent.parent / "vectors" / "release" / "good.json"
PAGES = tuple(ItemId(page) for page in ("/a", "/b", "/c"))
GOOD: dict[str, list[bytes]] = {
    "release": [case["release"].encode() for case in json.loads(VECTORS.read_text())["cases"]],
    "candidates": [Candidates.of([(0, 1), (0, 2), (2, 1)], pages=PAGES).to_bytes()],
    "budget": [
        Budget("city", Limit(2000, 30_000, 91))
        .spend(Charge("t", Period("2026-W47", "2026-W47"), Cost(10**12, 10**11, 5)))
        .spend(Charge("u", Period(), Cost(None, 10**9, 0)))
        .to_bytes()
    ],
}
READERS: dict[str, Callable[[bytes], bytes]] = {
    "release": lambda data: Release.parse(data).to_bytes(),
    "candidates": lambda data: Candidates.parse(data).to_bytes(),
    "budget": lambda data: Budget.parse(data).to_bytes(),
}


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
def test_any_value_anywhere_is_refused_or_read_as_what_it_is(name: str, data: st.DataObject) -> None:
    """However large a number, however odd a type: no other error, and nothing prints back otherwise."""
    text = data.draw(changed(GOOD[name]))
    assert printed_or_refused(READERS[name], text) in (None, text)


@pytest.mark.parametrize("name", READERS)
def test_the_good_ones_are_read(name: str) -> None:
    """The test above begins with what is sound."""
    assert [printed_or_refused(READERS[name], data) for data in GOOD[name]] == GOOD[name]


@pytest.mark.parametrize("name", READERS)
@given(junk=st.binary(max_size=100))
def test_junk_is_refused(name: str, junk: bytes) -> None:
    """Nothing but `Malformed` comes of it."""
    with pytest.raises(Malformed):
        READERS[name](junk)
