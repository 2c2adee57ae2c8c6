"""Releases round trip, and no count under k is ever in one."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_ledger.errors import Malformed, Untrue
from edge_client.wire.candidates import MOST_PAIRS
from edge_client.wire.paths import scrub_path
from edge_client.wire.promise import MOST_CANDIDATES, check_promise
from edge_client.wire.release import Bound, Mechanism, Period, Privacy, PublicPairs, Release, Source, Unit

PAGES = st.text(max_size=8).map(lambda text: scrub_path("/" + text))
PERIODS = Period(), Period("2026-01-01", "2026-02-01"), Period("2026-W01", "2026-W02")
PRIVACY = st.builds(Privacy, st.integers(2, 40)) | st.builds(
    Privacy,
    st.integers(2, 40),
    st.sampled_from([Mechanism.DISCRETE_LAPLACE, Mechanism.DISCRETE_GAUSSIAN]),
    st.integers(1, 9000),
    st.integers(1, 12),
)


@st.composite
def releases(draw: st.DrawFn) -> Release:
    """A release of moves between a few pages, with a public list of pages and pairs or without."""
    pages = tuple(sorted(draw(st.sets(PAGES, max_size=5))))
    pairs = [(before, after) for before in pages for after in pages if before != after]
    number = st.integers(0, 60) | st.integers(0, 10**6)
    counts = draw(st.dictionaries(st.sampled_from(pairs), number, max_size=12)) if pairs else {}
    public = draw(st.none() | st.integers(len(counts), len(pairs)))
    return Release.of(
        counts,
        site=draw(st.sampled_from(["riverton", "a.example"])),
        source=draw(st.sampled_from(Source)),
        period=draw(st.sampled_from(PERIODS)),
        privacy=draw(PRIVACY),
        bound=draw(st.builds(Bound, st.sampled_from(Unit), st.integers(1, 9))),
        pages=pages if public is not None or draw(st.booleans()) else None,
        parts=draw(st.sampled_from([1, 1, 2, 5040])),
        candidates=None if public is None else PublicPairs(public, "0" * 64),
    )


RELEASES = releases()


@given(RELEASES)
def test_what_prints_parses_to_the_same_release(release: Release) -> None:
    """Printing and parsing are each other's inverse."""
    assert Release.parse(release.to_bytes()) == release
    assert all(
        count >= release.threshold >= release.privacy.k * release.parts for _, _, count in release.cells
    )
    assert all(weight >= release.privacy.k for weight in release.weights().values())
    assert (release.noise_scale > 0) == (release.privacy.mechanism is not Mechanism.NONE)


@given(RELEASES, st.data())
def test_one_changed_byte_never_parses_to_the_same_release(release: Release, data: st.DataObject) -> None:
    """A changed byte is refused, or is a different release that prints itself."""
    good = release.to_bytes()
    at = data.draw(st.integers(0, len(good) - 1))
    bad = good[:at] + bytes([data.draw(st.integers(0, 255))]) + good[at + 1 :]
    if bad == good:
        return
    try:
        other = Release.parse(bad)
    except (Malformed, Untrue):
        return
    assert other != release
    assert other.to_bytes() == bad


@given(st.integers(0, 4000), st.integers(0, 3_000_000) | st.integers(0, 2**53 - 1))
def test_a_release_never_names_more_candidates_than_can_be_listed(pages: int, count: int) -> None:
    """The number of candidates is what a reader goes through: its pages, and the longest list, bound it."""
    terms = Privacy(2, Mechanism.DISCRETE_LAPLACE, 1000)
    possible = count <= min(MOST_PAIRS, pages * (pages - 1))
    with nullcontext() if possible else pytest.raises(Untrue, match="more candidates"):
        check_promise(
            terms,
            Bound(Unit.VISITOR, 1),
            parts=1,
            threshold=2,
            scale_milli=1000,
            candidates=PublicPairs(count, "0" * 64),
            pages=pages,
            cells=0,
        )
    assert MOST_CANDIDATES == MOST_PAIRS


@given(st.binary(max_size=80))
def test_bytes_that_are_no_release_are_malformed(data: bytes) -> None:
    """Junk is refused without any other error."""
    with pytest.raises(Malformed):
        Release.parse(data)
