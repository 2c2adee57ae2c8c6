"""JSON of others, bounded: how deep it nests, and one reading of every broken file."""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn

from consent_ledger.errors import Malformed
from lambdas.shared.importing.limits import DEEPEST_JSON, LONGEST_FILE_BYTES

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL)
_STEP: Final = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NOT_BRACKETS: Final = bytes(sorted(set(range(256)) - set(_STEP)))


def read_json(data: bytes, *, noun: str) -> Any:
    """The value of a JSON text in UTF-8, with or without a byte order mark.

    Raises `Malformed` for anything else, and for what is too long, nests too deep, or has a number that is
    none.
    """
    if len(data) > LONGEST_FILE_BYTES:
        raise Malformed(f"{noun}: too long")
    deep = 0
    for each in _STRING.sub(b"", data).translate(None, _NOT_BRACKETS):
        deep += _STEP[each]
        if deep > DEEPEST_JSON:
            raise Malformed(f"{noun}: nests too deep")
    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=_no_number)
    except Malformed:
        raise Malformed(f"{noun}: a number that is none") from None
    except (ValueError, RecursionError):
        raise Malformed(f"{noun}: not json") from None


def mapping(value: Any) -> dict[str, Any]:
    """The value where it is an object; else an empty one, which says nothing."""
    return value if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    """The value where it is a list; else none of anything."""
    return value if isinstance(value, list) else []


def pointer(*steps: str | int) -> str:
    """A place in a JSON text (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def _no_number(_: str) -> NoReturn:
    raise Malformed("json: a number that is none")
