"""Every parser of the ledger under bytes that nobody meant: refused, or read as exactly what they are."""

from __future__ import annotations

import ast
import json
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

import consent_ledger
from consent_ledger import canonical
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.note import Note, sign_note
from consent_ledger.tlog_proof import TlogProof
from tests.support.examples import examples
from tests.support.ledger import log_signer
from tests.support.ledger_parsers import parsers
from tests.support.parser import Parser, bytes_of

MIB = 1024 * 1024
PARSERS = {each.name: each for each in parsers()}
# Two formats for whole registers and releases may be longer than a test should make them.
BOUNDED = [name for name, parser in PARSERS.items() if 0 < (parser.limit or 0) <= 16 * MIB]
PACKAGE = Path(consent_ledger.__file__).resolve().parent

# Reads named files that other parsers then read, and says None where one is not what it should be.
NOT_PARSERS = {
    "auditing.terms.read_keys",
    "auditing.terms.read_manifest",
    "auditing.terms.read_task",
    "auditing.terms.read_task_ids",
    "auditing.records.read_openings",
    "auditing.records.read_receipts",
    "auditing.study.read_study",
}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)

# What has broken parsers before: of text, of numbers, of JSON, of notes.
SPLINTERS = (
    b"\0", b"\r", b"\r\n", b"\n", b"\n\n", b" ", b"\t", b"\xef\xbb\xbf", b"\xff", b"\xed\xa0\x80",
    b"\xed\xb0\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf", b"e\xcc\x81", b"\xc3\xa9", b"\xe2\x80\xa8",
    b"\xe2\x80\x94", b"\xd9\xa3", b"-", b"-0", b"0", b"00", b"1e5", b"1.0", b"0x1", b"9" * 400, b"9" * 5000,
    b"9007199254740992", b"18446744073709551616", b"null", b"true", b"NaN", b"Infinity", b'"', b"\\", b"\\u",
    b'"\\ud800"', b"[" * 40, b"[" * 5000, b'{"a":' * 40, b"[]", b"{}", b",", b":", b"[0," * 300, b"=", b"==",
    b"+", b"/", b"_", b"A" * 44, b"\xe2\x80\x94 x AAAAAAAA\n" * 70, b"a" * 5000, b'"v":2', b'"":0',
    b"x" * 70000,
)  # fmt: skip


NASTY = (b"[", b"[]", b'"\\', b'"', b"\\u0000", b"9", b"0\n", b"\n\n", b"\xe2\x80\x94 ", b"=", b"\0\0")


@st.composite
def spoilt(draw: st.DrawFn, good: tuple[bytes, ...]) -> bytes:
    """A good input after one to four accidents."""
    data = draw(st.sampled_from(good))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 40) | st.just(len(data))))
        match draw(st.sampled_from(ACCIDENTS)):
            case "flip" if start < len(data):
                turned = bytes([data[start] ^ 1 << draw(st.integers(0, 7))])
                data = data[:start] + turned + data[start + 1 :]
            case "insert":
                data = data[:start] + draw(st.sampled_from(SPLINTERS) | st.binary(max_size=4)) + data[start:]
            case "replace":
                data = data[:start] + draw(st.sampled_from(SPLINTERS) | st.binary(max_size=4)) + data[end:]
            case "delete":
                data = data[:start] + data[end:]
            case "duplicate":
                data = data[:end] + data[start:end] + data[end:]
            case "splice":
                data = data[:start] + draw(st.sampled_from(good))[start:]
            case "line":
                lines = data.split(b"\n")
                one, other = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
                lines[one], lines[other] = lines[other], lines[one]
                data = b"\n".join(lines)
            case "field":
                data = draw(st.just(data) | spoilt_json(data))
            case _:
                pass
    return data


ACCIDENTS = ("flip", "insert", "replace", "delete", "duplicate", "splice", "line", "field")


@st.composite
def spoilt_json(draw: st.DrawFn, data: bytes) -> bytes:
    """The same JSON with one value changed, and still canonical: only its meaning can be refused."""
    try:
        value = canonical.decode(data)
    except Malformed:
        return data
    places = list(_places(value, ()))
    if not places:
        return data
    *way, last = draw(st.sampled_from(places))
    inner: Any = value
    for step in way:
        inner = inner[step]
    match draw(st.sampled_from(("value", "drop", "more"))):
        case "drop":
            del inner[last]
        case "more" if isinstance(inner, dict):
            inner[draw(st.text(max_size=8))] = draw(JSON)
        case _:
            inner[last] = draw(JSON | st.sampled_from([2**53 - 1, -1, 0, "", "a" * 5000, [[]], {"v": 1}]))
    try:
        return canonical.encode(value)
    except Malformed:
        return data


def _places(value: Any, way: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    steps = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for step in steps:
        yield (*way, step)
        yield from _places(value[step], (*way, step))


def printed_or_refusal(parser: Parser, data: bytes) -> bytes | str:
    """What the parser prints back of `data`, or the text with which it refuses, `Malformed` or `Untrue`."""
    try:
        value = parser.reads(parser.taken(data))
    except (Malformed, Untrue) as refusal:
        return str(refusal)
    return data if parser.prints is None else parser.prints(value)


def is_sound(outcome: bytes | str, data: bytes) -> bool:
    """Whether the bytes came back as they were, or the refusal is short and in lower case."""
    if isinstance(outcome, bytes):
        return outcome == data
    return len(outcome) < 200 and (outcome == outcome.lower() or "utf" in outcome.lower())


@pytest.mark.parametrize("name", PARSERS)
def test_good_input_prints_back_byte_for_byte(name: str) -> None:
    """Each parser reads its good inputs, and what it read prints back to them."""
    parser = PARSERS[name]
    assert [printed_or_refusal(parser, data) for data in parser.good] == list(parser.good)


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=examples(60))
@given(data=st.binary(max_size=300) | st.text(max_size=200).map(bytes_of) | JSON.map(canonical.encode))
def test_any_bytes_are_refused_or_read_as_they_are(name: str, data: bytes) -> None:
    """Bytes, text and JSON of no kind at all: refused in the parser's own words, or printed back."""
    assert is_sound(printed_or_refusal(PARSERS[name], data), data)


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=examples(120))
@given(data=st.data())
def test_spoilt_input_is_refused_or_read_as_it_is(name: str, data: st.DataObject) -> None:
    """Good input with accidents (bits, numbers, lines, fields, code points): never half understood."""
    parser = PARSERS[name]
    text = data.draw(spoilt(parser.good))
    assert is_sound(printed_or_refusal(parser, text), text)


@pytest.mark.parametrize("name", BOUNDED)
def test_oversize_input_is_refused_before_anything_is_made_of_it(name: str) -> None:
    """Input longer than the limit costs no memory and next to no time, whatever it is filled with."""
    parser = PARSERS[name]
    assert parser.limit is not None
    for filler in (b"[", b"x", b'"', b"\n", b"9"):
        given = parser.taken(filler * (parser.limit + MIB))
        tracemalloc.start()
        with pytest.raises((Malformed, Untrue)):
            parser.reads(given)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 64 * 1024


@pytest.mark.parametrize("name", PARSERS)
def test_the_worst_input_within_the_limit_is_read_in_linear_time(name: str) -> None:
    """The longest input of the nastiest kinds takes seconds at most: a quadratic reader would take hours."""
    parser = PARSERS[name]
    length = min(parser.limit or MIB, MIB)
    for piece in NASTY:
        data = (piece * (length // len(piece) + 1))[:length]
        started = time.process_time()
        outcome = printed_or_refusal(parser, data)
        assert time.process_time() - started < 10
        assert is_sound(outcome, data)


def test_no_parser_goes_without_fuzz() -> None:
    """Whatever in the package reads bytes or text under a reading name is in the list."""
    covered = {each for parser in parsers() for each in parser.covers}
    found = set(_readers())
    assert covered <= found
    assert found - covered == NOT_PARSERS


def _readers() -> Iterator[str]:
    names = ("from_bytes", "from_json", "from_text", "parse", "parse_", "read_", "decode", "unpack")
    for file in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(file.relative_to(PACKAGE).with_suffix("").parts)
        if module.startswith("storage."):
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for scope, node in _functions(tree, ""):
            if node.name.startswith(names):
                yield ".".join(part for part in (module, scope, node.name) if part)


def _functions(tree: ast.AST, scope: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from _functions(node, node.name)
        elif isinstance(node, ast.FunctionDef):
            yield scope, node


@given(JSON)
def test_canonical_json_agrees_with_an_independent_encoder(value: Any) -> None:
    """Our bytes are those of another implementation of RFC 8785, and read back to the same value."""
    data = canonical.encode(value)
    assert data == rfc8785.dumps(value)
    assert canonical.decode(data) == value


@given(JSON, st.booleans())
def test_another_spelling_of_a_value_is_refused(value: Any, ascii_only: bool) -> None:
    """Any other JSON spelling of a value is refused: the accepted bytes are exactly the printed ones."""
    data = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", errors="surrogatepass")
    try:
        decoded = canonical.decode(data)
    except Malformed:
        assert data != canonical.encode(value)
    else:
        assert canonical.encode(decoded) == data


@given(st.text(alphabet=st.characters(min_codepoint=32, exclude_categories=["Cs"])), st.integers(0, 3))
def test_notes_and_proofs_print_back_byte_for_byte(line: str, hashes: int) -> None:
    """Any text can be signed; note and proof around it read back to the same bytes."""
    note = sign_note(f"{line}\n\n{line}\n", log_signer())
    assert Note.from_bytes(note.to_bytes()) == note
    proof = TlogProof(hashes, (bytes(32),) * hashes, note, b"extra" if hashes else None)
    assert TlogProof.parse(str(proof)) == proof
