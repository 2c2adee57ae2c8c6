"""A device tells from its recent pages which archetype they are like, or says nothing."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Untrue
from edge_client.archetype import Likeness, assign, likeness_of, likenesses, names_of, weights_of
from edge_client.bundle import Bundle
from edge_client.profile import DAY_MS, SESSION_GAP_MS, Profile
from edge_client.wire.archetypes import Archetype, Archetypes
from edge_client.wire.catalogue import Catalogue, hash_pages
from edge_client.wire.paths import ItemId
from edge_client.wire.rules import Rules
from tests.support.city import PATHS, catalogue, rules

TOWN = catalogue()
BINS = [at for at, row in enumerate(PATHS) if row[2] == "bins"]
MOVING = [at for at, row in enumerate(PATHS) if row[2] in ("moving", "housing")]
GRIEF = [at for at, row in enumerate(PATHS) if row[2] == "bereavement"]


def archetypes(**fields: object) -> Archetypes:
    """Two archetypes of the city: those who ask about bins, and those who move."""
    table = bytearray(2 * len(PATHS))
    for page in BINS:
        table[2 * page : 2 * page + 2] = (120, 6)
    for page in MOVING:
        table[2 * page : 2 * page + 2] = (4, 100)
    whole: dict[str, object] = {
        "site": TOWN.site,
        "pages_hash": hash_pages(TOWN.pages),
        "pages": len(PATHS),
        "recent": 5,
        "decay_milli": 850,
        "least_pages": 3,
        "floor_milli": 600,
        "archetypes": (Archetype("Bins", tuple(BINS)), Archetype("Moving", tuple(MOVING[:2]))),
        "table": bytes(table),
    }
    return Archetypes(**{**whole, **fields})  # type: ignore[arg-type]  # the fields are the test's choice


def visits(*pages: int) -> Profile:
    """A profile of visits, the last one the most recent."""
    profile = Profile()
    for at, page in enumerate(pages):
        profile = profile.visited(TOWN.pages[page], at_ms=at * 60_000, keep_days=90)
    return profile


def bundle(groups: Archetypes | None, asking: Rules | None = None) -> Bundle:
    """As much of a bundle as an assignment reads."""
    whole = SimpleNamespace(archetypes=groups, catalogue=TOWN, rules=asking or Rules.parse(rules()))
    whole.is_sensitive = lambda item: Bundle.is_sensitive(cast(Bundle, whole), item)
    return cast(Bundle, whole)


def test_the_nearest_archetype_is_named_with_its_pages() -> None:
    """Three pages about bins: bins, and because of these pages, the most telling first."""
    found = likeness_of(visits(*BINS), bundle(archetypes()))
    assert found is not None
    assert found.archetype == 0
    assert found.share_milli >= 900
    assert set(found.because) == set(BINS)


def test_readers_of_another_language_get_titles_in_theirs() -> None:
    """Of the two most typical pages, in that language where one is translated; none where neither is."""
    paths = {ItemId("/bins/missed"): ItemId("/parking/rules")}
    items = tuple(
        replace(item, translations={"ar": paths[item.id]}) if item.id in paths else item
        for item in TOWN.items
    )
    town = Catalogue(TOWN.site, items)
    bins = Archetype("Bins", tuple(BINS))
    assert names_of(bins, town) == {"ar": "Check your bin day · Where you can park"}
    assert names_of(bins, TOWN) == {}
    assert names_of(Archetype("Bins", tuple(reversed(BINS))), town) == {
        "ar": "Order a new bin · Where you can park"
    }


def test_nothing_is_said_from_two_pages() -> None:
    """Nor from one page three times, nor from pages that say nothing."""
    assert likeness_of(visits(*BINS[:2]), bundle(archetypes())) is None
    assert likeness_of(visits(BINS[0], MOVING[0], BINS[0]), bundle(archetypes())) is None
    assert likeness_of(visits(*BINS[:2], 0), bundle(archetypes())) is None


def test_nothing_is_said_where_pages_disagree() -> None:
    """Half bins and half moving is under the floor, whichever is a little ahead."""
    assert likeness_of(visits(BINS[0], MOVING[0], BINS[1], MOVING[1]), bundle(archetypes())) is None


def test_recent_pages_count_more_and_old_ones_not_at_all() -> None:
    """Who asked about bins some time ago and moves now is like those who move."""
    found = likeness_of(visits(*BINS, *MOVING, 9, 8), bundle(archetypes(floor_milli=500)))
    assert found is not None
    assert found.archetype == 1


def test_three_sessions_over_a_week_change_the_archetype() -> None:
    """Bins on Monday, some moving on Thursday, more of it on Sunday: like those who ask about bins, like
    nobody in particular, like those who move."""
    groups, profile, found = archetypes(), Profile(), []
    for day, pages in ((0, BINS), (3, MOVING[:2]), (6, MOVING)):
        for minute, page in enumerate(pages):
            at_ms = day * DAY_MS + minute * 60_000
            profile = profile.visited(TOWN.pages[page], at_ms=at_ms, keep_days=90)
        likeness = likeness_of(profile, bundle(groups))
        found.append(likeness and groups.archetypes[likeness.archetype].name)
    assert profile.last_session == 3
    assert found == ["Bins", None, "Moving"]


def test_a_site_without_archetypes_says_nothing() -> None:
    """The file is optional."""
    assert likeness_of(visits(*BINS), bundle(None)) is None


def test_sensitive_pages_say_nothing_even_when_a_file_says_so() -> None:
    """A file that gives a sensitive page a row, and a profile that holds one: neither counts."""
    table = bytearray(archetypes().table)
    for page in GRIEF:
        table[2 * page : 2 * page + 2] = (127, 0)
    groups = archetypes(table=bytes(table))
    assert likeness_of(visits(*BINS[:2], *GRIEF), bundle(groups)) is None
    with pytest.raises(Untrue, match="a sensitive page is part of one"):
        groups.check_sensitive(TOWN, Rules.parse(rules()))


@given(pages=st.lists(st.sampled_from(range(len(PATHS))), unique=True, max_size=12))
def test_an_answer_holds_what_it_says(pages: list[int]) -> None:
    """The share is that of the best in all, at least the floor; the pages are among those looked at."""
    groups = archetypes()
    match assign(groups, pages):
        case Likeness(at, share, because):
            scores = likenesses(groups, pages)
            assert scores[at] == max(scores)
            assert share == scores[at] * 1000 // sum(scores) >= groups.floor_milli
            assert set(because) <= set(pages[: groups.recent])
        case None:
            scores = likenesses(groups, pages)
            telling = sum(any(groups.row(page)) for page in pages[: groups.recent])
            assert telling < groups.least_pages or max(scores) * 1000 < groups.floor_milli * sum(scores)


def test_weights_fall_and_end() -> None:
    """Whole thousandths, at most as many as the file says."""
    assert weights_of(archetypes(), 9) == (1000, 850, 722, 613, 521)
    assert weights_of(archetypes(), 2) == (1000, 850)


def test_the_file_prints_back_as_it_was_read() -> None:
    """Byte for byte."""
    assert Archetypes.parse(archetypes().to_bytes()).to_bytes() == archetypes().to_bytes()
    assert Archetypes.parse(archetypes().to_bytes()) == archetypes()


def test_files_that_contradict_themselves_are_refused() -> None:
    """Tables of another size, bytes over 127, one archetype, a name twice, pages that are not there."""
    one = archetypes().archetypes[0]
    for fields, kind in (
        ({"table": bytes(3)}, Malformed),
        ({"table": bytes([128]) * (2 * len(PATHS))}, Malformed),
        ({"archetypes": (one,), "table": bytes(len(PATHS))}, Malformed),
        ({"archetypes": (one, one)}, Malformed),
        ({"archetypes": (one, Archetype("Other", (len(PATHS),)))}, Untrue),
        ({"recent": 2}, Untrue),
    ):
        with pytest.raises(kind, match="archetypes:"):
            archetypes(**fields)


@given(data=st.data())
def test_any_value_in_any_field_is_refused_or_read_as_what_it_is(data: st.DataObject) -> None:
    """Whatever is in a field, what parses prints back, and what does not is malformed or untrue."""
    value = canonical.decode(archetypes().to_bytes())
    assert isinstance(value, dict)
    field = data.draw(st.sampled_from(sorted(value)))
    wrong = data.draw(
        st.none()
        | st.booleans()
        | st.integers(-5, 2**53 - 1)
        | st.text(max_size=20)
        | st.just([])
        | st.just([{}])
    )
    raw = canonical.encode({**value, field: wrong})
    assert printed_or_refused(raw) in (None, raw)


def printed_or_refused(raw: bytes) -> bytes | None:
    """What the parser prints back; None when it refuses."""
    try:
        return Archetypes.parse(raw).to_bytes()
    except (Malformed, Untrue):
        return None


def test_a_file_of_another_catalogue_is_refused() -> None:
    """By its site and by its pages."""
    other = replace(TOWN, items=TOWN.items[1:])
    with pytest.raises(Untrue, match="another catalogue"):
        archetypes().check_catalogue(other)
    archetypes().check_catalogue(TOWN)
    assert TOWN.index_of(ItemId("/bins/new")) is not None


def test_pages_of_one_session_are_no_interest() -> None:
    """Where the rules ask for two sessions, a topic of one says nothing; its second session makes it count,
    and a topic that was looked at for somebody else does not lend its pages to it."""
    asking = bundle(archetypes(), replace(Rules.parse(rules()), interest_sessions=2))
    once = visits(*BINS)
    assert likeness_of(once, asking) is None
    later_ms = once.last_ms + SESSION_GAP_MS + 1
    twice = once.visited(TOWN.pages[BINS[0]], at_ms=later_ms, keep_days=90)
    found = likeness_of(twice, asking)
    assert found is not None
    assert asking.archetypes is not None
    assert asking.archetypes.archetypes[found.archetype].name == "Bins"
    for page in MOVING:
        twice = twice.visited(TOWN.pages[page], at_ms=later_ms, keep_days=90)
    assert likeness_of(twice, asking) == likeness_of(twice.without(lambda item: "moving" in item), asking)
