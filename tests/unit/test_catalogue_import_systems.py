"""What content management systems keep of pages becomes drafts: Isomer's two versions, and GOV.UK's items."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from consent_ledger.errors import Malformed
from edge_client.wire.catalogue import ItemKind
from lambdas.shared.importing.gathering import Asked
from lambdas.shared.importing.imported import Imported, Weight
from lambdas.shared.importing.uploads import SourceKind, import_files, import_upload

ASKED = Asked(lang="en")


def told(found: Imported, weight: Weight) -> dict[str, str]:
    """The words of the problems of a weight, by place."""
    return {each.place: each.what for each in found.problems if each.weight is weight}


def packed(files: dict[str, bytes]) -> bytes:
    """A zip of these files."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return raw.getvalue()


def matter(*fields: str, body: str = "") -> bytes:
    """A page with front matter."""
    return "\n".join(["---", *fields, "---", body]).encode()


CONFIG = b"""title: Riverton
permalink: none
baseurl: ""
exclude: [travis.js, README.md, private]
collections:
  guides: {output: true}
  recipes: {output: true, permalink: "/cook/:title/"}
  notes: {output: false}
"""
SITE = {
    "_config.yml": CONFIG,
    "index.md": matter("layout: homepage", "title: Riverton"),
    "pages/contact.md": matter('title: "Contact us"', "permalink: /contact/", "description: Write to us."),
    "about.html": matter("title: About", "category: Analytics", body="<p>Markup</p>\n\nWe are a city.\n"),
    "_guides/moving/checklist.md": matter("title: Checklist", "lang: en-GB", body="# Head\n\nPack early."),
    "_guides/permit.md": matter(
        "title: Permit",
        "permalink: /permit",
        "redirect_from:",
        "  - /old-permit",
        "kind: transaction",
        "audience: tenants, owners",
    ),
    "_recipes/soup.md": matter("title: Soup"),
    "_alone/collection.yml": b"collections:\n  alone:\n    output: true\n    order: [a.md]\n",
    "_alone/a.md": matter("title: Alone\t", "category:  \t"),
    "bare.html": b"---\n---\nNothing is said.",
    "_notes/secret.md": matter("title: Notes"),
    "_drafts/idea.md": matter("title: Idea"),
    "news/_posts/2026-03-01-library-opens.md": matter("layout: post", "title: Library opens"),
    "news/_posts/undated.md": matter("title: Undated"),
    "news/_posts/2026-03-02-elsewhere.md": matter("layout: link", "title: E", "permalink: /news/elsewhere"),
    "search.md": matter("layout: search", "title: Search"),
    "hidden.md": matter("title: Hidden", "published: false"),
    "away.md": matter("title: Away", "permalink: https://elsewhere.example/x"),
    "moved.md": matter("title: Moved", "redirect_to: /contact"),
    "plain.md": b"No front matter at all.",
    "broken.md": b"---\ntitle: [\n---\n",
    "open.md": b"---\ntitle: Open\n",
    "README.md": b"# Read me",
    "private/x.md": matter("title: X"),
    "_layouts/page.html": matter("title: A layout"),
    "_data/x.yml": b"a: 1",
}


def test_a_jekyll_site_is_read_as_jekyll_prints_it() -> None:
    """Permalinks, collections, posts and folders lead to the addresses that the site has."""
    found = import_upload(
        SourceKind.ISOMER, packed({f"site-main/{name}": data for name, data in SITE.items()}), ASKED
    )
    by_id = {item.id: item for item in found.items}
    assert list(by_id) == [
        "/",
        "/about.html",
        "/alone/a.html",
        "/bare.html",
        "/contact",
        "/cook/soup",
        "/guides/moving/checklist.html",
        "/news/library-opens.html",
        "/permit",
    ]
    assert (by_id["/contact"].title, by_id["/contact"].summary) == ("Contact us", "Write to us.")
    about = by_id["/about.html"]
    assert (about.topic, about.summary, about.lang, about.kind) == ("analytics", "We are a city.", "en", None)
    assert (by_id["/guides/moving/checklist.html"].topic, by_id["/cook/soup"].topic) == ("guides", "recipes")
    assert by_id["/permit"].kind is ItemKind.TRANSACTION
    assert by_id["/permit"].audiences == ("tenants", "owners")
    assert (by_id["/alone/a.html"].title, by_id["/alone/a.html"].topic) == ("Alone", "alone")
    post = by_id["/news/library-opens.html"]
    assert (post.topic, post.kind, post.modified) == ("news", ItemKind.INFORMATION, "2026-03-01")
    assert dict(found.moved) == {"/moved.html": "/contact", "/old-permit": "/permit"}


def test_what_is_no_page_of_a_jekyll_site_is_told() -> None:
    """Drafts, links, searches, other hosts, pages without or with broken front matter: each by its file."""
    found = import_files(SourceKind.ISOMER, SITE, ASKED)
    assert told(found, Weight.LEFT_OUT) == {
        "_notes/secret.md": "lies in a collection that the site does not print",
        "_drafts/idea.md": "is a draft",
        "news/_posts/undated.md": "is a post without its date in its name",
        "news/_posts/2026-03-02-elsewhere.md": "is a link to something elsewhere",
        "search.md": "is the site's search",
        "hidden.md": "is a draft",
        "away.md line 1": "is on another host",
        "moved.md": "leads on to another page",
        "plain.md": "has no front matter, so that the site makes no page of it",
        "broken.md": "front matter: not yaml",
        "open.md": "front matter: no second line of dashes ends it, or it is too long",
    }
    assert told(found, Weight.UNFINISHED)["about.html"] == "says no kind"


def test_a_config_that_cannot_be_read_is_refused_and_a_missing_one_is_told() -> None:
    """Without it nobody knows where collections lie."""
    with pytest.raises(Malformed, match=r"^_config.yml: "):
        import_files(SourceKind.ISOMER, {"_config.yml": b"a: [", "a.md": matter("title: A")}, ASKED)
    found = import_files(
        SourceKind.ISOMER, {"a.md": matter("title: A"), "_c/b.md": matter("title: B")}, ASKED
    )
    assert [item.id for item in found.items] == ["/a.html"]
    assert "_config.yml" in told(found, Weight.NOTE)
    assert "_c/b.md" in told(found, Weight.LEFT_OUT)


def test_the_pages_of_isomer_next_are_where_their_files_lie() -> None:
    """Title, description, section and kind by layout; drafts, searches and dated addresses are told."""
    article = {"version": "0.1.0", "layout": "article", "content": []}
    header = {"summary": ["First, ", "second"]}
    files: dict[str, Any] = {
        "schema/index.json": {
            "layout": "homepage",
            "page": {"title": "Home"},
            "content": [{"type": "hero", "subtitle": "A <b>city</b>"}],
        },
        "schema/news/opening.json": {
            **article,
            "page": {
                "title": "Opening",
                "category": "Press",
                "date": "1 May 2026",
                "articlePageHeader": header,
            },
        },
        "schema/news/14-mar-2024.json": {**article, "page": {"title": "Dated"}},
        "schema/news/later.json": {**article, "state": "Draft", "page": {"title": "Later"}},
        "schema/careers.json": {"layout": "content", "page": {"title": "Careers", "description": "Join"}},
        "schema/search.json": {"layout": "search", "page": {"title": "Search"}},
        "schema/hidden.json": {"layout": "content", "meta": {"noIndex": True}, "page": {"title": "Hidden"}},
        "schema/empty.json": [],
        "data/config.json": {"site": {"language": "en-SG"}},
        "package.json": {"name": "not a page"},
    }
    raw = {name: json.dumps(value).encode() for name, value in files.items()} | {"schema/bad.json": b"{"}
    found = import_upload(SourceKind.ISOMER_NEXT, packed(raw), Asked())
    by_id = {item.id: item for item in found.items}
    assert list(by_id) == ["/", "/careers", "/news/opening"]
    assert (by_id["/"].summary, by_id["/"].lang) == ("A city", "en")
    opening = by_id["/news/opening"]
    assert (opening.summary, opening.topic) == ("First, second", "news")
    assert (opening.kind, opening.modified, by_id["/careers"].kind) == (
        ItemKind.INFORMATION,
        "1 May 2026",
        None,
    )
    assert told(found, Weight.LEFT_OUT) == {
        "schema/bad.json": "page: not json",
        "schema/empty.json#/page": "says nothing of itself",
        "schema/hidden.json": "asks search engines not to list it",
        "schema/news/14-mar-2024.json": "has something like a date, a number of someone's or an e-mail "
        "address in its address, and devices keep no such address",
        "schema/news/later.json": "is a draft",
        "schema/search.json": "is the site's search",
    }


def test_a_tree_of_pages_is_read_to_its_leaves() -> None:
    """The children of children are pages; each is named by a pointer."""
    tree = {
        "title": "Home",
        "permalink": "/",
        "children": [
            {
                "title": "News",
                "permalink": "/news",
                "layout": "collection",
                "children": [
                    {
                        "title": "A",
                        "permalink": "/news/a",
                        "layout": "article",
                        "summary": "Of a",
                        "lastModified": "2026-01-01",
                    },
                    {
                        "title": "B",
                        "permalink": "https://elsewhere.example/",
                        "ref": "/b.pdf",
                        "layout": "link",
                    },
                ],
            },
            {"title": "Draft", "permalink": "/draft", "state": "Draft"},
            "not a page",
        ],
    }
    found = import_upload(SourceKind.ISOMER_NEXT, json.dumps(tree).encode(), ASKED)
    assert [(item.id, item.place, item.topic) for item in found.items] == [
        ("/", "sitemap.json#", ""),
        ("/news", "sitemap.json#/children/0", "news"),
        ("/news/a", "sitemap.json#/children/0/children/0", "news"),
    ]
    assert told(found, Weight.LEFT_OUT) == {
        "sitemap.json#/children/0/children/1": "is a link to something elsewhere",
        "sitemap.json#/children/1": "is a draft",
        "sitemap.json#/children/2": "is no page",
    }


def content_item(path: str, **fields: Any) -> dict[str, Any]:
    """A content item as the content store answers it."""
    return {
        "base_path": path,
        "title": path,
        "description": None,
        "locale": "en",
        "document_type": "guide",
    } | fields


def test_content_items_are_read_with_their_taxons_and_translations() -> None:
    """The topic is the topmost taxon, the kind that of the document type; languages know one another."""
    taxon = {
        "title": "Parking permits",
        "links": {"parent_taxons": [{"title": "Driving & transport", "links": {}}]},
    }
    languages = [{"locale": "en", "base_path": "/permit"}, {"locale": "cy", "base_path": "/permit.cy"}]
    items = [
        content_item(
            "/permit",
            document_type="transaction",
            description="Ask for <em>one</em>",
            content_id="5fe3c59c-7631-11e4-a3cb-005056011aef",
            public_updated_at="2026-01-01T00:00:00Z",
            links={"taxons": [taxon, {"title": "Housing"}], "available_translations": languages},
        ),
        content_item(
            "/permit.cy",
            locale="cy",
            links={
                "available_translations": languages,
                "mainstream_browse_pages": [{"base_path": "/browse/driving/permits"}],
            },
        ),
        content_item(
            "/old", document_type="redirect", redirects=[{"path": "/old", "destination": "/permit"}]
        ),
        content_item("/gone", document_type="gone"),
        content_item("/withdrawn", withdrawn_notice={"explanation": "Out of date"}),
        content_item("/news/5-may-2026"),
        {"title": "No path"},
        17,
    ]
    found = import_upload(SourceKind.GOVUK, json.dumps(items).encode(), Asked())
    english, welsh = found.items
    assert (english.id, english.topic, english.kind) == ("/permit", "driving-transport", ItemKind.TRANSACTION)
    assert (english.summary, english.modified) == ("Ask for one", "2026-01-01T00:00:00Z")
    assert english.marks == ("format:transaction", "content:5fe3c59c-7631-11e4-a3cb-005056011aef")
    assert (dict(english.translations), dict(welsh.translations)) == ({"cy": "/permit.cy"}, {"en": "/permit"})
    assert (welsh.topic, welsh.kind, welsh.lang) == ("driving", ItemKind.INFORMATION, "cy")
    assert dict(found.moved) == {"/old": "/permit"}
    assert list(told(found, Weight.LEFT_OUT)) == [f"items.json#/{number}" for number in (2, 3, 4, 5, 6, 7)]
    assert told(found, Weight.NOTE)["items.json#/0"] == "is tagged with several topics; the first was taken"


def test_content_items_come_one_a_line_or_one_a_file_too() -> None:
    """All three spellings say the same; a file that is none is told, and none at all is refused."""
    items = [content_item("/a"), content_item("/b")]
    raw = [json.dumps(item).encode() for item in items]
    of_lines = import_upload(SourceKind.GOVUK, b"\n".join(raw), ASKED)
    of_files = import_upload(
        SourceKind.GOVUK, packed({"a.json": raw[0], "b.json": raw[1], "c.json": b"{"}), ASKED
    )
    assert [item.id for item in of_lines.items] == [item.id for item in of_files.items] == ["/a", "/b"]
    assert told(of_files, Weight.LEFT_OUT) == {"c.json": "content items: not json"}
    with pytest.raises(Malformed, match=r"^content items: "):
        import_upload(SourceKind.GOVUK, b"[", ASKED)
