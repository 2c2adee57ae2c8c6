"""What the citizen told, and what was shown: kept apart, read strictly, never longer than wanted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from edge_client.shown import MOST_IMPRESSIONS, Shown
from edge_client.told import MOST_PINS, MOST_REFUSALS, Told
from edge_client.wire.paths import ItemId

names = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
items = st.sampled_from([ItemId(f"/p/{letter}") for letter in "abcdefgh"])
said = st.one_of(
    st.tuples(st.just("answered"), names, st.none() | names),
    st.tuples(st.just("pinned"), names, items),
    st.tuples(st.just("unpinned"), items),
    st.tuples(st.just("refused"), items, st.integers(0, 10**13)),
)


@given(story=st.lists(said, max_size=30))
def test_what_is_kept_reads_as_it_was(story: list[tuple[str, ...]]) -> None:
    """Whatever was said in whichever order."""
    told = Told()
    for verb, *rest in story:
        told = getattr(told, verb)(*rest)
    assert Told.from_bytes(told.to_bytes()) == told


def test_an_answer_replaces_the_last_one_and_can_be_taken_back() -> None:
    """There is one answer to a question, or none."""
    told = Told().answered("role", "business").answered("role", "citizen").answered("age", "older")
    assert told.answers == {"role": "citizen", "age": "older"}
    assert told.answered("role", None).answers == {"age": "older"}


def test_what_is_called_not_relevant_is_pinned_no_more() -> None:
    """The newest word of the citizen counts."""
    a, b = ItemId("/a"), ItemId("/b")
    told = Told().pinned("home", a).pinned("home", b).pinned("side", a)
    assert told.refused(a, 5) == Told(pins={"home": (b,)}, refused_ms={a: 5})
    assert told.pinned("home", a).pins["home"] == (b, a)


def test_nothing_grows_without_end() -> None:
    """The oldest pins, refusals and impressions go."""
    told, shown = Told(), Shown()
    for number in range(600):
        told = told.pinned("home", ItemId(f"/p{number}")).refused(ItemId(f"/r{number}"), number)
        shown = shown.with_items([f"/s{number}"], number)
    assert (len(told.pins["home"]), len(told.refused_ms)) == (MOST_PINS, MOST_REFUSALS)
    assert min(told.refused_ms.values()) == 600 - MOST_REFUSALS
    assert len(shown.rows) == MOST_IMPRESSIONS


def test_a_page_view_is_one_impression_of_an_item() -> None:
    """However many slots show it; and a cap counts those of its time alone."""
    shown = Shown().with_items(["/a", "/a", "/b"], 5).with_items(["/a"], 9)
    assert [shown.count("/a", since_ms=since_ms) for since_ms in (0, 6, 10)] == [2, 1, 0]


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"answers": []},
        {"answers": {"role": 1}},
        {"answers": {"role": "No"}},
        {"pins": {"home": "/a"}},
        {"pins": {"home": ["/a?x"]}},
        {"pins": {"home": ["/a"] * 13}},
        {"refused_ms": {"/a": -1}},
        {"refused_ms": {"/a?x": 1}},
        {"more": 1},
    ],
)
def test_what_was_damaged_is_refused(change: dict[str, canonical.Json]) -> None:
    """The caller starts afresh."""
    sound: dict[str, canonical.Json] = {"v": 1, "answers": {}, "pins": {}, "refused_ms": {}}
    assert Told.from_bytes(canonical.encode(sound)) == Told()
    with pytest.raises(Malformed):
        Told.from_bytes(canonical.encode({**sound, **change}))


@pytest.mark.parametrize(
    "value", [{}, None, [["/a"]], [["/a", "1"]], [["/a", True]], [[1, 1]], [["/a", 1]] * 501]
)
def test_impressions_that_are_none_are_refused(value: canonical.Json) -> None:
    """Each is an item and a time."""
    with pytest.raises(Malformed):
        Shown.from_value(value)
