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
    """One notice in one language: `purposes` in the order shown, `words` the whole canonical JSON that was
    displayed."""

    version: int
    lang: str
    purposes: tuple[str, ...]
    words: bytes

    @classmethod
    def from_value(cls, value: canonical.Json) -> Notice:
        """Read one notice object. Raises `Malformed`."""
        match value:
            case {"version": int(version), "lang": str(lang), "purposes": list(purposes)} if (
                purposes and version is not True
            ):
                return cls(
                    version, lang, tuple(_purpose(entry) for entry in purposes), canonical.encode(value)
                )
            case _:
                raise Malformed("notice: version, lang or purposes are missing")

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
        """Read canonical JSON `{"v":1,"notices":[...]}`. Raises `Malformed`."""
        match canonical.decode(raw):
            case {"v": 1, "notices": list(values), **rest} if not rest and values:
                notices = [Notice.from_value(value) for value in values]
            case _:
                raise Malformed("notices: not a list of notices")
        by_lang = {notice.lang: notice for notice in notices}
        if len(by_lang) != len(notices):
            raise Malformed("notices: a language is there twice")
        return cls(by_lang)


def _purpose(value: canonical.Json) -> str:
    match value:
        case {"purpose": str(purpose)} if purpose in {known.value for known in Purpose}:
            return purpose
        case _:
            raise Malformed("notice: a purpose is not one of the vocabulary")
