"""Canonical JSON by the short way and the long one: the same bytes, and the same word for what is refused."""

from __future__ import annotations

import enum
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent_ledger import canonical
from consent_ledger.canonical import MAX_DEPTH, MAX_INTEGER
from consent_ledger.errors import Malformed
from tests.support.examples import examples

# Beyond the first plane UTF-16 orders otherwise than code points do; a lone surrogate has no bytes.
LETTERS = st.sampled_from(
    ["a", "B", "0", "~", '"', "\\", "é", "\ue000", "\uff21", "\uffff", "\U00010000", "\U0010ffff", "\ud800"]
)
KEYS = st.text(LETTERS, max_size=3) | st.text(st.characters(max_codepoint=127), max_size=3)


class Word(enum.StrEnum):
    """What is a string, and something else."""

    ONE = "one"


class Number(enum.IntEnum):
    """What is a number, and something else."""

    SEVEN = 7


LEAVES = (
    st.none()
    | st.booleans()
    | KEYS
    | st.sampled_from([0, 1, -1, MAX_INTEGER, -MAX_INTEGER, MAX_INTEGER + 1, -MAX_INTEGER - 1])
    | st.sampled_from([Word.ONE, Number.SEVEN, 1.5, float("nan"), b"", object, {"a"}])
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(KEYS | st.sampled_from([Word.ONE, 1, None, True]), inner, max_size=4)
    ),
    max_leaves=12,
)


def by_the_long_way(value: object) -> bytes:
    """Each key in UTF-16 and one level after the other, as RFC 8785 tells it."""
    text = json.dumps(
        canonical._ordered(value, depth=0), ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise Malformed("canonical json: lone surrogate") from None


def said(work: Any, value: Any) -> tuple[str, object]:
    """What comes of it: bytes, or a refusal in its own words."""
    try:
        return "is", work(value)
    except Malformed as error:
        return "refused", str(error)


@settings(max_examples=examples(200))
@given(VALUES)
def test_the_short_way_prints_and_refuses_as_the_long_one(value: object) -> None:
    """Whatever the value and its keys: the same bytes, or the same refusal."""
    assert said(canonical.encode, value) == said(by_the_long_way, value)


def test_keys_are_in_the_order_of_utf_16_and_not_of_code_points() -> None:
    """RFC 8785, section 3.2.3: what takes two units comes before what is one unit above the surrogates."""
    assert (
        canonical.encode({"\uff21": 1, "\U00010000": 2, "a": 3})
        == '{"a":3,"\U00010000":2,"\uff21":1}'.encode()
    )


@pytest.mark.parametrize("levels", [MAX_DEPTH - 1, MAX_DEPTH, MAX_DEPTH + 1])
@pytest.mark.parametrize("inner", [b"", b"1", b'"]"', b'"[["', b'"\\""'])
def test_so_many_levels_and_no_more_are_read_and_printed(levels: int, inner: bytes) -> None:
    """Brackets inside of strings are none, in either direction."""
    data = b"[" * levels + inner + b"]" * levels
    if levels > MAX_DEPTH:
        assert said(canonical.decode, data) == ("refused", "canonical json: nested too deeply")
    else:
        assert canonical.encode(canonical.decode(data)) == data


def test_closing_brackets_in_strings_do_not_hide_a_thousand_levels() -> None:
    """Pairs that only seem to be some are no reason to let the parser go down: the attacker's shape."""
    closed_in_strings = b'["]",' * 1000 + b"1" + b"]" * 1000
    opened_in_strings = b'["]",' * 1000 + b'"["],' * 999 + b'"["]'
    for attack in (closed_in_strings, opened_in_strings, b'["\\"",' + opened_in_strings, b"[{" * 600):
        assert said(canonical.decode, attack) == ("refused", "canonical json: nested too deeply")


def levels_of(data: bytes) -> int:
    """The most levels that are open at once, letter by letter."""
    level = most = 0
    in_string = escaped = False
    for byte in data:
        letter = chr(byte)
        if in_string:
            in_string = escaped or letter != '"'
            escaped = letter == "\\" and not escaped
        elif letter == '"':
            in_string = True
        elif letter in "[{":
            level += 1
            most = max(most, level)
        elif letter in "]}":
            level -= 1
    return most


@settings(max_examples=examples(200))
@given(
    st.lists(st.sampled_from([b"[" * 16, b"]" * 16, b"[", b"]", b"{", b"}", b'"', b"\\", b"a"]), max_size=24)
)
def test_levels_are_counted_letter_by_letter_or_faster_with_one_result(pieces: list[bytes]) -> None:
    """For any bytes, JSON or not: refused before parsing exactly where some level is too deep."""
    data = b"".join(pieces)
    try:
        canonical._check_nesting(data)
        is_refused = False
    except Malformed:
        is_refused = True
    assert is_refused == (levels_of(data) > MAX_DEPTH)
