"""What a site says of its pages becomes drafts: from a spreadsheet, and from a sitemap with its pages."""

from __future__ import annotations

import gzip
import json
from html import escape
from typing import Any

import pytest

from consent_ledger.errors import Malformed
from edge_client.rules.asking import SPECIAL
from edge_client.wire.catalogue import ItemKind
from lambdas.shared.importing.addresses import read_address
from lambdas.shared.importing.gathering import Asked
from lambdas.shared.importing.imported import Imported, Weight
from lambdas.shared.importing.page_html import read_page
from lambdas.shared.importing.sensitive import WORDS
from lambdas.shared.importing.spreadsheet import import_spreadsheet
from lambdas.shared.importing.spreadsheet_cells import print_drafts, print_problems
from lambdas.shared.importing.uploads import SourceKind, import_files, import_upload
from tests.support.node_twin import played

HOST = "www.riverton.example"
ASKED = Asked(host=HOST, lang="en")
ALL_SAID = Asked(host=HOST, lang="en", kind=ItemKind.INFORMATION, by_section=True)


def told(found: Imported, weight: Weight) -> list[tuple[str, str]]:
    """Places and words of the problems of a weight."""
    return [(each.place, each.what) for each in found.problems if each.weight is weight]


def sheet(*lines: str, asked: Asked = ALL_SAID) -> Imported:
    """A spreadsheet of these lines."""
    return import_spreadsheet("\n".join(lines).encode(), asked)


@pytest.mark.parametrize(
    ("raw", "item"),
    [
        ("/housing/apply", "/housing/apply"),
        ("/housing/apply/", "/housing/apply"),
        ("/", "/"),
        (f"https://{HOST}/housing", "/housing"),
        (f"https://{HOST.upper()}:443/housing?print=1#top", "/housing"),
        ("/caf%c3%a9", "/caf%C3%A9"),
    ],
)
def test_an_address_of_the_site_is_a_path(raw: str, item: str) -> None:
    """Query, fragment, slash at the end and origin are no part of a page's id."""
    assert read_address(raw, host=HOST).id == item


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "housing",
        "https://elsewhere.example/housing",
        "//elsewhere.example/housing",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "http://user:secret@www.riverton.example/a",
        f"https://{HOST}:8443/a",
        "/a/../../etc/passwd",
        "/a/%2e%2e/b",
        "/a/%252e%252e/b",
        "/a\\b",
        "/a b",
        "/a\nb",
        "/a\x00b",
        "https:///a",
        "https://[broken/a",
        "ftp://www.riverton.example/a",
        "/" + "a" * 3000,
        "/news/14-mar-2024",
        "/case/4857773456",
        "/people/jane@riverton.example",
        "mailto:jane@riverton.example",
        f"https://{HOST}.elsewhere.example/a",
        f"https://{HOST}@elsewhere.example/a",
    ],
)
def test_an_address_that_leads_elsewhere_is_none(raw: str) -> None:
    """Other hosts, scripts, files, climbing paths and what devices keep of nobody: left out, with a fix."""
    found = read_address(raw, host=HOST)
    assert found.id is None
    assert [said.weight for said in found.said] == [Weight.LEFT_OUT]
    assert found.said[0].fix


def test_a_spreadsheet_says_everything() -> None:
    """Every column arrives, whatever the separator, the encoding and the ends of lines."""
    lines = [
        "URL;Title;Description;Topic;Kind;Language;Life events;Essential;Translations;Audience;Updated",
        f'https://{HOST}/housing/apply;"Apply, for a ""home""";"One line\nand another";Social housing;'
        "Transaction;en-GB;Moving home|Renting;yes;ar=/ar/housing es=/es/vivienda;tenants;2026-05-01",
        "/ar/housing;سكن;;Social housing;information;ar;;;;;",
    ]
    text = "\r\n".join(lines)
    encoded = (text.encode(), text.encode("utf-8-sig"), text.encode("utf-16"))
    first, *others = [import_spreadsheet(raw, ASKED) for raw in encoded]
    assert others == [first, first]
    arabic, english = first.items
    assert (arabic.title, arabic.lang, arabic.place) == ("سكن", "ar", "line 4")
    assert (english.title, english.summary) == ('Apply, for a "home"', "One line and another")
    assert (english.topic, english.kind, english.lang) == ("social-housing", ItemKind.TRANSACTION, "en")
    assert (english.life_events, english.audiences) == (("moving-home", "renting"), ("tenants",))
    assert (english.essential, english.modified) == (True, "2026-05-01")
    assert dict(english.translations) == {"ar": "/ar/housing", "es": "/es/vivienda"}
    assert english.wants == ()


def test_a_row_that_is_wrong_is_named_by_its_line() -> None:
    """Bad quotes, doubles, unknown kinds and cells too many: each with its line, and the other rows stay."""
    found = sheet(
        "path,title,kind,notes",
        '/a,"one',
        'line",information,x',
        "/a/,again,information",
        '/b,"broken" quote,information',
        "/c,three,letter,x,y",
        "https://elsewhere.example/d,four,information",
        ",five,information",
        "",
        "/e,six,information",
    )
    assert [item.id for item in found.items] == ["/a", "/c", "/e"]
    assert [place for place, _ in told(found, Weight.LEFT_OUT)] == ["line 4", "line 5", "line 7", "line 8"]
    notes = dict(told(found, Weight.NOTE))
    assert "1 columns are not read" in notes["line 1"]
    assert "more cells" in notes["line 6"]


def test_formulas_are_neither_read_nor_written() -> None:
    """A cell that a program would run is empty and said; what begins so is written after an apostrophe."""
    found = sheet(
        "path,title,summary",
        '/a,"=HYPERLINK(""https://elsewhere.example"",""x"")",+65 6222 3333 is our number',
        "/b,@SUM(A1),- first",
        "/c,'=1 is a title,-cmd|' /C calc'!A0",
    )
    assert [(item.title, item.summary) for item in found.items] == [
        ("", "+65 6222 3333 is our number"),
        ("", "- first"),
        ("=1 is a title", ""),
    ]
    assert sum("formula" in what for _, what in told(found, Weight.NOTE)) == 3
    assert found.items[0].wants == ("title",)
    printed = print_drafts(found.items) + print_problems(found.problems)
    cells = [cell.strip('"') for line in printed.decode().splitlines() for cell in line.split(",")]
    assert [cell for cell in cells if cell[:1] in ("=", "+", "-", "@")] == []


def test_drafts_go_out_as_a_spreadsheet_and_come_back_filled_in() -> None:
    """What an author fills in is all that was wanting; nothing else changes on the way."""
    found = sheet("path,title,kind,lang,translations", "/a/b,B,,en,ar=/ar/b", "/,'+1,,,", asked=Asked())
    assert [item.wants for item in found.items] == [("topic", "kind", "lang"), ("topic", "kind")]
    again = import_spreadsheet(print_drafts(found.items), Asked())
    assert [item.wants for item in again.items] == [item.wants for item in found.items]
    assert [(item.id, item.title, dict(item.translations)) for item in again.items] == [
        (item.id, item.title, dict(item.translations)) for item in found.items
    ]
    filled = import_spreadsheet(print_drafts(found.items), Asked(kind=ItemKind.INFORMATION, lang="en"))
    assert [item.wants for item in filled.items] == [("topic",), ("topic",)]


@pytest.mark.parametrize("raw", [b"", b"title\nx\n", b"path\xff\n", b"path,url\n/a,/b\n", b"\xff\xfe\x00"])
def test_what_is_no_spreadsheet_is_refused_whole(raw: bytes) -> None:
    """Without a column of paths, or as no text, there is nothing to read."""
    with pytest.raises(Malformed, match=r"^spreadsheet: "):
        import_spreadsheet(raw, ASKED)


def page(head: str = "", *, lang: str = "en", body: str = "") -> bytes:
    """A page of HTML."""
    return f'<!doctype html><html lang="{lang}"><head>{head}</head><body>{body}</body></html>'.encode()


def listing(*urls: str) -> bytes:
    """A sitemap of these addresses."""
    rows = "".join(f"<url><loc>{escape(url)}</loc><lastmod>2026-01-02</lastmod></url>\n" for url in urls)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}</urlset>'.encode()


def lines(pages: dict[str, bytes]) -> bytes:
    """Pages as JSON lines."""
    return b"\n".join(json.dumps({"url": url, "html": html.decode()}).encode() for url, html in pages.items())


def visited(sitemap: bytes, pages: dict[str, bytes], asked: Asked = ASKED) -> Imported:
    """A sitemap and its pages, by path, as an archive has them."""
    return import_files(SourceKind.SITEMAP, {"sitemap.xml": sitemap, "pages.jsonl": lines(pages)}, asked)


def test_a_page_says_of_itself_what_a_catalogue_needs() -> None:
    """Title, description, language, alternates, date, topic and kind, by the markup that sites print."""
    service = {
        "@type": "GovernmentService",
        "serviceType": "Parking",
        "audience": {"audienceType": "Residents"},
    }
    html = page(
        '<title>Permit - Riverton</title><meta name="description" content=" Park\n near home ">'
        '<meta property="article:modified_time" content="2026-05-01T09:00:00Z">'
        '<link rel="alternate" hreflang="ar" href="/ar/parking/permit">'
        '<link rel="alternate" hreflang="x-default" href="/parking/permit">'
        '<link rel="canonical" href="/parking/permit">'
        f'<script type="application/ld+json">{json.dumps(service)}</script>',
        lang="en-GB",
        body='<svg><title>A drawing</title></svg><script data-lifeevents="Moving home|Arriving"></script>',
    )
    found = visited(listing(f"https://{HOST}/parking/permit"), {f"https://{HOST}/parking/permit": html})
    (item,) = found.items
    assert (item.title, item.summary, item.lang) == ("Permit - Riverton", "Park near home", "en")
    assert (item.topic, item.kind) == ("parking", ItemKind.TRANSACTION)
    assert dict(item.translations) == {"ar": "/ar/parking/permit"}
    assert (item.life_events, item.audiences) == (("moving-home", "arriving"), ("residents",))
    assert item.modified == "2026-05-01T09:00:00Z"
    assert item.wants == ()
    assert [what for _, what in told(found, Weight.NOTE)] == [
        "names a translation that is no page of this import"
    ]


def test_pages_that_are_none_are_left_out_and_told() -> None:
    """Redirects, unlisted pages, doubles, other hosts and what was not given: each is said."""
    url = f"https://{HOST}"
    given = {
        f"{url}/kept": page("<title>Kept</title>"),
        f"{url}/old": page('<meta http-equiv="refresh" content="0; url=/kept"><title>Old</title>'),
        f"{url}/copy": page(f'<title>Copy</title><link rel="canonical" href="{url}/kept">'),
        f"{url}/hidden": page('<meta name="robots" content="noindex,follow"><title>Hidden</title>'),
        f"{url}/unlisted": page("<title>Unlisted</title>"),
        f"{url}/away": page('<meta http-equiv="refresh" content="0;URL=\'https://elsewhere.example/\'">'),
    }
    listed = [*list(given)[:4], f"{url}/kept/", f"{url}/away", "https://elsewhere.example/x"]
    found = visited(listing(*listed, f"{url}/missing", f"{url}/kept?page=2"), given, ALL_SAID)
    assert [item.id for item in found.items] == ["/kept", "/missing", "/unlisted"]
    assert dict(found.moved) == {"/copy": "/kept", "/old": "/kept"}
    assert [what for _, what in told(found, Weight.LEFT_OUT)] == [
        "is the same page as one before it",
        "is on another host",
        "is the same page as one before it",
        "leads on to another page",
        "leads on to another page",
        "asks search engines not to list it",
        "leads to an address outside the site",
    ]
    assert told(found, Weight.UNFINISHED) == [("sitemap.xml line 9", "says no title")]
    assert ("https://www.riverton.example/unlisted", "is listed in no sitemap") in told(found, Weight.NOTE)


def test_what_most_titles_end_in_is_taken_off() -> None:
    """The name of the site is no part of a title; of two pages nobody can tell."""
    pages = {f"https://{HOST}/p{name}": page(f"<title>{name} | Riverton</title>") for name in "abcdefg"}
    arabic = {
        f"https://{HOST}/ar/{name}": page(f"<title>{name} – ريفرتون</title>", lang="ar") for name in "hij"
    }
    found = visited(listing(*pages, *arabic), pages | arabic)
    assert [item.title for item in found.items] == list("hijabcdefg")
    two = dict(list(pages.items())[:2])
    assert [item.title for item in visited(listing(*two), two).items] == ["a | Riverton", "b | Riverton"]


def test_a_sitemap_may_be_packed_or_an_index_and_alone() -> None:
    """Gzip is read; an index names what has to be given too; pages without markup are drafts."""
    found = import_upload(SourceKind.SITEMAP, gzip.compress(listing(f"https://{HOST}/a")), ASKED)
    assert [(item.id, item.modified, item.wants) for item in found.items] == [
        ("/a", "2026-01-02", ("title", "topic", "kind"))
    ]
    index = b"<sitemapindex><sitemap><loc>https://www.riverton.example/s2.xml</loc></sitemap></sitemapindex>"
    alone = import_upload(SourceKind.SITEMAP, index, ASKED)
    assert told(alone, Weight.LEFT_OUT) == [("sitemap.xml", "names a sitemap that was not given")]


def test_pages_are_marked_as_their_own_script_reads_them() -> None:
    """The marks of a page are those that `signals/marks.js` reads of it, on every way to print one."""
    service = {"@type": "GovernmentService", "serviceType": ["Parking", "Permits and licences"]}
    cases: list[dict[str, Any]] = [
        {"scripts": [json.dumps({**service, "audience": {"audienceType": "New residents"}})]},
        {"scripts": [json.dumps({"@graph": [{"@type": "FAQPage"}, {"@type": ["Event", "Thing"]}]})]},
        {"scripts": [json.dumps([{**service, "audience": ["Tenants", {"name": "Owners"}]}, 3, None])]},
        {"scripts": ["{", "null", '"GovernmentService"', "[" * 500 + "]" * 500, "x" * 100_001]},
        {"scripts": [json.dumps([{"@type": "Thing"}] * 201 + [service])]},
        {"metas": {"govuk:format": "step_by_step_nav", "govuk:content-id": "5fe3c59c-7631-11e4"}},
        {
            "elements": [
                {"audience": "business|jane@x.example| |" + "a" * 61, "lifeevents": "Moving  home|A<b>"}
            ]
        },
        {"elements": [{"audience": "|".join(f"a{n}" for n in range(70))}]},
    ]
    read = [each["marks"] for each in played("marks.mjs", [cases, {}])]
    assert [list(read_page(as_html(case)).marks) for case in cases] == read
    assert sum(map(len, read)) > 50


def as_html(case: dict[str, Any]) -> bytes:
    """The page that a document of `marks.mjs` stands for."""
    metas = "".join(f'<meta name="{name}" content="{text}">' for name, text in case.get("metas", {}).items())
    scripts = "".join(
        f'<script type="application/ld+json">{text}</script>' for text in case.get("scripts", ())
    )
    elements = "".join(
        "<script {}></script>".format(
            " ".join(f'data-{name}="{escape(text)}"' for name, text in each.items())
        )
        for each in case.get("elements", ())
    )
    return page(metas + scripts + elements)


def test_what_is_named_sensitive_is_flagged_and_titles_are_not_looked_at() -> None:
    """One note a word with its number of pages; every word that no page may ask about is among them."""
    found = sheet(
        "path,title,topic,life_events",
        "/health/a,A,health,",
        "/health/b,B,health,",
        "/c,Religion and illness,parking,",
        "/d,D,parking,Pregnancy and birth",
    )
    flagged = [(place, what.split(",")[0]) for place, what in told(found, Weight.NOTE) if "named" in what]
    assert flagged == [("line 2", "2 pages are named health"), ("line 5", "1 pages are named pregnancy")]
    assert [item.topic for item in found.items] == ["parking", "parking", "health", "health"]
    assert SPECIAL <= WORDS
