"""Releases round trip, and no count under k is ever in one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_ledger.errors import Malformed, Untrue
from edge_client.wire.paths import scrub_path
from edge_client.wire.release import Bound, Mechanism, Period, Privacy, PublicPairs, Release, Source, Unit

PAGES = st.text(max_size=8).map(lambda text: scrub_path("/" + text))
COUNTS = st.dictionaries(st.tuples(PAGES, PAGES), st.integers(0, 60) | st.integers(0, 10**6), max_size=12)
PRIVACY = st.builds(Privacy, st.integers(2, 40)) | st.builds(
    Privacy,
    st.integers(2, 40),
    st.sampled_from([Mechanism.DISCRETE_LAPLACE, Mechanism.DISCRETE_GAUSSIAN]),
    st.integers(1, 9000),
    st.integers(1, 12),
)
RELEASES = st.builds(
    Release.of,
    COUNTS,
    site=st.sampled_from(["riverton", "a.example"]),
    source=st.sampled_from(Source),
    period=st.sampled_from([Period(), Period("2026-01-01", "2026-02-01"), Period("2026-W01", "2026-W02")]),
    privacy=PRIVACY,
    bound=st.builds(Bound, st.sampled_from(Unit), st.integers(1, 9)),
    parts=st.sampled_from([1, 1, 2, 5040]),
    candidates=st.none() | st.just(PublicPairs(144, "0" * 64)),
)


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


@given(st.binary(max_size=80))
def test_bytes_that_are_no_release_are_malformed(data: bytes) -> None:
    """Junk is refused without any other error."""
    with pytest.raises(Malformed):
        Release.parse(data)
