"""The notice: the exact words shown when a citizen is asked, and the hash that stands for them in a consent
record."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.purposes import Purpose


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice in one language, in the order shown: `purposes` are asked about at once, those of `later`
    where they are used; `words` is the whole canonical JSON that was displayed."""

    version: int
    lang: str
    purposes: tuple[str, ...]
    words: bytes
    later: tuple[str, ...] = ()

    @classmethod
    def from_value(cls, value: canonical.Json) -> Notice:
        """Read one notice object. Raises `Malformed`."""
        match value:
            case {"version": int(version), "lang": str(lang), "purposes": list(purposes)} if (
                purposes and version is not True
            ):
                asked = tuple(_purpose(entry) for entry in purposes)
                later = tuple(_purpose(entry) for entry in _later(value))
            case _:
                raise Malformed("notice: version, lang or purposes are missing")
        if len({*asked, *later}) != len(asked) + len(later):
            raise Malformed("notice: a purpose is there twice")
        return cls(version, lang, asked, canonical.encode(value), later)

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical words, in hex: what a consent record and a ledger leaf name."""
        return hashlib.sha256(self.words).hexdigest()


@dataclass(frozen=True, slots=True)
class Notices:
    """Every notice of a bundle, one a language."""

    by_lang: dict[str, Notice]

    @classmethod
    def parse(cls, raw: bytes) -> Notices:
        """Read canonical JSON `{"v":1,"notices":[...]}`, all of one version. Raises `Malformed`."""
        match canonical.decode(raw):
            case {"v": 1, "notices": list(values), **rest} if not rest and values:
                notices = [Notice.from_value(value) for value in values]
            case _:
                raise Malformed("notices: not a list of notices")
        by_lang = {notice.lang: notice for notice in notices}
        if len(by_lang) != len(notices):
            raise Malformed("notices: a language is there twice")
        if len({notice.version for notice in notices}) > 1:
            # What was answered in one language would be asked again in another.
            raise Malformed("notices: their versions are not the same in all languages")
        return cls(by_lang)


def _later(value: canonical.Json) -> list[canonical.Json]:
    match value:
        case {"later": list(rows)}:
            return rows
        case {"later": _}:
            raise Malformed("notice: later is not a list")
        case _:
            return []


def _purpose(value: canonical.Json) -> str:
    match value:
        case {"purpose": str(purpose)} if purpose in {known.value for known in Purpose}:
            return purpose
        case _:
            raise Malformed("notice: a purpose is not one of the vocabulary")
