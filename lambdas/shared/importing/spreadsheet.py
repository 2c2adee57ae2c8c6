"""Pages in a spreadsheet, as CSV: one a row, by the columns that `docs/importing.md` lists."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from typing import Final

from consent_ledger.errors import Malformed
from edge_client.wire.catalogue import ItemKind
from edge_client.wire.paths import ItemId
from lambdas.shared.importing.gathering import Asked, Gathering
from lambdas.shared.importing.imported import DraftItem, Imported
from lambdas.shared.importing.limits import LONGEST_FILE_BYTES, MOST_PAGES
from lambdas.shared.importing.spreadsheet_cells import COLUMNS, Cell, read_cell
from lambdas.shared.importing.texts import (
    LONGEST_SUMMARY,
    LONGEST_TITLE,
    language_of,
    line_of,
    token_of,
)

_CALLED: Final = {
    "url": "path",
    "id": "path",
    "address": "path",
    "description": "summary",
    "language": "lang",
    "type": "kind",
    "audience": "audiences",
    "category": "topic",
    "life_event": "life_events",
    "updated": "modified",
}
_YES: Final = ("yes", "true", "1", "y")
_NO: Final = ("no", "false", "0", "n", "")
_SEPARATORS: Final = (",", ";", "\t")
_BETWEEN = re.compile(r"[|;\n]")


def import_spreadsheet(raw: bytes, asked: Asked) -> Imported:
    """Read rows; a row that cannot be told apart is said by its line, and so is what is wrong in one that
    can.

    Takes UTF-8, with or without a byte order mark, and UTF-16 with one; commas, semicolons or tabs; every
    kind of line end. Raises `Malformed` for no such text, and without a first row that has a column of
    paths.
    """
    text = _decoded(raw)
    gathering = Gathering(asked)
    rows = _rows(gathering, text)
    line, names = next(rows, (1, []))
    columns = [_column(name) for name in names]
    if "path" not in columns:
        raise Malformed("spreadsheet: no column is called path, url or id")
    known = [column for column in columns if column in COLUMNS]
    unread = [column for column in columns if column not in (*COLUMNS, "wants")]
    if len(set(known)) != len(known):
        raise Malformed("spreadsheet: two columns have the same name")
    if unread:
        gathering.say(
            f"line {line}",
            f"{len(unread)} columns are not read",
            f"call them one of {', '.join(COLUMNS)}, or leave them as they are",
        )
    for line, cells in rows:
        if any(cell.strip() for cell in cells):
            _take(gathering, dict(zip(columns, cells, strict=False)), f"line {line}")
        if len(cells) > len(columns):
            gathering.say(
                f"line {line}",
                "has more cells than there are columns",
                "put texts with a separator in them between quotation marks",
            )
    return gathering.imported()


def _decoded(raw: bytes) -> str:
    if len(raw) > LONGEST_FILE_BYTES:
        raise Malformed("spreadsheet: too long")
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return raw.decode(encoding)
    except UnicodeError:
        raise Malformed("spreadsheet: not in UTF-8; save it as CSV UTF-8") from None


def _rows(gathering: Gathering, text: str) -> Iterator[tuple[int, list[str]]]:
    head = text.lstrip("\r\n").splitlines()[:1] or [""]
    separator = max(_SEPARATORS, key=head[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    count = 0
    while count <= MOST_PAGES + 1:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            gathering.leave_out(
                f"line {line}",
                "is no row: a quotation mark is not closed, or not at an end",
                "double the quotation marks within a text, and close each text",
            )
            continue
        if row:
            count += 1
            yield line, row
    gathering.leave_out("the rest", "is more rows than a catalogue has pages", "import part of the site")


def _column(name: str) -> str:
    plain = token_of(name).replace("-", "_")
    return _CALLED.get(plain, plain)


def _take(gathering: Gathering, row: Mapping[str, str], place: str) -> None:
    cells = {name: read_cell(text) for name, text in row.items()}
    for name, cell in cells.items():
        if cell.is_formula and name in COLUMNS:
            gathering.say(
                place,
                f"has a formula for its {name}, which is not read",
                "write the text itself; for one that begins so, put an apostrophe before it",
            )
    item = gathering.address(place, _text(cells, "path"))
    if item is None:
        return
    gathering.add(
        DraftItem(
            id=item,
            place=place,
            title=line_of(_text(cells, "title"), LONGEST_TITLE),
            summary=line_of(_text(cells, "summary"), LONGEST_SUMMARY),
            topic=token_of(_text(cells, "topic")),
            kind=_kind(gathering, _text(cells, "kind"), place),
            lang=language_of(_text(cells, "lang")),
            life_events=_tokens(_text(cells, "life_events")),
            essential=_is_yes(gathering, _text(cells, "essential"), place),
            translations=_translations(gathering, _text(cells, "translations"), place),
            audiences=_tokens(_text(cells, "audiences")),
            modified=line_of(_text(cells, "modified"), 40),
        )
    )


def _text(cells: Mapping[str, Cell], name: str) -> str:
    cell = cells.get(name)
    return "" if cell is None else cell.text


def _kind(gathering: Gathering, text: str, place: str) -> ItemKind | None:
    name = text.strip().lower()
    if name in list(ItemKind):
        return ItemKind(name)
    if name:
        gathering.say(place, "has a kind that there is not", f"write one of {', '.join(ItemKind)}")
    return None


def _is_yes(gathering: Gathering, text: str, place: str) -> bool:
    name = text.strip().lower()
    if name not in (*_YES, *_NO):
        gathering.say(place, "says neither yes nor no to being essential", "write yes or no")
    return name in _YES


def _tokens(text: str) -> tuple[str, ...]:
    found = (token_of(each) for each in _BETWEEN.split(text.replace(",", "|")))
    return tuple(dict.fromkeys(each for each in found if each))


def _translations(gathering: Gathering, text: str, place: str) -> dict[str, ItemId]:
    found: dict[str, ItemId] = {}
    for each in text.replace("|", " ").split():
        name, _, address = each.partition("=")
        lang, item = language_of(name), gathering.address(place, address, quietly=True)
        if not lang or item is None:
            gathering.say(
                place,
                "names a translation that cannot be read",
                "write a language, an equals sign and a path, such as ar=/ar/housing",
            )
            continue
        found[lang] = item
    return found
