"""Releases, candidates and budgets with values that nobody meant: refused, or read as what they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Untrue
from edge_client.wire.budget import Budget, Charge
from edge_client.wire.candidates import Candidates
from edge_client.wire.cost import Cost, Limit
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Period, Release

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
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.sampled_from([0, 1, 2**53 - 1, 10**15])
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container of a JSON value with each key in it."""
    keys: list[Any] = sorted(value) if isinstance(value, dict) else list(range(len(value)))
    found = [(value, key) for key in keys]
    for key in keys:
        if isinstance(value[key], dict | list):
            found += places(value[key])
    return found


def printed_or_refused(name: str, data: bytes) -> bytes | None:
    """What the reader prints back; None when it refuses, in its own words and with nothing else."""
    try:
        return READERS[name](data)
    except (Malformed, Untrue):
        return None


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
def test_any_value_anywhere_is_refused_or_read_as_what_it_is(name: str, data: st.DataObject) -> None:
    """However large a number, however odd a type: no other error, and nothing prints back otherwise."""
    fields = json.loads(data.draw(st.sampled_from(GOOD[name])))
    for _ in range(data.draw(st.integers(1, 2))):
        where, key = data.draw(st.sampled_from(places(fields)))
        where[key] = data.draw(JSON)
    text = canonical.encode(fields)
    assert printed_or_refused(name, text) in (None, text)


@pytest.mark.parametrize("name", READERS)
def test_the_good_ones_are_read(name: str) -> None:
    """The test above begins with what is sound."""
    assert [printed_or_refused(name, data) for data in GOOD[name]] == GOOD[name]


@pytest.mark.parametrize("name", READERS)
@given(junk=st.binary(max_size=100))
def test_junk_is_refused(name: str, junk: bytes) -> None:
    """Nothing but `Malformed` comes of it."""
    with pytest.raises(Malformed):
        READERS[name](junk)
