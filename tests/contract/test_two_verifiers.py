"""Whatever is done to a good input, both verifiers say the same of it: one value, or one kind of error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from tests.support.second_verifier import Case, SecondVerifier, in_python, second_verifier
from tests.support.verifying_vectors import FILE

EXAMPLES = 1000
BOUNDED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
# Where the fields of a case hold bytes in hex, and where text.
BYTES = ("data", "leaf", "root", "old_root", "salt", "signature")
TEXT = ("text", "trusted", "vkey", "index", "size", "old")
JSON_DEEDS = ("canonical", "key_list", "leaf", "opening", "receipt", "record")
# What readers are known to disagree on: spaces and ends of line that are not ASCII, halves of characters.
ODD = [
    "\u0000",
    "\t",
    "\r",
    "\u007f",
    "\u0085",
    "\u00a0",
    "\u2028",
    "\u3000",
    "\ufeff",
    "e\u0301",
    "\U0001f600",
]
ODD += ["\n", " ", "+", "=", "\u2014", '"', "\\", "{", "[", "0", "-", "9" * 25, "\\u0041", "\\ud800"]

odd_bytes = st.sampled_from(
    [mark.encode() for mark in ODD] + [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\x00" * 40]
)
whole_numbers = st.sampled_from([0, 1, -1, 2**53 - 1, 2**53, -(2**53), 10**30])
scalars: st.SearchStrategy[Any] = st.none() | st.booleans() | whole_numbers | st.sampled_from(ODD)
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(ODD), inner), max_leaves=6
)


@pytest.fixture(scope="module")
def javascript() -> Iterator[SecondVerifier]:
    with second_verifier() as verifier:
        yield verifier


@cache
def corpus() -> tuple[Case, ...]:
    """The vectors that hold: what is changed below."""
    cases = json.loads(FILE.read_text(encoding="utf-8"))["cases"]
    good = [
        {"do": row["do"], **row["given"]}
        for row in cases
        if "value" in row["outcome"] and row["do"] != "copy"
    ]
    leaves = json.loads(FILE.with_name("leaves.json").read_text(encoding="utf-8"))["leaves"]
    records = json.loads(FILE.with_name("records.json").read_text(encoding="utf-8"))["records"]
    notes = json.loads(FILE.with_name("notes.json").read_text(encoding="utf-8"))["notes"]
    good += [{"do": "leaf", "data": row["leaf"].encode().hex()} for row in leaves]
    good += [{"do": "record", "data": canonical.encode(row["record"]).hex()} for row in records]
    good += [{"do": "note", "data": row["note"].encode().hex(), "vkey": row["vkey"]} for row in notes]
    good += [{"do": "canonical", "data": canonical.encode(row["record"]).hex()} for row in records[:1]]
    return tuple(good)


def spliced(draw: st.DrawFn, whole: Any, insert: Any) -> Any:
    """`whole` with a part of it left out, doubled, moved or replaced."""
    start = draw(st.integers(0, len(whole)))
    end = draw(st.integers(start, min(len(whole), start + draw(st.sampled_from([0, 1, 2, 40])))))
    part = whole[start:end]
    middle = draw(st.sampled_from([insert, part + part, insert + part, whole[:0]]))
    return whole[:start] + middle + whole[end:]


def bent(draw: st.DrawFn, value: Any) -> Any:
    """A decoded value with one thing in it changed, at any depth."""
    if isinstance(value, dict) and value and draw(st.integers(0, 5)):
        name = draw(st.sampled_from(sorted(value)))
        act = draw(st.sampled_from(["into", "into", "into", "drop", "add"]))
        if act == "drop":
            return {key: item for key, item in value.items() if key != name}
        if act == "add":
            return {**value, draw(st.sampled_from(["at", "__proto__", "constructor", "v", ""])): draw(values)}
        return {**value, name: bent(draw, value[name])}
    if isinstance(value, list) and value and draw(st.integers(0, 5)):
        place = draw(st.integers(0, len(value) - 1))
        return [
            *value[:place],
            *draw(st.sampled_from([[], [bent(draw, value[place])], value[:1] * 2])),
            *value[place + 1 :],
        ]
    if isinstance(value, str) and draw(st.integers(0, 5)):
        return spliced(draw, value, draw(st.sampled_from(ODD)))
    return draw(values)


@st.composite
def changed_cases(draw: st.DrawFn) -> Case:
    """A good case with one of its fields changed: its bytes, its text, its numbers, or a value within."""
    case = dict(draw(st.sampled_from(corpus())))
    name = draw(st.sampled_from(sorted(set(case) - {"do"})))
    value = case[name]
    if name == "proof":
        hashes = [bytes.fromhex(each) for each in value] or [bytes(32)]
        case[name] = [
            each.hex() for each in spliced(draw, hashes, [draw(st.sampled_from(hashes)), bytes(32)])
        ]
    elif name in ("index", "size", "old") and isinstance(value, str):
        case[name] = str(draw(st.integers(0, 2**63 - 1) | st.integers(0, 40)))
    elif name in TEXT and isinstance(value, str):
        case[name] = spliced(draw, value, draw(st.sampled_from(ODD)))
    elif name in BYTES:
        data = bytes.fromhex(value)
        if case["do"] in JSON_DEEDS and draw(st.booleans()):
            # A value without a canonical spelling is no input: the bytes are changed instead.
            with suppress(Malformed):
                data = canonical.encode(bent(draw, canonical.decode(data)))
        if data == bytes.fromhex(value):
            data = spliced(draw, data, draw(odd_bytes))
        case[name] = data.hex()
    return case


@BOUNDED
@given(case=changed_cases())
def test_both_say_the_same_of_whatever_was_changed(case: Case, javascript: SecondVerifier) -> None:
    """One good input with one thing changed: both take it, or both refuse it for the same kind of reason."""
    assert in_python(case) == javascript.outcome(case)


def as_array(parts: list[str]) -> str:
    return f"[{','.join(parts)}]"


def as_object(pairs: list[tuple[str, str]]) -> str:
    return f"{{{','.join(f'{key}:{value}' for key, value in pairs)}}}"


def arrays_and_objects(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    arrays = st.lists(inner, max_size=4).map(as_array)
    return arrays | st.lists(st.tuples(NAMES, inner), max_size=4).map(as_object)


WORDS = st.sampled_from(
    ['"', "0", "-0", "7", "01", "1e3", "0.5", "true", "null", " ", '"\\u0041"', '"\\/"', '"\\ud800"']
)
NAMES = st.sampled_from(['"a"', '"b"', '"\\u0061"', '"__proto__"', '"\ufb33"', '"\U0001f600"', "a"])


@BOUNDED
@example(text='{"__proto__":{},"a":1}')
@example(text='{"10":1,"9":2}')
@given(text=st.recursive(WORDS, arrays_and_objects, max_leaves=10))
def test_both_read_the_same_json(text: str, javascript: SecondVerifier) -> None:
    """Text that is nearly JSON has one reading or none, in both."""
    case = {"do": "canonical", "data": text.encode().hex()}
    assert in_python(case) == javascript.outcome(case)


def test_a_verifier_that_is_too_lenient_is_noticed(javascript: SecondVerifier) -> None:
    """The comparison can fail: asked about another case, JavaScript gives another outcome than Python."""
    good = next(case for case in corpus() if case["do"] == "receipt")
    assert in_python(good) != javascript.outcome({**good, "data": good["data"][:-2]})
