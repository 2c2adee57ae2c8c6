"""Manifests, bundles and key lists under bytes that nobody meant: refused, or read as what they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.keys import MAX_KEY_LIST_BYTES, KeyList
from edge_client.wire.bundle import MAX_BUNDLE_BYTES, PublishedBundle
from edge_client.wire.manifest import MAX_MANIFEST_BYTES, Manifest

FOLDER = Path(__file__).resolve().parent.parent / "vectors" / "publications"
FILES = (("manifests", "manifests"), ("bundles", "bundles"), ("keys", "lists"))


def good(name: str) -> list[bytes]:
    """The good vectors of one format."""
    key = dict(FILES)[name]
    return [row["text"].encode() for row in json.loads((FOLDER / f"{name}.json").read_text())[key]]


def read_manifest(data: bytes) -> bytes:
    """Read a manifest's text and print it."""
    return Manifest.parse(data.decode("utf-8", "surrogateescape")).to_bytes()


READERS: dict[str, Callable[[bytes], bytes]] = {
    "manifests": read_manifest,
    "bundles": lambda data: PublishedBundle.from_bytes(data).to_bytes(),
    "keys": lambda data: KeyList.from_bytes(data).to_bytes(),
}
LIMITS = {"manifests": MAX_MANIFEST_BYTES, "bundles": MAX_BUNDLE_BYTES, "keys": MAX_KEY_LIST_BYTES}
SPLINTERS = (
    b"\n", b"\0", b"\r\n", b" ", b"\xef\xbb\xbf", b"\xff", b"\xed\xa0\x80", b'"', b"\\ud800", b"null", b"-0",
    b"1e5", b"9" * 400, b"[" * 40, b"{}", b"[]", b",", b"+", b"/", b"..", b"\xd9\xa3", b"0" * 64,
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def printed_or_refused(name: str, data: bytes) -> bytes | None:
    """What the reader prints back; None when it refuses, with `Malformed` and nothing else."""
    try:
        return READERS[name](data)
    except Malformed:
        return None


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
def test_accidents_are_refused_or_read_as_what_they_are(name: str, data: st.DataObject) -> None:
    """Bytes changed, cut out, doubled or put in."""
    text = data.draw(st.sampled_from(good(name)))
    for _ in range(data.draw(st.integers(1, 3))):
        # Both ends are where a reader forgets to look.
        start = data.draw(st.integers(0, len(text)) | st.sampled_from((0, max(0, len(text) - 1), len(text))))
        end = data.draw(st.integers(start, min(len(text), start + 40)))
        put = data.draw(
            st.just(b"") | st.sampled_from(SPLINTERS) | st.binary(max_size=4) | st.just(text[start:end] * 2)
        )
        text = text[:start] + put + text[end:]
    assert printed_or_refused(name, text) in (None, text)


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
def test_any_value_in_any_field_is_refused_or_read_as_what_it_is(name: str, data: st.DataObject) -> None:
    """Spelt canonically, so that nothing but the value can be wrong."""
    head, gap, line = data.draw(st.sampled_from(good(name))).rpartition(b"nearside bundle riverton\n")
    if name != "manifests":
        head, gap, line = b"", b"", head + gap + line
    fields: dict[str, Any] = json.loads(line)
    where: Any = fields
    field = data.draw(st.sampled_from(sorted(fields)))
    if isinstance(where[field], dict) and where[field] and data.draw(st.booleans()):
        where = where[field]
        field = data.draw(st.sampled_from(sorted(where)))
    where[field] = data.draw(JSON)
    text = head + gap + canonical.encode(fields) + (b"\n" if gap else b"")
    assert printed_or_refused(name, text) in (None, text)


@pytest.mark.parametrize("name", READERS)
@given(junk=st.binary(max_size=200))
def test_junk_is_refused(name: str, junk: bytes) -> None:
    """Nothing but `Malformed` comes of it."""
    with pytest.raises(Malformed):
        READERS[name](junk)


@pytest.mark.parametrize("name", READERS)
def test_what_is_too_long_is_refused(name: str) -> None:
    """Whatever it holds."""
    whole = good(name)[0]
    for filler in (b" ", b"x", b"["):
        with pytest.raises(Malformed):
            READERS[name](whole + filler * (LIMITS[name] + 1 - len(whole)))
