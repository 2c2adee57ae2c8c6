"""Reading the fields of one JSON object strictly: every key named once, none left over."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping

from consent_ledger.canonical import MAX_INTEGER, Json
from consent_ledger.errors import Malformed

_HEX = re.compile(r"[0-9a-f]*")


def read_hex(text: str, length: int, *, noun: str) -> bytes:
    """The bytes that `text` spells in lower-case hex; raises `Malformed` unless exactly `length` bytes."""
    if len(text) != 2 * length or _HEX.fullmatch(text) is None:
        raise Malformed(f"{noun}: not {length} bytes in lower-case hex")
    return bytes.fromhex(text)


def read_base64(text: str, *, noun: str) -> bytes:
    """The bytes that `text` spells in canonical base64 (RFC 4648, section 4); raises `Malformed`."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise Malformed(f"{noun}: not base64") from None
    # The last character of a base64 group can carry unused bits: one value must have one spelling.
    if print_base64(data) != text:
        raise Malformed(f"{noun}: not canonical base64")
    return data


def print_base64(data: bytes) -> str:
    """`data` in base64 with padding (RFC 4648, section 4)."""
    return base64.b64encode(data).decode("ascii")


class Fields:
    """The fields of one object, taken one by one; `done` refuses what nobody asked for.

    `noun` begins every error text.
    """

    __slots__ = ("_left", "_noun")

    def __init__(self, value: Json, noun: str) -> None:
        if not isinstance(value, Mapping):
            raise Malformed(f"{noun}: not an object")
        self._left = dict(value)
        self._noun = noun

    def take(self, name: str) -> Json:
        """Any value; raises `Malformed` when the field is missing."""
        if name not in self._left:
            raise Malformed(f"{self._noun}: {name} is missing")
        return self._left.pop(name)

    def text(self, name: str, *, pattern: str = r".*", max_length: int = 4096) -> str:
        """A string that matches `pattern` wholly."""
        value = self.take(name)
        if not isinstance(value, str):
            raise Malformed(f"{self._noun}: {name} is not a string")
        if len(value) > max_length or re.fullmatch(pattern, value, re.DOTALL) is None:
            raise Malformed(f"{self._noun}: {name} is not of the expected form")
        return value

    def whole(self, name: str, *, low: int = 0, high: int = MAX_INTEGER) -> int:
        """An integer from `low` to `high` inclusive."""
        value = self.take(name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise Malformed(f"{self._noun}: {name} is not an integer")
        if not low <= value <= high:
            raise Malformed(f"{self._noun}: {name} is out of range")
        return value

    def optional_whole(self, name: str, *, low: int = 0, high: int = MAX_INTEGER) -> int | None:
        """An integer from `low` to `high`, or null."""
        if self._left.get(name, 0) is None:
            del self._left[name]
            return None
        return self.whole(name, low=low, high=high)

    def flag(self, name: str) -> bool:
        """A boolean."""
        value = self.take(name)
        if not isinstance(value, bool):
            raise Malformed(f"{self._noun}: {name} is not a boolean")
        return value

    def hex(self, name: str, length: int) -> bytes:
        """Exactly `length` bytes spelt in lower-case hex."""
        return read_hex(self.text(name), length, noun=f"{self._noun}: {name}")

    def base64(self, name: str, length: int) -> bytes:
        """Exactly `length` bytes spelt in canonical base64."""
        data = read_base64(self.text(name), noun=f"{self._noun}: {name}")
        if len(data) != length:
            raise Malformed(f"{self._noun}: {name} is not {length} bytes long")
        return data

    def rows(self, name: str, *, max_length: int) -> list[Json]:
        """An array of at most `max_length` values."""
        value = self.take(name)
        if not isinstance(value, list):
            raise Malformed(f"{self._noun}: {name} is not an array")
        if len(value) > max_length:
            raise Malformed(f"{self._noun}: {name} is too long")
        return value

    def done(self) -> None:
        """Refuse fields that nobody took: an unknown field could hide what another reader would see."""
        if self._left:
            raise Malformed(f"{self._noun}: unknown field")
