"""Bytes and values that nobody meant, for parsers that refuse them or read them as what they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Untrue

NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.sampled_from([0, 1, 2**53 - 1, 10**15])
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
SPLINTERS = (
    b"\n", b"\0", b"\r\n", b" ", b"\xef\xbb\xbf", b"\xff", b"\xed\xa0\x80", b'"', b"\\ud800", b"null", b"-0",
    b"1e5", b"9" * 40, b"9" * 400, b"[" * 40, b"{}", b"[]", b",", b"+", b"/", b"..", b"\xd9\xa3", b"true",
    b"-1", b"180000000", b"0" * 64,
)  # fmt: skip
"""What parsers stumble over: bytes that are no text, numbers that are none here, and half of something."""


@st.composite
def damaged(draw: st.DrawFn, good: Sequence[bytes], *, splinters: Sequence[bytes] = SPLINTERS) -> bytes:
    """A good input whose bytes were changed, cut out, doubled or put in, in one to three places."""
    text = draw(st.sampled_from(good))
    for _ in range(draw(st.integers(1, 3))):
        # Both ends are where a reader forgets to look.
        start = draw(st.integers(0, len(text)) | st.sampled_from((0, max(0, len(text) - 1), len(text))))
        end = draw(st.integers(start, min(len(text), start + 40)))
        put = draw(
            st.just(b"") | st.sampled_from(splinters) | st.binary(max_size=4) | st.just(text[start:end] * 2)
        )
        text = text[:start] + put + text[end:]
    return text


@st.composite
def changed(draw: st.DrawFn, good: Sequence[bytes]) -> bytes:
    """A good input with other values in one or two places, and spelt canonically: only these can be wrong."""
    value = json.loads(draw(st.sampled_from(good)))
    for _ in range(draw(st.integers(1, 2))):
        where, key = draw(st.sampled_from(places_in(value)))
        where[key] = draw(JSON)
    return canonical.encode(value)


def places_in(value: Any) -> list[tuple[Any, Any]]:
    """Every container in a JSON value with each of its keys."""
    keys = sorted(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [(value, key) for key in keys] + [found for key in keys for found in places_in(value[key])]


def printed_or_refused(reader: Callable[[bytes], bytes], data: bytes) -> bytes | None:
    """What a reader prints back; None when it refuses, as malformed or untrue and in no other way."""
    try:
        return reader(data)
    except (Malformed, Untrue):
        return None
