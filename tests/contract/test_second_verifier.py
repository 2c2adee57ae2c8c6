"""Two verifiers, one outcome: every vector of the ledger in Python and in plain JavaScript, case by case."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from consent_ledger import canonical
from consent_ledger.fields import read_base64
from tests.support.second_verifier import DEEDS, Case, Outcome, SecondVerifier, in_python, second_verifier

FOLDER = Path(__file__).resolve().parent.parent / "vectors" / "ledger"
UNREADABLE: Outcome = {"error": "Malformed"}


def hexed(text: str) -> str:
    return text.encode("utf-8").hex()


def load(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


# Each gives cases, and of each the outcome that the vector names; None where it names none.
Cases = Iterator[tuple[Case, Outcome | None]]


def canonical_cases(content: Any) -> Cases:
    for row in content["values"]:
        yield {"do": "canonical", "data": hexed(row["canonical"])}, {"value": hexed(row["canonical"])}


def bad_canonical_cases(content: Any) -> Cases:
    for row in content["rows"]:
        yield {"do": "canonical", "data": row.get("hex") or hexed(row["text"])}, UNREADABLE


def merkle_cases(content: Any) -> Cases:
    for size, root in enumerate(content["roots"]):
        yield {"do": "root", "leaves": content["leaves"][:size]}, {"value": root}


def tile_cases(content: Any) -> Cases:
    for row in content["paths"]:
        place = {name: row[name] for name in ("level", "index", "width")}
        yield {"do": "tile_path", **place}, {"value": row["path"]}
    for tree in content["trees"]:
        yield {"do": "tile_paths", "size": tree["size"]}, None


def note_cases(content: Any) -> Cases:
    for row in content["notes"]:
        text = row["note"].rpartition("\n\n")[0] + "\n"
        yield {"do": "note", "data": hexed(row["note"]), "vkey": row["vkey"]}, {"value": text}
    for row in content["checkpoints"]:
        text = row["note"].rpartition("\n\n")[0] + "\n"
        yield {"do": "checkpoint", "text": text}, None


def bad_note_cases(content: Any) -> Cases:
    for row in content["notes"]:
        given = {"data": hexed(row["note"]), "vkey": content["vkey"]}
        yield {"do": "note", **given}, {"error": row["error"]}
    for row in content["vkeys"]:
        yield {"do": "vkey", "text": row["vkey"]}, UNREADABLE
    for row in content["checkpoints"]:
        yield {"do": "checkpoint", "text": row["text"]}, UNREADABLE


def leaf_cases(content: Any) -> Cases:
    for row in content["leaves"]:
        kind = json.loads(row["leaf"])["k"]
        yield {"do": "leaf", "data": hexed(row["leaf"])}, {"value": [kind, row["entry"]]}


def bad_leaf_cases(content: Any) -> Cases:
    for row in content["rows"]:
        yield {"do": "leaf", "data": hexed(row["leaf"])}, UNREADABLE


def record_cases(content: Any) -> Cases:
    for row in content["records"]:
        data = canonical.encode(row["record"]).hex()
        signature = read_base64(row["signature"], noun="vector").hex()
        yield {"do": "record", "data": data}, None
        commitment = json.loads(row["leaf"])["c"]
        given = {"data": data, "salt": row["salt"], "signature": signature}
        yield {"do": "opening", **given}, {"value": commitment}


def receipt_cases(content: Any) -> Cases:
    for row in content["receipts"]:
        uuid = row["record"]["dpv:hasIdentifier"].removeprefix("urn:uuid:")
        given = {"data": canonical.encode(row).hex(), "trusted": content["log_key"]}
        yield {"do": "receipt", **given}, {"value": uuid}


def bad_receipt_cases(content: Any) -> Cases:
    for row in content["receipts"]:
        given = {"data": canonical.encode(row["receipt"]).hex(), "trusted": content["log_key"]}
        yield {"do": "receipt", **given}, {"error": row["error"]}


def verifying_cases(content: Any) -> Cases:
    for row in content["cases"]:
        given = dict(row["given"])
        if row["do"] == "copy":
            files = {**content["copy"]["files"], **given.pop("changed")}
            there = {path: data for path, data in files.items() if data is not None}
            given = {**content["copy"], **given, "files": there}
        yield {"do": row["do"], **given}, row["outcome"]


def case_rows(content: Any) -> Cases:
    for row in content["cases"]:
        yield {"do": row["do"], **row["given"]}, row["outcome"]


# What Node is asked about an input that another parser must refuse; the rest of a case is beside the point.
LOG_KEY = "riverton.example/ledger/2026+b5ca4335+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"
BY_BYTES = {"consent record": "record", "entry bundle": "entries", "key list": "key_list", "leaf": "leaf"}
BY_TEXT = {
    "checkpoint": "checkpoint",
    "log keys": "log_keys",
    "verifier key": "vkey",
    "witness key": "witness_key",
}


def bad_input_cases(content: Any) -> Cases:
    for parser, rows in content["parsers"].items():
        for row in rows:
            data = row.get("hex") or hexed(row["text"])
            text = bytes.fromhex(data).decode("utf-8", errors="replace")
            outcome = {"error": row["error"]}
            if parser in BY_BYTES:
                yield {"do": BY_BYTES[parser], "data": data}, outcome
            elif parser in BY_TEXT:
                yield {"do": BY_TEXT[parser], "text": text}, outcome
            elif parser == "note":
                yield {"do": "note", "data": data, "vkey": LOG_KEY}, outcome
            elif parser == "receipt":
                yield {"do": "receipt", "data": data, "trusted": LOG_KEY}, outcome
            elif parser == "proof":
                yield {"do": "proof", "text": text, "leaf": "00" * 32, "trusted": LOG_KEY}, outcome


READERS: Mapping[str, Callable[[Any], Cases]] = {
    "bad_canonical.json": bad_canonical_cases,
    "bad_inputs.json": bad_input_cases,
    "bad_leaves.json": bad_leaf_cases,
    "bad_notes.json": bad_note_cases,
    "bad_receipts.json": bad_receipt_cases,
    "canonical.json": canonical_cases,
    "leaves.json": leaf_cases,
    "merkle.json": merkle_cases,
    "notes.json": note_cases,
    "published_proofs.json": case_rows,
    "receipts.json": receipt_cases,
    "records.json": record_cases,
    "tiles.json": tile_cases,
    "verifying.json": verifying_cases,
}


def test_no_vector_is_left_out() -> None:
    """Every file of vectors is read here, or is of a format that only servers read."""
    files = {file.name for file in FOLDER.glob("*.json")}
    assert files == set(READERS)


@pytest.fixture(scope="module")
def javascript() -> Iterator[SecondVerifier]:
    with second_verifier() as verifier:
        yield verifier


@pytest.mark.parametrize("name", READERS)
def test_both_verifiers_say_the_same_of_every_vector(name: str, javascript: SecondVerifier) -> None:
    """The outcome, value or kind of error, is the vector's own, in Python and in JavaScript."""
    cases = list(READERS[name](load(name)))
    assert cases
    for case, expected in cases:
        said = javascript.outcome(case)
        assert in_python(case) == said, case
        assert expected is None or expected == said, case


def test_every_deed_has_a_case_that_holds_and_one_that_does_not() -> None:
    """Nothing that the second verifier can be asked goes without a vector, good and bad."""
    seen: dict[str, set[str]] = {deed: set() for deed in DEEDS}
    for name, read in READERS.items():
        for case, _ in read(load(name)):
            seen[case["do"]] |= set(in_python(case))
    # A path is printed, and a root computed, whatever the numbers and leaves.
    always = {"root", "tile_path", "tile_paths"}
    assert {deed: kinds for deed, kinds in seen.items() if kinds != {"value", "error"}} == {
        deed: {"value"} for deed in always
    }
