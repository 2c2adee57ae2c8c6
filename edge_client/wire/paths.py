"""Page paths without the personal things that people type into them.

An item's id is its scrubbed path.
The same function runs on the device before anything is stored and on the server before anything is counted,
so that both speak of the same page and neither keeps what a visitor typed.
"""

from __future__ import annotations

import re
from typing import NewType

ItemId = NewType("ItemId", str)

LONGEST_RAW = 8192
LONGEST_PATH = 2048
MARKS = (":date", ":email", ":id", ":long", ":postcode")

_MONTH = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre"
    "|noviembre|diciembre)"
)
_GAP = r"[-._+,:\s]"
_YEAR = r"(?:1[89]|20)\d\d"
_MONTH_NUMBER = r"(?:0?[1-9]|1[0-2])"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_OF = rf"(?:{_GAP}{{1,2}}(?:of|de|del){_GAP}{{1,2}}|{_GAP}{{0,3}})"

_PLAIN = re.compile(r"(?:/[a-z]{1,15}(?:-[a-z]{1,15}){0,20}){1,8}")
_ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+|%u[0-9A-Fa-f]{4}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_KEPT = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,=:@/")

_EMAIL = re.compile(r"[^@\s/]+@[^@\s/]+")
_DATE_OVER_SEGMENTS = re.compile(
    rf"(?<=/)(?:{_YEAR}/{_MONTH_NUMBER}/{_DAY}|{_DAY}/{_MONTH_NUMBER}/{_YEAR}|{_MONTH_NUMBER}/{_DAY}/{_YEAR})(?=/|$)"
)
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<!\d)\d{{4}}{_GAP}{{1,2}}\d{{1,2}}{_GAP}{{1,2}}\d{{1,2}}(?!\d)",
        rf"(?<!\d)\d{{1,2}}{_GAP}{{1,2}}\d{{1,2}}{_GAP}{{1,2}}(?:\d{{4}}|\d{{2}})(?!\d)",
        r"(?<!\d)(?:1[89]|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)",
        r"(?<!\d)(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:1[89]|20)\d\d(?!\d)",
        rf"(?<!\d)\d{{1,2}}(?:st|nd|rd|th)?{_OF}{_MONTH}{_OF}(?:\d{{4}}|\d{{2}})(?!\d)",
        rf"(?<![a-z]){_MONTH}{_GAP}{{0,3}}\d{{1,2}}(?:st|nd|rd|th)?{_GAP}{{0,3}}\d{{4}}(?!\d)",
        rf"^(?:{_MONTH}{_OF}\d{{4}}|{_YEAR}{_GAP}{_MONTH_NUMBER}|{_MONTH_NUMBER}{_GAP}{_YEAR})$",
    )
)
_UK_POSTCODE = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z]{1,2}\d[A-Za-z\d]?[-._+\s]{0,2}\d[A-Za-z]{2}(?![A-Za-z0-9])"
)
_UUID = re.compile(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}")
_DIGIT_GROUPS = re.compile(r"(?<!\d)\d{2,}(?:[-._+\s]{1,2}\d{2,}){2,}(?!\d)|(?<!\d)\d{3}[-.\s]\d{4}(?!\d)")
_TOKEN = re.compile(r"\w+")
_LONG_RUN = re.compile(r"\d{5}|[0-9A-Fa-f]{16}")
_BESIDE_ID = re.compile(r"(?:\d+[-._+\s]{1,2})*:id(?:[-._+\s]{1,2}(?:\d+|:id))*")
_US_ZIP = re.compile(r"(?<![A-Za-z0-9:])(?:\d{5}-\d{4}|\d{5})(?![A-Za-z0-9]|[-._+\s]\d)")


def scrub_path(raw: str) -> ItemId:
    """Name the page that `raw` leads to, without query, fragment or anything typed into the path.

    Dates, e-mail addresses, UK postcodes, US ZIP codes and long ids (five digits in a row, UUIDs, sixteen hex
    digits, long mixed-case tokens) become `:date`, `:email`, `:postcode` and `:id`, also when percent-encoded
    once or many times; a path that stays too long becomes `/:long`.
    Percent-encoding is normalised, letter case is kept, and an origin in front is dropped.
    Total and idempotent: raises nothing, and scrubbing a scrubbed path changes nothing.
    """
    if len(raw) > LONGEST_RAW:
        return ItemId("/:long")
    if _PLAIN.fullmatch(raw):
        # Short words and hyphens alone: nothing below would change them, and most paths are so.
        return ItemId(raw)
    path = _decode(_ORIGIN.sub("", _SURROGATE.sub("\ufffd", raw.strip()), count=1))
    path = re.split(r"[?#]", path, maxsplit=1)[0]
    scrubbed = _scrub(_resolve(path))
    encoded = "".join(chr(byte) if byte in _KEPT else f"%{byte:02X}" for byte in scrubbed.encode())
    return ItemId(encoded if len(encoded) <= LONGEST_PATH else "/:long")


def stands_for_many(item: ItemId) -> bool:
    """Whether the path stands for many pages, because something typed was taken out of it."""
    return any(mark in item for mark in MARKS)


def _decode(text: str) -> str:
    """Percent-decode until nothing is left to decode: a browser may have encoded what was encoded already."""
    while (decoded := _ESCAPES.sub(_unescape, text)) != text:
        text = decoded
    # Digits of any script read as digits, and the full-width at sign as an at sign.
    return "".join(str(int(c)) if c.isdecimal() else "@" if c == "\uff20" else c for c in text)


def _unescape(escapes: re.Match[str]) -> str:
    text = escapes.group()
    if text.startswith("%u"):
        return _SURROGATE.sub("\ufffd", chr(int(text[2:], 16)))
    return bytes.fromhex(text.replace("%", "")).decode("utf-8", "replace")


def _resolve(path: str) -> str:
    """Drop empty and dot segments and `;` parameters (RFC 3986, section 5.2.4); start with one slash."""
    kept: list[str] = []
    for segment in path.split("/"):
        name = segment.partition(";")[0]
        if name == "..":
            del kept[-1:]
        elif name not in ("", "."):
            kept.append(name)
    return "/" + "/".join(kept)


def _scrub(path: str) -> str:
    """Replace until nothing changes: every replacement takes digits or an at sign away, so this ends."""
    while True:
        joined = _DATE_OVER_SEGMENTS.sub(":date", path)
        scrubbed = "/".join(_scrub_segment(segment) for segment in joined.split("/"))
        if scrubbed == path:
            return path
        path = scrubbed


def _scrub_segment(text: str) -> str:
    text = _EMAIL.sub(":email", text)
    text = _UUID.sub(":id", text)
    for pattern in _DATES:
        text = pattern.sub(":date", text)
    text = _UK_POSTCODE.sub(":postcode", text)
    text = _US_ZIP.sub(":postcode", text)
    text = _DIGIT_GROUPS.sub(":id", text)
    text = _TOKEN.sub(_token, text)
    return _BESIDE_ID.sub(":id", text)


def _token(token: re.Match[str]) -> str:
    """`:id` for a token that reads like a number of someone's or something's; the token itself otherwise."""
    text = token.group()
    mixed = (
        any(c.isdigit() for c in text) and any(c.islower() for c in text) and any(c.isupper() for c in text)
    )
    if _LONG_RUN.search(text) or (len(text) >= 16 and mixed):
        return ":id"
    return text
