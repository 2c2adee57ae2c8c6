"""Reading the texts of a flow: each has exactly one in every language of it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from consent_ledger.canonical import Json
from consent_ledger.fields import Fields

LONGEST_TEXT: Final = 4000
_WORDS: Final = r".*\S.*"


def words_in(fields: Fields, name: str, languages: tuple[str, ...], noun: str) -> Mapping[str, str]:
    """Read the text of a field; `noun` begins the error. Raises `Malformed` with the place."""
    return _read_words(fields.take(name), f"{noun}: {name}", languages, pattern=_WORDS)


def optional_words(
    fields: Fields, name: str, languages: tuple[str, ...], noun: str, *, pattern: str = _WORDS
) -> Mapping[str, str] | None:
    """Read the text of a field, or null. Raises `Malformed` with the place."""
    value = fields.take(name)
    return None if value is None else _read_words(value, f"{noun}: {name}", languages, pattern=pattern)


def _read_words(value: Json, noun: str, languages: tuple[str, ...], *, pattern: str) -> Mapping[str, str]:
    fields = Fields(value, noun)
    words = {lang: fields.text(lang, pattern=pattern, max_length=LONGEST_TEXT) for lang in languages}
    fields.done()
    return MappingProxyType(words)
