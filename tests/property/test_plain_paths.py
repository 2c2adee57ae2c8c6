"""The short way through the scrubber changes nothing that the long way would change."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge_client.wire import paths

words = st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=15)
segments = st.lists(words, min_size=1, max_size=5).map("-".join)


@given(st.lists(segments, min_size=1, max_size=8).map(lambda parts: "/" + "/".join(parts)))
def test_plain_paths_are_what_the_scrubber_would_leave_alone(path: str) -> None:
    """Words of up to fifteen letters, hyphens and slashes hold nothing that somebody typed."""
    assert paths._PLAIN.fullmatch(path)
    assert paths._scrub(paths._resolve(paths._decode(path))) == path == paths.scrub_path(path)
