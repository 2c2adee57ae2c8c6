"""Whom to call about what: the list of the demo site's contact page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from consent_ledger.errors import Malformed
from demo.content import LANGUAGES

_FIELDS = {"name", "phone", "says", "topic"}


@dataclass(frozen=True, slots=True)
class Contact:
    """One team in one language: its topic in the catalogue, its number, its name and what it helps with."""

    topic: str
    phone: str
    name: str
    says: str


def load_contacts(path: Path) -> dict[str, tuple[Contact, ...]]:
    """Read the teams from YAML, by language; raises Malformed where one lacks a field or a language."""
    rows = yaml.safe_load(path.read_text("utf-8"))
    for row in rows:
        if set(row) != _FIELDS or any(set(row[field]) != set(LANGUAGES) for field in ("name", "says")):
            raise Malformed("contacts: a team has missing or unknown fields, or words in too few languages")
    return {
        lang: tuple(Contact(row["topic"], row["phone"], row["name"][lang], row["says"][lang]) for row in rows)
        for lang in LANGUAGES
    }
