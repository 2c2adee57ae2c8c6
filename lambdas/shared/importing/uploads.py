"""One upload of any kind, as its bytes came: the way in for an agency's authors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, assert_never

from consent_ledger.errors import Malformed
from lambdas.shared.importing.archive import read_archive
from lambdas.shared.importing.gathering import Asked
from lambdas.shared.importing.govuk import SUFFIXES as GOVUK_SUFFIXES
from lambdas.shared.importing.govuk import import_content_items
from lambdas.shared.importing.imported import Imported
from lambdas.shared.importing.isomer import SUFFIXES as ISOMER_SUFFIXES
from lambdas.shared.importing.isomer import import_isomer
from lambdas.shared.importing.isomer_next import SUFFIXES as ISOMER_NEXT_SUFFIXES
from lambdas.shared.importing.isomer_next import import_isomer_next
from lambdas.shared.importing.json_files import mapping, read_json
from lambdas.shared.importing.limits import LONGEST_FILE_BYTES
from lambdas.shared.importing.sitemap_pages import import_sitemap
from lambdas.shared.importing.spreadsheet import import_spreadsheet

_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_SITEMAPS: Final = (".xml", ".xml.gz")
_PAGES: Final = (".html", ".htm")
_LINES: Final = ".jsonl"


class SourceKind(StrEnum):
    """What an upload is."""

    SITEMAP = "sitemap"
    CSV = "csv"
    ISOMER = "isomer"
    ISOMER_NEXT = "isomer-next"
    GOVUK = "govuk"


SUFFIXES: Final = MappingProxyType(
    {
        SourceKind.SITEMAP: (*_SITEMAPS, *_PAGES, _LINES),
        SourceKind.CSV: (".csv",),
        SourceKind.ISOMER: ISOMER_SUFFIXES,
        SourceKind.ISOMER_NEXT: ISOMER_NEXT_SUFFIXES,
        SourceKind.GOVUK: GOVUK_SUFFIXES,
    }
)


def import_upload(kind: SourceKind, raw: bytes, asked: Asked) -> Imported:
    """Read a zip of a site's files, or the one file that says all: CSV, a sitemap, JSON or JSON lines.

    Raises `Malformed` for what is nothing of that, `Refused` for what is made to harm; nothing else,
    whatever the bytes.
    """
    if raw.startswith(_ZIP):
        return import_files(kind, read_archive(raw, suffixes=SUFFIXES[kind]), asked)
    if len(raw) > LONGEST_FILE_BYTES:
        raise Malformed("upload: too long")
    return import_files(kind, {_single(kind, raw): raw}, asked)


def import_files(kind: SourceKind, files: Mapping[str, bytes], asked: Asked) -> Imported:
    """Read a site's files by path, of a folder or an archive; raises as `import_upload`."""
    match kind:
        case SourceKind.SITEMAP:
            return _sitemap(files, asked)
        case SourceKind.CSV:
            tables = [raw for name, raw in files.items() if name.endswith(".csv")]
            if len(tables) != 1:
                raise Malformed("spreadsheet: not one CSV file")
            return import_spreadsheet(tables[0], asked)
        case SourceKind.ISOMER:
            return import_isomer(files, asked)
        case SourceKind.ISOMER_NEXT:
            return import_isomer_next(files, asked)
        case SourceKind.GOVUK:
            return import_content_items(files, asked)
        case _:
            assert_never(kind)


def page_lines(raw: bytes, *, noun: str = "pages") -> Iterator[tuple[str, bytes]]:
    """Pages as a crawler writes them, one a line: an object of `url` and `html`. Raises `Malformed`."""
    for line in raw.split(b"\n"):
        if not line.strip():
            continue
        said = mapping(read_json(line, noun=noun))
        url, html = said.get("url"), said.get("html")
        if not isinstance(url, str) or not isinstance(html, str):
            raise Malformed(f"{noun}: a line that is no url with its html")
        yield url, html.encode("utf-8", "replace")


def _sitemap(files: Mapping[str, bytes], asked: Asked) -> Imported:
    sitemaps = {name: raw for name, raw in files.items() if name.endswith(_SITEMAPS)}
    pages = [page for name, raw in files.items() if name.endswith(_LINES) for page in page_lines(raw)]
    pages += [(_address(name), raw) for name, raw in files.items() if name.endswith(_PAGES)]
    if not sitemaps and not pages:
        raise Malformed("sitemap: neither a sitemap nor pages")
    return import_sitemap(sitemaps, pages, asked)


def _address(name: str) -> str:
    """A page's path by its file's, as static servers serve it."""
    plain = name.removesuffix("index.html")
    return f"/{plain.rstrip('/')}" if plain != name else f"/{name.rpartition('.')[0]}"


def _single(kind: SourceKind, raw: bytes) -> str:
    match kind:
        case SourceKind.CSV:
            return "upload.csv"
        case SourceKind.ISOMER:
            return "upload.md"
        case SourceKind.SITEMAP:
            return "pages.jsonl" if raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else "sitemap.xml"
        case SourceKind.GOVUK:
            head = raw.lstrip(b"\xef\xbb\xbf \t\r\n")
            # An object a line: the first line is whole by itself.
            first = head.split(b"\n", 1)[0].strip()
            return "items.jsonl" if first.startswith(b"{") and first.endswith(b"}") else "items.json"
        case SourceKind.ISOMER_NEXT:
            return "sitemap.json"
        case _:
            assert_never(kind)
