"""Imports under bytes that nobody meant: drafts or a refusal, and what is filled in is a catalogue."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from consent_ledger.errors import Malformed, Refused
from edge_client.wire.catalogue import Catalogue, ItemKind
from lambdas.shared.importing.gathering import Asked
from lambdas.shared.importing.imported import Imported
from lambdas.shared.importing.merging import merge
from lambdas.shared.importing.spreadsheet import import_spreadsheet
from lambdas.shared.importing.spreadsheet_cells import print_drafts, read_cell, write_cell
from lambdas.shared.importing.uploads import SourceKind, import_files, import_upload
from tests.support.examples import examples
from tests.support.fuzzing import JSON, SPLINTERS, damaged

HOST = "www.riverton.example"
ASKED = Asked(host=HOST)
ITEM = {
    "base_path": "/permit",
    "title": "Permit",
    "description": "d",
    "locale": "en",
    "document_type": "transaction",
    "links": {"taxons": [{"title": "T"}], "available_translations": [{"locale": "cy", "base_path": "/p.cy"}]},
}
TREE = {
    "title": "Home",
    "permalink": "/",
    "children": [{"title": "A", "permalink": "/a", "layout": "article"}],
}
HTML = (
    '<html lang="en"><head><title>A | B</title><meta name="description" content="d">'
    f'<link rel="canonical" href="https://{HOST}/a">'
    '<script type="application/ld+json">{"@type":"GovernmentService"}</script></head>'
    '<body data-audience="x|y"></body></html>'
)
SITEMAP = f"<urlset><url><loc>https://{HOST}/a</loc></url><url><loc>/b?c</loc></url></urlset>".encode()
MATTER = b"---\ntitle: A\npermalink: /a\nredirect_from: [/b, /c]\n---\nText.\n"


def _zip(files: dict[str, bytes]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return raw.getvalue()


GOOD: dict[SourceKind, list[bytes]] = {
    SourceKind.SITEMAP: [
        SITEMAP,
        json.dumps({"url": f"https://{HOST}/a", "html": HTML}).encode(),
        _zip({"sitemap.xml": SITEMAP, "a.html": HTML.encode()}),
    ],
    SourceKind.CSV: [b'path,title,kind,translations\n/a,"A\nB",information,ar=/x\n/b;c,=1,x,\n'],
    SourceKind.ISOMER: [
        MATTER,
        _zip({"_config.yml": b"collections: {c: {output: true}}", "_c/a.md": MATTER}),
    ],
    SourceKind.ISOMER_NEXT: [
        json.dumps(TREE).encode(),
        _zip({"schema/a.json": b'{"layout":"article","page":{"title":"A"}}'}),
    ],
    SourceKind.GOVUK: [json.dumps([ITEM]).encode(), json.dumps(ITEM).encode()],
}
MANY = examples(100)
SOME = examples(40)
WORDS = (
    "/a",
    "/b/c",
    "javascript:x",
    "//x/y",
    "/1-may-2026",
    "transaction",
    "en",
    "ar=/x",
    "=1",
    "&amp;",
    "-2(",
)
SAID = st.sampled_from([*WORDS, f"https://{HOST}/d", "\ud800", "\u2028", ""])
FIELDS = (*ITEM, "permalink", "page", "children", "state", "layout", "redirects", "content", "meta")


def finished(found: Imported) -> Catalogue:
    """The catalogue once an author has filled in what was wanting."""
    items = tuple(
        replace(item, title=item.title or "T", topic=item.topic or "t", lang=item.lang or "en",
                kind=item.kind or ItemKind.INFORMATION)
        for item in found.items
    )  # fmt: skip
    return merge(replace(found, items=items), "riverton").catalogue


def broken(found: Imported) -> list[str]:
    """What must be true of every import and is not, by name."""
    catalogue = finished(found)
    again = import_spreadsheet(print_drafts(found.items), Asked())
    read, meant = ([(item.id, item.title, item.kind) for item in each.items] for each in (again, found))
    laws = {
        "the catalogue is read back": Catalogue.parse(catalogue.to_bytes()) == catalogue,
        "no page is lost": len(catalogue.items) == len(found.items),
        "a problem says all": all(each.place and each.what and each.fix for each in found.problems),
        "drafts are read back": read == meant,
    }
    return [law for law, holds in laws.items() if not holds]


@settings(max_examples=MANY)
@given(st.data(), st.sampled_from(SourceKind))
def test_damaged_uploads_are_read_or_refused(data: st.DataObject, kind: SourceKind) -> None:
    """Of bytes with holes, doubles and splinters in them: drafts that make a catalogue, or a refusal."""
    raw = data.draw(
        damaged(GOOD[kind], splinters=(*SPLINTERS, b"PK\x03\x04", b"---\n", b"&x;", b"*a", b"<!--"))
    )
    try:
        found = import_upload(kind, raw, ASKED)
    except (Malformed, Refused):
        return
    assert broken(found) == []


@given(st.binary(max_size=200), st.sampled_from(SourceKind))
def test_any_bytes_are_read_or_refused(raw: bytes, kind: SourceKind) -> None:
    """Whatever the bytes."""
    try:
        found = import_upload(kind, raw, ASKED)
    except (Malformed, Refused):
        return
    assert broken(found) == []


@settings(max_examples=SOME)
@given(st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, JSON | SAID)), max_size=4))
def test_any_json_is_read_or_refused(values: list[dict[str, object]]) -> None:
    """Known names with values of every kind, as content items and as pages."""
    raw = json.dumps(values).encode()
    assert broken(import_upload(SourceKind.GOVUK, raw, ASKED)) == []
    pages = {f"schema/{number}.json": json.dumps(value).encode() for number, value in enumerate(values)}
    assert broken(import_files(SourceKind.ISOMER_NEXT, {**pages, "schema/x.json": b"{}"}, ASKED)) == []
    tree = json.dumps({"children": values}).encode()
    assert broken(import_files(SourceKind.ISOMER_NEXT, {"sitemap.json": tree}, ASKED)) == []


@settings(max_examples=SOME)
@given(st.lists(st.lists(SAID | st.text(max_size=12), max_size=6), max_size=6))
def test_any_rows_are_read(rows: list[list[str]]) -> None:
    """Cells of every kind under columns that are known."""
    head = ["path", "title", "kind", "lang", "translations", "life_events"]
    quoted = [[cell.replace('"', '""') for cell in row] for row in rows]
    lines = [",".join(f'"{cell}"' for cell in row) for row in quoted]
    text = "\n".join([",".join(head), *lines])
    assert broken(import_spreadsheet(text.encode("utf-8", "replace"), ASKED)) == []


@given(st.text(max_size=30))
def test_no_cell_is_a_formula_and_each_is_read_back(text: str) -> None:
    """What was written begins as no formula does; what is read is what was meant, less spaces around it."""
    written = write_cell(text.strip())
    assert not written.startswith(("=", "+", "-", "@", "\t", "\r"))
    if not text.strip().startswith("'"):
        assert read_cell(written).text == text.strip()
