"""Cells that programs open as formulas: read as none, and written so that no program takes them for one.

A text that begins as a formula is written after an apostrophe (OWASP, CSV injection), and read back without
it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from lambdas.shared.importing.imported import DraftItem, Problem

COLUMNS: Final = (
    "path",
    "title",
    "summary",
    "topic",
    "kind",
    "lang",
    "life_events",
    "essential",
    "translations",
    "audiences",
    "modified",
)
"""The columns that are read, each by this name."""

_FIRST: Final = ("=", "+", "-", "@", "\t", "\r")
# A plus or a minus begins numbers and lists too; in a formula something is called, named elsewhere, or run.
_CALLS = re.compile(r"^(?:[=@]|[+-].*[(!|])", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Cell:
    """The text of a cell; "" where it is a formula."""

    text: str
    is_formula: bool = False


def read_cell(raw: str) -> Cell:
    """A cell as it was written."""
    text = raw.strip()
    if text.startswith("'") and text[1:2] in _FIRST:
        return Cell(text[1:])
    return Cell("", is_formula=True) if _CALLS.match(text) else Cell(text)


def write_cell(text: str) -> str:
    """A text so that `read_cell` reads it and a spreadsheet shows it."""
    return f"'{text}" if text.startswith(_FIRST) else text


def print_drafts(items: Iterable[DraftItem]) -> bytes:
    """Drafts as a spreadsheet that an author fills in and imports again (`import_spreadsheet`)."""
    head = (*COLUMNS, "wants")
    return _printed(head, (_row(item) for item in items))


def print_problems(problems: Iterable[Problem]) -> bytes:
    """Problems as a spreadsheet."""
    head = ("weight", "place", "what", "fix")
    return _printed(head, ((each.weight.value, each.place, each.what, each.fix) for each in problems))


def _row(item: DraftItem) -> Sequence[str]:
    return (
        item.id,
        item.title,
        item.summary,
        item.topic,
        "" if item.kind is None else item.kind.value,
        item.lang,
        "|".join(item.life_events),
        "yes" if item.essential else "no",
        " ".join(f"{lang}={path}" for lang, path in sorted(item.translations.items())),
        "|".join(item.audiences),
        item.modified,
        "|".join(item.wants),
    )


def _printed(head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    # With a byte order mark Excel reads UTF-8 as what it is.
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([write_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")
