"""The profile: sessions, limits, what is forgotten, and what is not read back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from edge_client.profile import DAY_MS, MAX_VISITS, SESSION_GAP_MS, Profile, Visit
from edge_client.wire.audience import CameFrom
from edge_client.wire.paths import ItemId

T0 = 1_795_000_000_000


def walk(*looks: tuple[str, int], keep_days: int = 90) -> Profile:
    profile = Profile()
    for item, at_ms in looks:
        profile = profile.visited(ItemId(item), at_ms=at_ms, keep_days=keep_days)
    return profile


def test_a_gap_of_half_an_hour_begins_a_session() -> None:
    """Up to thirty minutes is the same session; a moment more is the next one."""
    profile = walk(("/a", T0), ("/b", T0 + SESSION_GAP_MS), ("/c", T0 + 2 * SESSION_GAP_MS + 1))
    assert [visit.session for visit in profile.visits] == [1, 1, 2]


def test_a_clock_that_jumps_back_stays_where_it_was() -> None:
    """Time never runs backwards in a profile, and a jump begins no session."""
    profile = walk(("/a", T0), ("/b", T0 - 10 * DAY_MS), ("/c", T0 + 1))
    assert [visit.at_ms for visit in profile.visits] == [T0, T0, T0 + 1]
    assert {visit.session for visit in profile.visits} == {1}


def test_a_reload_is_not_a_second_look() -> None:
    """The same page again is one visit, at its later time; after another page it is a visit of its own."""
    assert [visit.at_ms for visit in walk(("/a", T0), ("/a", T0 + 5)).visits] == [T0 + 5]
    assert [visit.item for visit in walk(("/a", T0), ("/b", T0), ("/a", T0)).visits] == ["/a", "/b", "/a"]


def test_old_visits_expire_and_the_list_has_an_end() -> None:
    """A visit is kept so many days and not a moment longer; of very many only the newest stay."""
    kept = walk(("/old", T0), ("/edge", T0 + 1), ("/new", T0 + 1 + 7 * DAY_MS), keep_days=7)
    assert [visit.item for visit in kept.visits] == ["/edge", "/new"]
    many = walk(*((f"/p/{number}", T0 + number) for number in range(MAX_VISITS + 50)))
    assert len(many.visits) == MAX_VISITS
    assert many.visits[-1].item == f"/p/{MAX_VISITS + 49}"


def test_the_recent_items_are_distinct_and_the_newest_first() -> None:
    """However often a page was looked at it is there once, at its newest place."""
    profile = walk(("/a", T0), ("/b", T0), ("/a", T0), ("/c", T0))
    assert profile.recent(2) == ("/c", "/a")
    assert profile.recent(9) == ("/c", "/a", "/b")
    assert Profile().recent(5) == ()


@given(
    looks=st.lists(st.tuples(st.sampled_from(["/a", "/b", "/c/d"]), st.integers(0, 10**9)), max_size=20),
    dismissed=st.sets(st.sampled_from(["/x", "/y"])),
)
def test_a_profile_is_read_back_as_it_was_written(looks: list[tuple[str, int]], dismissed: set[str]) -> None:
    """What is kept in the browser is the profile, whole."""
    profile = walk(*((item, T0 + at) for item, at in looks))
    for item in dismissed:
        profile = profile.dismiss(ItemId(item))
    assert Profile.from_bytes(profile.to_bytes()) == profile
    assert Profile.from_bytes(profile.to_bytes()).to_bytes() == profile.to_bytes()


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2}, {"more": 1}, {"visits": {}}, {"visits": [["/a", "1", 1]]}, {"visits": [["/a", 1]]},
        {"visits": [["/a?who=me", 1, 1]]}, {"visits": [["/born/1980-01-02", 1, 1]]}, {"dismissed": [1]},
        {"dismissed": ["/a", "/a"]}, {"dismissed": None},
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_no_profile_is_not_used(change: dict[str, object]) -> None:
    """A wrong shape, or a page that was never scrubbed, is malformed: the caller starts afresh."""
    sound = json.loads(walk(("/a", T0)).to_bytes())
    with pytest.raises(Malformed, match=r"^profile: "):
        Profile.from_bytes(canonical.encode(sound | change))


@pytest.mark.parametrize(
    ("raw", "profile"),
    [
        (
            b'{"cleared_ms":0,"dismissed":["/a"],"sessions":0,"v":1,"visits":[["/b",5,1]]}',
            Profile((Visit(ItemId("/b"), 5, 1),), frozenset({ItemId("/a")})),
        ),
        (
            b'{"cleared_ms":7,"dismissed":[],"grouped":false,"sessions":3,"v":1,"visits":[]}',
            Profile(cleared_ms=7, sessions=3, grouped=False),
        ),
        (
            b'{"began_from":"search","cleared_ms":0,"dismissed":[],"met_ms":9,"sessions":2,"v":1,"visits":[]}',
            Profile(sessions=2, met_ms=9, began_from=CameFrom.SEARCH),
        ),
        (
            b'{"another_ms":9,"cleared_ms":7,"dismissed":[],"sessions":2,"v":1,"visits":[]}',
            Profile(sessions=2, cleared_ms=7, another_ms=9),
        ),
    ],
)
def test_what_any_version_kept_is_read_as_it_was(raw: bytes, profile: Profile) -> None:
    """What a device kept before rules asked about sessions reads the same, and prints back byte for byte."""
    assert Profile.from_bytes(raw) == profile
    assert profile.to_bytes() == raw


@pytest.mark.parametrize(
    "more",
    [
        b'"another_ms":0,',
        b'"began_from":"https://example.org",',
        b'"began_from":null,',
        b'"grouped":true,',
        b'"income":1,',
    ],
)
def test_a_profile_with_anything_else_is_refused(more: bytes) -> None:
    """An address, a field spelt out that would be left out, a field that there is not."""
    raw = b'{"cleared_ms":0,"dismissed":[],"sessions":0,"v":1,"visits":[]}'
    at = {b'"a': 1, b'"b': 1, b'"g': raw.index(b'"sessions"'), b'"i': raw.index(b'"sessions"')}[more[:2]]
    with pytest.raises(Malformed):
        Profile.from_bytes(raw[:at] + more + raw[at:])


def test_a_session_is_counted_though_its_pages_are_not_kept() -> None:
    """Where rules ask about sessions: numbers go on, and where each began is that of its first page."""
    hour_ms = 60 * 60 * 1000
    profile = Profile().met(hour_ms, CameFrom.SEARCH).met(hour_ms + 1, None)
    assert (profile.last_session, profile.began_from) == (1, CameFrom.SEARCH)
    later = profile.met(3 * hour_ms, CameFrom.NOWHERE).visited(ItemId("/a"), at_ms=3 * hour_ms, keep_days=9)
    assert (later.last_session, later.began_from) == (2, CameFrom.NOWHERE)
    assert later.visits == (Visit(ItemId("/a"), 3 * hour_ms, 2),)
    assert later.met(hour_ms, None).last_session == 2, "a clock that was set back begins no session"
