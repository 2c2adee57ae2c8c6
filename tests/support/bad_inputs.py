"""Writes what each parser of the ledger must refuse, with the reason and the kind of error.

Run as `python -m tests.support.bad_inputs`: the file changes only when a format does. Each row is a good
input of `tests.support.ledger_parsers` with one thing changed. Formats that have a file of their own
(`bad_canonical.json`, `bad_leaves.json`, `bad_notes.json`, `bad_receipts.json`) have fewer rows here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from consent_ledger import canonical
from tests.support.ledger_parsers import parsers

FILE = Path(__file__).resolve().parent.parent / "vectors" / "ledger" / "bad_inputs.json"
SOURCE = (
    "made by `python -m tests.support.bad_inputs`: for each parser, inputs that it must refuse as `error` "
    "says; as UTF-8 text, or as hex where it is no text or holds control characters"
)

Change = Callable[[bytes], bytes]
Row = tuple[str, str, Change]

MALFORMED, UNTRUE = "Malformed", "Untrue"


def swap(old: str, new: str) -> Change:
    """Put one piece of text in the place of another."""

    def change(data: bytes) -> bytes:
        assert old.encode() in data, old
        return data.replace(old.encode(), new.encode(), 1)

    return change


def to(data: bytes) -> Change:
    """Something else altogether."""
    return lambda _: data


def cut(count: int) -> Change:
    """Leave bytes out at the end."""
    return lambda data: data[:-count]


def more(tail: bytes) -> Change:
    """Put bytes behind the end."""
    return lambda data: data + tail


def fields(change: Callable[[Any], object], *, pad_to: int = 0) -> Change:
    """Change the decoded JSON and spell it canonically again; `pad_to` keeps a filled-up format's length."""

    def changed(data: bytes) -> bytes:
        value = json.loads(data)
        change(value)
        if pad_to:
            value["pad"] = ""
            value["pad"] = "x" * (pad_to - len(canonical.encode(value)))
        return canonical.encode(value)

    return changed


def put(**values: Any) -> Callable[[Any], object]:
    """Set fields of an object."""
    return lambda value: value.update(values)


def drop(name: str) -> Callable[[Any], object]:
    """Leave a field out."""
    return lambda value: value.pop(name)


def first_entry_twice(value: Any) -> None:
    """Put the first entry in front once more."""
    value["entries"].insert(0, value["entries"][0])


def common_json(known: str) -> Iterator[Row]:
    """What every format in canonical JSON refuses; `known` is one of its fields."""
    yield "nothing", MALFORMED, to(b"")
    yield "an array", MALFORMED, to(b"[]")
    yield "a byte order mark", MALFORMED, lambda data: b"\xef\xbb\xbf" + data
    yield "a newline behind", MALFORMED, more(b"\n")
    yield "a field is missing", MALFORMED, fields(drop(known))
    yield "a field too many", MALFORMED, fields(put(zzz=1))
    yield "a field of another type", MALFORMED, fields(put(**{known: {"a": []}}))
    yield "a version of tomorrow", MALFORMED, fields(put(v=2))
    yield "a space after a colon", MALFORMED, swap('":', '": ')


def rows_of() -> Mapping[str, tuple[Row, ...]]:
    """The rows of each parser, by its name."""
    return {
        "canonical json": (
            ("an array", MALFORMED, to(b"[1]")),
            ("a fraction", MALFORMED, swap("-1", "-1.5")),
            ("beyond 2^53 - 1", MALFORMED, swap("9007199254740991", "9007199254740992")),
            ("keys the other way round", MALFORMED, to(b'{"b":1,"a":2}')),
        ),
        "hex": (
            ("capitals", MALFORMED, swap("ff", "FF")),
            ("too short", MALFORMED, cut(2)),
            ("half a byte more", MALFORMED, more(b"0")),
            ("no hex", MALFORMED, swap("00", "0x")),
            ("digits of another script", MALFORMED, to("٠٠ff10ab".encode())),
        ),
        "base64": (
            ("no padding", MALFORMED, to(b"AA")),
            ("unused bits set", MALFORMED, to(b"AB==")),
            ("the url alphabet", MALFORMED, to(b"-_-_")),
            ("a newline within", MALFORMED, to(b"AA\nEC")),
            ("a newline behind", MALFORMED, to(b"AAEC\n")),
            ("padding in the middle", MALFORMED, to(b"AA==AAEC")),
            ("padding alone", MALFORMED, to(b"====")),
            ("letters beyond ascii", MALFORMED, to("ÄAEC".encode())),
        ),
        "decimal": (
            ("nothing", MALFORMED, to(b"")),
            ("a leading zero", MALFORMED, to(b"07")),
            ("a sign", MALFORMED, to(b"+7")),
            ("below zero", MALFORMED, to(b"-1")),
            ("2^63", MALFORMED, to(b"9223372036854775808")),
            ("twenty digits", MALFORMED, to(b"10000000000000000000")),
            ("digits of another script", MALFORMED, to("٧".encode())),
            ("a newline behind", MALFORMED, to(b"7\n")),
            ("a fraction", MALFORMED, to(b"7.0")),
            ("digits apart", MALFORMED, to(b"1_000")),
        ),
        "leaf": (
            ("a field too many", MALFORMED, fields(put(t=1))),
            ("longer than 1,024 bytes", MALFORMED, fields(put(zzz="x" * 1024))),
            ("a kind in capitals", MALFORMED, swap('"consent"', '"Consent"')),
        ),
        "verifier key": (
            ("longer than 1,024 characters", MALFORMED, lambda data: b"x" * 1024 + data),
            ("a key id of another name", MALFORMED, swap("riverton", "riverdale")),
            ("a key of 31 bytes", MALFORMED, to(b"a+ac43f2ad+" + b"AQ" + b"A" * 40 + b"==")),
            ("a lone surrogate in the name", MALFORMED, lambda data: b"\xff" + data),
            ("a newline behind", MALFORMED, more(b"\n")),
        ),
        "witness key": (
            ("a key id of another name", MALFORMED, swap("witness0", "witness1")),
            ("a verifier key of a log", MALFORMED, swap("+BCv", "+ACv")),
            ("no key", MALFORMED, to(b"witness0.example+ba841110")),
        ),
        "log keys": (
            ("nothing", MALFORMED, to(b"")),
            ("two spaces", MALFORMED, more(b"  1")),
            ("a quorum without witnesses", MALFORMED, more(b" 1")),
            ("a quorum of none, spelt out", MALFORMED, more(b" 0")),
            ("a space behind", MALFORMED, more(b" ")),
        ),
        "key list": (
            *common_json("log"),
            ("a quorum of more witnesses than there are", MALFORMED, fields(put(quorum=3))),
            ("no key of the log", MALFORMED, fields(put(log=[]))),
            ("another origin than the log key's name", MALFORMED, fields(put(origin="elsewhere"))),
            ("witnesses out of order", MALFORMED, fields(lambda value: value["witnesses"].reverse())),
            ("a key twice", MALFORMED, fields(lambda value: value.update(log=value["log"] * 2))),
            ("a key that is a number", MALFORMED, fields(put(bundles=[1]))),
        ),
        "note": (
            ("nothing", MALFORMED, to(b"")),
            ("no signature", MALFORMED, to(b"text\n\n")),
            ("a control character", MALFORMED, swap("two", "two\x00")),
            ("line ends of another system", MALFORMED, swap("one\n", "one\r\n")),
        ),
        "checkpoint": (
            ("no size", MALFORMED, swap("300\n", "")),
            ("an empty line", MALFORMED, more(b"\n")),
            ("the url alphabet", MALFORMED, swap("+", "-")),
            ("line ends of another system", MALFORMED, lambda data: data.replace(b"\n", b"\r\n")),
        ),
        "proof": (
            ("nothing", MALFORMED, to(b"")),
            ("another header", MALFORMED, swap("@v1", "@v1 ")),
            ("no index", MALFORMED, swap("index 0\n", "")),
            ("an index below zero", MALFORMED, swap("index 0", "index -0")),
            ("an index of 2^63", MALFORMED, swap("index 0", "index 9223372036854775808")),
            ("a hash of 31 bytes", MALFORMED, swap("index 0\n", "index 0\n" + "A" * 40 + "AA==\n")),
            ("64 hashes", MALFORMED, swap("index 0\n", "index 0\n" + ("A" * 43 + "=\n") * 64)),
            ("extra behind the index", MALFORMED, swap("index 0\n", "index 0\nextra AA==\n")),
            ("extra twice", MALFORMED, swap("index", "extra AA==\nextra AA==\nindex")),
            ("extra that is no base64", MALFORMED, swap("index", "extra A\nindex")),
            ("a line after the checkpoint", MALFORMED, more(b"\n")),
        ),
        "entry bundle": (
            ("ends within a length", MALFORMED, to(b"\x00")),
            ("ends within an entry", MALFORMED, to(b"\x00\x02a")),
            ("a byte behind", MALFORMED, to(b"\x00\x01a\x00")),
        ),
        "entries of a tile": (
            ("an entry too few", UNTRUE, lambda data: data[: 2 * len(data) // 3]),
            ("an entry too many", UNTRUE, more(b"\x00\x00")),
            ("ends within an entry", MALFORMED, cut(1)),
            ("nothing", UNTRUE, to(b"")),
        ),
        "hash tile of 5": (
            ("a hash too few", UNTRUE, cut(32)),
            ("a hash too many", UNTRUE, more(bytes(32))),
            ("a byte too few", UNTRUE, cut(1)),
            ("a full tile under a partial one's name", UNTRUE, lambda data: data.ljust(256 * 32, b"\0")),
            ("nothing", UNTRUE, to(b"")),
        ),
        "hash tile of 256": (
            ("a partial tile under a full one's name", UNTRUE, cut(32)),
            ("a tile and another behind it", UNTRUE, lambda data: data + data),
        ),
        "consent record": (
            ("nothing", MALFORMED, to(b"")),
            ("a field too many", MALFORMED, fields(put(**{"dpv:hasName": "x"}))),
            ("a field is missing", MALFORMED, fields(drop("dct:conformsTo"))),
            ("a schema of another profile", MALFORMED, swap('"dpv-27560:record', '"dpv-27560:receipt')),
            ("a purpose outside the vocabulary", MALFORMED, swap("nearside:suggest", "nearside:sell")),
            ("a withdrawal of nothing", UNTRUE, swap("dpv:ConsentGiven", "dpv:ConsentWithdrawn")),
            ("a time with a zone", MALFORMED, lambda data: data.replace(b'0Z"', b'0+00:00"')),
            ("a time that no calendar has", MALFORMED, lambda data: data.replace(b"2026-11-", b"2026-13-")),
            ("a key of 31 bytes", MALFORMED, lambda data: data.replace(b"urn:ed25519:81", b"urn:ed25519:")),
            ("a uuid in capitals", MALFORMED, swap("6f1c2a34", "6F1C2A34")),
            ("a language of three letters", MALFORMED, lambda data: data.replace(b'"en"', b'"eng"')),
            ("a notice of version 0", MALFORMED, swap('"dct:hasVersion":1', '"dct:hasVersion":0')),
            ("longer than a record can be", MALFORMED, fields(put(zzz="x" * 4096))),
        ),
        "receipt": (
            *common_json("proof"),
            ("a leaf of another kind", MALFORMED, fields(put(leaf={"h": "00" * 32, "k": "notice", "v": 1}))),
            ("a salt of 31 bytes", MALFORMED, fields(put(salt="00" * 31))),
            ("a signature of 63 bytes", MALFORMED, fields(put(signature="A" * 84))),
        ),
        "sidecar": (
            ("nothing", MALFORMED, to(b"")),
            ("a byte short", MALFORMED, cut(1)),
            ("a byte more", MALFORMED, more(b" ")),
            ("newlines for spaces", MALFORMED, lambda data: data.rstrip(b" ").ljust(len(data), b"\n")),
            ("spaces in front", MALFORMED, lambda data: data.rstrip(b" ").rjust(len(data))),
            ("spaces alone", MALFORMED, lambda data: b" " * len(data)),
        ),
        "sealed sidecar": (
            ("another format", MALFORMED, swap("NSC1", "NSC2")),
            ("a byte short", MALFORMED, cut(1)),
            ("a byte more", MALFORMED, more(b"\0")),
        ),
        "opening": (
            *common_json("salt"),
            ("spaces behind", MALFORMED, more(b" ")),
            ("a salt of 33 bytes", MALFORMED, fields(put(salt="00" * 33))),
        ),
        "erasure request": (
            ("nothing", MALFORMED, to(b"")),
            ("a byte short", MALFORMED, swap("xx", "x")),
            ("filled up with something else", MALFORMED, swap("xx", "xy")),
            ("no entry", MALFORMED, fields(put(entries=[]), pad_to=9216)),
            ("entries out of order", MALFORMED, fields(lambda it: it["entries"].reverse(), pad_to=9216)),
            ("an entry twice", MALFORMED, fields(first_entry_twice, pad_to=9216)),
            ("65 entries", MALFORMED, fields(put(entries=[f"{n:064x}" for n in range(65)]), pad_to=9216)),
            ("an entry that is a number", MALFORMED, fields(put(entries=[7]), pad_to=9216)),
            ("somebody else's word", MALFORMED, fields(put(by="agency"), pad_to=9216)),
            ("a salt too few", MALFORMED, fields(put(by="receipts", salts=["00" * 32]), pad_to=9216)),
            ("a key of 31 bytes", MALFORMED, fields(put(subject="00" * 31), pad_to=9216)),
            ("an unknown field", MALFORMED, fields(put(zzz=1), pad_to=9216)),
        ),
        "erasure": (
            *common_json("count"),
            ("of nothing", MALFORMED, fields(put(count=0))),
            ("completed before it was requested", UNTRUE, fields(put(completed_at=1))),
            ("true for one", MALFORMED, fields(put(count=True))),
        ),
        "access register": (
            *common_json("entries"),
            ("nobody", MALFORMED, fields(put(by=""))),
            ("no reason", MALFORMED, fields(put(reason=""))),
            ("a reason of a thousand and one letters", MALFORMED, fields(put(reason="x" * 1001))),
            ("no entry", MALFORMED, fields(put(entries=[]))),
            ("entries out of order", MALFORMED, fields(lambda it: it["entries"].reverse())),
            ("a salt of 15 bytes", MALFORMED, fields(put(salt="00" * 15))),
        ),
        "witness request": (
            ("nothing", MALFORMED, to(b"")),
            ("no old size", MALFORMED, swap("old 7\n", "")),
            ("an old size with a leading zero", MALFORMED, swap("old 7", "old 07")),
            ("a tab for the space", MALFORMED, swap("old 7", "old\t7")),
            ("no checkpoint", MALFORMED, lambda data: data.partition(b"\n\n")[0] + b"\n\n"),
            ("an empty line too many", MALFORMED, swap("old 7\n", "old 7\n\n")),
            ("a hash of 31 bytes", MALFORMED, swap("old 7\n", "old 7\n" + "A" * 40 + "AA==\n")),
            ("64 hashes", MALFORMED, swap("old 7\n", "old 7\n" + ("A" * 43 + "=\n") * 64)),
            ("a note that is no checkpoint", MALFORMED, swap("\n13\n", "\n013\n")),
            ("letters beyond ascii before the checkpoint", MALFORMED, swap("old 7", "old ٧")),
        ),
        "consent request": (
            ("nothing", MALFORMED, to(b"")),
            ("a byte short", MALFORMED, swap("xx", "x")),
            ("filled up with something else", MALFORMED, swap("xx", "xX")),
            ("an unknown field", MALFORMED, fields(put(zzz=1), pad_to=4096)),
            ("a salt of 31 bytes", MALFORMED, fields(put(salt="00" * 31), pad_to=4096)),
            ("no record", MALFORMED, fields(drop("record"), pad_to=4096)),
        ),
        "consent answer": (*common_json("entry"),),
        "task as audited": (
            ("nothing", MALFORMED, to(b"")),
            ("no sentence", MALFORMED, fields(drop("sentence"))),
            ("no site", MALFORMED, fields(drop("site"))),
            ("a threshold in words", MALFORMED, fields(put(k="ten"))),
            ("a bound in words", MALFORMED, fields(put(pairs_per_week="four"))),
        ),
        "release as audited": (
            ("nothing", MALFORMED, to(b"")),
            ("no cells", MALFORMED, fields(drop("cells"))),
            ("no period", MALFORMED, fields(drop("period"))),
            ("a bound without pairs", MALFORMED, fields(put(bound={"unit": "device-week"}))),
            ("a cell under the threshold", UNTRUE, fields(put(cells=[[0, 1, 9]]))),
            ("a cell that is a number", MALFORMED, fields(put(cells=[12]))),
        ),
        "proposal as audited": (
            ("nothing", MALFORMED, to(b"")),
            ("no verdict", MALFORMED, fields(drop("verdict"))),
            ("no model", MALFORMED, fields(drop("model"))),
            ("an approver that is no key", MALFORMED, fields(put(approvers=["somebody"]))),
            ("asked by a number", MALFORMED, fields(put(asked_by=7))),
        ),
        "statement as audited": (
            ("nothing", MALFORMED, to(b"")),
            ("no step", MALFORMED, swap('"step"', '"steP"')),
            ("a share in words", MALFORMED, swap('"share_milli":null', '"share_milli":"ten"')),
            ("no signature", MALFORMED, lambda good: good.split(b"\n\n")[0] + b"\n"),
        ),
        "manifest as audited": (
            ("nothing", MALFORMED, to(b"")),
            ("no first line", MALFORMED, swap("nearside bundle riverton\n", "")),
            ("no files", MALFORMED, swap('"files"', '"fileS"')),
            ("keys that are no hash", MALFORMED, swap("ab" * 32, "ab" * 31)),
        ),
    }  # fmt: skip


def bad_inputs() -> dict[str, list[dict[str, str]]]:
    """The rows as they are written."""
    made = rows_of()
    shown: dict[str, list[dict[str, str]]] = {}
    for parser in parsers():
        good = next(each for each in parser.good if each) if parser.name != "entry bundle" else parser.good[1]
        shown[parser.name] = [
            {"why": why, "error": error, **_spelt(change(good))} for why, error, change in made[parser.name]
        ]
    return shown


def _spelt(data: bytes) -> dict[str, str]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return {"hex": data.hex()}
    return {"text": text} if text.replace("\n", "").isprintable() else {"hex": data.hex()}


def main() -> None:
    """Write the file."""
    content = {"source": SOURCE, "parsers": bad_inputs()}
    text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True)
    FILE.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
