"""Manifests, bundles and key lists under bytes that nobody meant: refused, or read as what they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_ledger.errors import Malformed
from consent_ledger.keys import MAX_KEY_LIST_BYTES, KeyList
from edge_client.wire.bundle import MAX_BUNDLE_BYTES, PublishedBundle
from edge_client.wire.manifest import MAX_MANIFEST_BYTES, Manifest
from tests.support.fuzzing import changed, damaged, printed_or_refused

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


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
def test_accidents_are_refused_or_read_as_what_they_are(name: str, data: st.DataObject) -> None:
    """Bytes changed, cut out, doubled or put in."""
    text = data.draw(damaged(good(name)))
    assert printed_or_refused(READERS[name], text) in (None, text)


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
def test_any_value_in_any_field_is_refused_or_read_as_what_it_is(name: str, data: st.DataObject) -> None:
    """Spelt canonically, so that nothing but the value can be wrong."""
    head, gap, line = data.draw(st.sampled_from(good(name))).rpartition(b"nearside bundle riverton\n")
    if name != "manifests":
        head, gap, line = b"", b"", head + gap + line
    text = head + gap + data.draw(changed([line])) + (b"\n" if gap else b"")
    assert printed_or_refused(READERS[name], text) in (None, text)


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
