"""Canonical JSON: one value, one spelling (RFC 8785, restricted).

Restricted to objects, arrays, strings, integers within plus or minus 2^53 - 1, booleans and null.
Fractions are left out on purpose: two runtimes that print a fraction differently would sign different bytes.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn, TypeAlias

from consent_ledger.errors import Malformed

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 32
MAX_BYTES = 16 * 1024 * 1024

# A string that never ends matches too: the search stays linear whatever the input.
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL)
_NOT_BRACKETS = bytes(sorted(set(range(256)) - set(b"[]{}")))
_SQUARE = bytes.maketrans(b"{}", b"[]")
# Split at its quotes, a long text would take several times its size in memory.
_SHORT_BYTES = 64 * 1024


def encode(value: object) -> bytes:
    """The one canonical spelling of `value`, in UTF-8 (RFC 8785, section 3.2).

    Tuples are written as arrays.
    Raises `Malformed` for anything outside the restricted data model.
    """
    plain = _is_plain(value)
    text = json.dumps(
        value if plain else _ordered(value, depth=0),
        ensure_ascii=False,
        separators=(",", ":"),
        allow_nan=False,
        sort_keys=plain,
    )
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise Malformed("canonical json: lone surrogate") from None


def decode(data: bytes, *, max_bytes: int = MAX_BYTES) -> Json:
    """Read canonical JSON, refusing every other spelling of the same value.

    Raises `Malformed` when `data` is not JSON, leaves the restricted data model, repeats a key, nests deeper
    than `MAX_DEPTH`, is longer than `max_bytes`, or is not spelt canonically.
    """
    if len(data) > max_bytes:
        raise Malformed("canonical json: too long")
    _check_nesting(data)
    try:
        value: Json = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_unique_keys,
            parse_float=_no_fraction,
            parse_constant=_no_fraction,
        )
    except Malformed:
        raise
    except ValueError:
        raise Malformed("canonical json: not json") from None
    if encode(value) != data:
        raise Malformed("canonical json: not the canonical spelling")
    return value


def decode_object(data: bytes, *, max_bytes: int = MAX_BYTES) -> dict[str, Json]:
    """Read canonical JSON whose outermost value is an object; raises `Malformed` otherwise."""
    value = decode(data, max_bytes=max_bytes)
    if not isinstance(value, dict):
        raise Malformed("canonical json: not an object")
    return value


def _is_plain(value: object) -> bool:
    """Whether the library orders it as it is to be ordered: keys in ASCII, and nothing to refuse.

    What it says False of may still be fit to print; that and what is wrong with it `_ordered` finds out.
    """
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for each in level:
            kind = type(each)
            if kind is dict:
                try:
                    if not "".join(each).isascii():
                        return False
                except TypeError:
                    return False
                below += each.values()
            elif kind is list or kind is tuple:
                below += each
            elif kind is int:
                if not -MAX_INTEGER <= each <= MAX_INTEGER:
                    return False
            elif kind is not str and kind is not bool and each is not None:
                return False
        if not below:
            return True
        level = below
    return False


def _ordered(value: object, *, depth: int) -> object:
    match value:
        case None | bool() | str():
            return value
        case int():
            if abs(value) > MAX_INTEGER:
                raise Malformed("canonical json: integer out of range")
            return int(value)
        case list() | tuple():
            _check_depth(depth)
            return [_ordered(item, depth=depth + 1) for item in value]
        case dict():
            _check_depth(depth)
            return {key: _ordered(value[key], depth=depth + 1) for key in sorted(value, key=_utf16)}
        case _:
            raise Malformed("canonical json: neither object, array, string, integer, boolean nor null")


def _check_depth(depth: int) -> None:
    if depth >= MAX_DEPTH:
        raise Malformed("canonical json: nested too deeply")


def _utf16(key: object) -> bytes:
    # RFC 8785, section 3.2.3 orders keys by UTF-16 code units, as JavaScript does, and not by code points.
    if not isinstance(key, str):
        raise Malformed("canonical json: a key is not a string")
    try:
        return key.encode("utf-16-be")
    except UnicodeEncodeError:
        raise Malformed("canonical json: lone surrogate") from None


def _check_nesting(data: bytes) -> None:
    # Before parsing: a parser that recurses must never see more levels than it has stack for.
    brackets = _without_strings(data).translate(None, _NOT_BRACKETS)
    # Most are done when the innermost pairs are taken away, as often as there may be levels.
    left = brackets.translate(_SQUARE)
    for _ in range(MAX_DEPTH):
        if not left:
            return
        shorter = left.replace(b"[]", b"")
        if len(shorter) == len(left):
            break
        left = shorter
    level = 0
    for byte in brackets:
        level += 1 if byte in b"[{" else -1
        _check_depth(level - 1)


def _without_strings(data: bytes) -> bytes:
    if len(data) <= _SHORT_BYTES and b"\\" not in data:
        return b"".join(data.split(b'"')[::2])
    return _STRING.sub(b"", data)


def _unique_keys(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise Malformed("canonical json: repeated key")
    return result


def _no_fraction(_: str) -> NoReturn:
    raise Malformed("canonical json: not an integer")
