"""Texts of others as a catalogue has them: one line without markup, and tokens of it."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Final

LONGEST_TITLE: Final = 200
LONGEST_SUMMARY: Final = 500
LONGEST_TOKEN: Final = 60

_TAGS = re.compile(r"<!--.*?-->|</?[A-Za-z][^<>]*>", re.DOTALL)
_APART = re.compile(r"[\W_]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")


def line_of(value: object, most: int) -> str:
    """A text on one line, without control characters and half characters, cut at a word; "" for no text."""
    if not isinstance(value, str):
        return ""
    # Nobody reads further, and what follows looks at each character several times.
    head = value[: most * 8]
    kept = "".join(" " if _is_control(each) else each for each in head)
    plain = " ".join(kept.split())
    if len(plain) <= most:
        return plain
    start = plain[: most - 2]
    return f"{start.rpartition(' ')[0] or start} …"


def markup_line(value: object, most: int) -> str:
    """The same of a text that may hold HTML: tags are taken out, character references read."""
    if not isinstance(value, str):
        return ""
    return line_of(html.unescape(_TAGS.sub(" ", value[: most * 8])), most)


def token_of(value: object) -> str:
    """A name as topics have it: small letters and digits of any script, joined by hyphens."""
    text = unicodedata.normalize("NFKC", line_of(value, LONGEST_TOKEN * 4)).casefold()
    return _APART.sub("-", text).strip("-")[:LONGEST_TOKEN].strip("-")


def language_of(value: object) -> str:
    """The language of a tag such as en-GB (RFC 5646): en. Pages are matched by it; "" for no tag."""
    text = line_of(value, 40)
    if _LANGUAGE.fullmatch(text) is None:
        return ""
    return re.split("[-_]", text)[0].lower()


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp", "Co", "Cn")
