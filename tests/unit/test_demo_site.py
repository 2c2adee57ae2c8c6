"""The demo city's site: whole, the same for everyone, and readable without any script."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from consent_ledger.errors import Malformed, Untrue
from demo.content import Page, check_pages, load_pages, parse_page
from demo.fields import form_of, load_fields
from demo.markup import render_markdown
from demo.pictures import load_pictures
from demo.site import HERE, ScriptTag, build_site
from edge_client.wire.catalogue import Catalogue, ItemKind

TAG = ScriptTag("riverton", 'riverton.example/bundles+0a"b+AQ', "riverton.example/ledger+01ab+Ag")
# Its readers may have to be somewhere else at once.
LEFT_IN_HASTE = "/safety/domestic-abuse/index.html"
SCRIPTS = ("/nearside/loader.js", "/nearside/check.js")  # neither is a file of the site
SENSIBLE_SENTENCE = 16  # words, on average over a page

pytestmark = pytest.mark.skipif(
    not (HERE.parent / "node_modules").is_dir(), reason="the style sheet needs the npm packages: npm ci"
)


class Outline(HTMLParser):
    """What these tests ask of a page: its elements with attributes, and its visible text by element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag in tags]

    def headings(self) -> list[int]:
        return [int(tag[1]) for tag, _ in self.elements if re.fullmatch("h[1-6]", tag)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("riverton")
    build_site(out, TAG)
    return out


@pytest.fixture(scope="module")
def outlines(site: Path) -> dict[str, Outline]:
    return {
        "/" + file.relative_to(site).as_posix(): Outline(file.read_text("utf-8"))
        for file in sorted(site.rglob("*.html"))
    }


@pytest.fixture(scope="module")
def catalogue(site: Path) -> Catalogue:
    return Catalogue.parse((site / "catalogue.json").read_bytes())


@pytest.fixture(scope="module")
def pages() -> tuple[Page, ...]:
    return load_pages(HERE / "content")


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()
    }


def articles(pages: tuple[Page, ...], lang: str) -> Iterator[Page]:
    return (page for page in pages if page.lang == lang and page.layout == "page" and page.topic != "help")


def test_building_twice_gives_the_same_bytes(site: Path, tmp_path: Path) -> None:
    """Everyone gets the same files: nothing in them depends on when, where or for whom they were made."""
    build_site(tmp_path / "again", TAG)
    assert files_of(tmp_path / "again") == files_of(site)


def test_every_link_leads_to_a_file_of_the_site(site: Path, outlines: dict[str, Outline]) -> None:
    """No page links to a missing page, a missing asset or another host, apart from the added script and
    the way out of a page in haste."""
    for name, outline in outlines.items():
        for tag, attributes in outline.elements:
            for key in ("href", "src", "action"):
                target = attributes.get(key)
                if target is None or (tag == "script" and target in SCRIPTS):
                    continue
                if attributes.get("rel") == "nofollow noreferrer":
                    assert (name.endswith(LEFT_IN_HASTE), target) == (True, "https://www.wikipedia.org/")
                    continue
                if target.startswith("tel:"):
                    assert target[4:].isdigit(), (name, target)
                    continue
                if target.startswith("#"):
                    assert target[1:] in {a.get("id") for _, a in outline.elements}, (name, target)
                    continue
                parts = urlsplit(target)
                assert parts[:2] == ("", ""), (name, target)
                path = site / parts.path.lstrip("/")
                assert path.is_file() or (path / "index.html").is_file(), (name, target)


def test_the_page_for_what_is_not_there_says_so_in_every_language(
    site: Path, outlines: dict[str, Outline]
) -> None:
    """A front door has one such page for all addresses, whatever language they were in."""
    text = (site / "404.html").read_text("utf-8")
    assert "Page not found" in text
    assert "الصفحة غير موجودة" in text
    elements = outlines["/404.html"].elements
    assert ("section", "ar", "rtl") in [
        (tag, attributes.get("lang"), attributes.get("dir")) for tag, attributes in elements
    ]
    assert {"/services", "/ar/services"} <= {attributes.get("href") for _, attributes in elements}


def test_the_style_sheet_loads_only_files_of_the_site(site: Path) -> None:
    """Fonts and pictures are the city's own files, and none is licensed for another government alone."""
    css = (site / "assets" / "site.css").read_text("utf-8")
    loaded = set(re.findall(r'url\("?([^")]+)"?\)', css))
    assert loaded
    for target in loaded:
        assert (site / target.lstrip("/")).is_file(), target
    assert not re.search("transport|crown", css, re.IGNORECASE)


def test_pages_have_one_first_heading_and_skip_no_level(outlines: dict[str, Outline]) -> None:
    for name, outline in outlines.items():
        levels = outline.headings()
        assert levels.count(1) == 1, name
        assert levels[0] == 1, name
        assert all(after <= before + 1 for before, after in pairwise(levels)), name


def test_pages_name_their_language_and_direction(outlines: dict[str, Outline]) -> None:
    """And their region, so that dates are spelt as the rest of the page is."""
    for name, outline in outlines.items():
        expected = ("ar", "rtl") if name.startswith("/ar/") else ("en-GB", "ltr")
        [html] = outline.all("html")
        assert (html["lang"], html["dir"]) == expected, name


def test_pages_carry_no_script_or_style_of_their_own(outlines: dict[str, Outline]) -> None:
    """The pages work under a policy that allows no inline script and no inline style."""
    for name, outline in outlines.items():
        loader, check = SCRIPTS
        wanted = check if name.endswith("/help/privacy/check/index.html") else loader
        assert [script["src"] for script in outline.all("script")] == [wanted], name
        assert not outline.all("style"), name
        for _, attributes in outline.elements:
            assert "style" not in attributes, name
            assert not any(key.startswith("on") for key in attributes), name


def test_ids_are_unique_and_every_control_has_a_label(outlines: dict[str, Outline]) -> None:
    for name, outline in outlines.items():
        ids = Counter(a["id"] for _, a in outline.elements if "id" in a)
        assert [found for found, count in ids.items() if count > 1] == [], name
        labels = {label.get("for") for label in outline.all("label")}
        for control in outline.all("input", "select", "textarea"):
            assert control["id"] in labels, name


def test_forms_send_no_answer_anywhere(outlines: dict[str, Outline]) -> None:
    """A control without a name is not submitted, so the address of the next page carries nothing. The search
    alone, where no script runs, is the server's to answer."""
    forms = {name: outline for name, outline in outlines.items() if outline.all("form")}
    assert len(forms) > 30
    for name, outline in forms.items():
        [form] = outline.all("form")
        assert form["method"] == "get", name
        named = [c for c in outline.all("input", "select", "textarea", "button") if "name" in c]
        assert [c["type"] for c in named] == (["search"] if form.get("role") == "search" else []), name


def test_the_script_tag_says_what_it_was_given(
    site: Path, outlines: dict[str, Outline], tmp_path: Path
) -> None:
    [script] = outlines["/ar/parking/resident-permit/index.html"].all("script")
    assert script["data-site"] == TAG.site
    assert script["data-agency-key"] == TAG.agency_key
    assert script["data-ledger-key"] == TAG.ledger_key
    assert script["data-lang"] == "ar"
    assert (script["type"], script["blocking"]) == ("module", "render")
    build_site(tmp_path / "plain", None)
    assert "<script" not in (tmp_path / "plain" / "index.html").read_text("utf-8")


def test_slots_hold_the_editors_own_choice(site: Path, catalogue: Catalogue) -> None:
    """Without a script every page shows what its editors chose: cards, or slides where it is a guide."""
    for item in catalogue.items:
        text = (site / item.id.lstrip("/") / "index.html").read_text("utf-8")
        slots = re.findall(r'<nearside-(\w+) slot="(\w+)"[^>]*>(.*?)</nearside-\1>', text, re.DOTALL)
        found = {slot: links(inside) for kind, slot, inside in slots if kind != "why"}
        assert {slot: len(cards) for slot, cards in found.items()} == expected_places(item.id), item.id
        for cards in found.values():
            assert len(set(cards)) == len(cards), item.id
            assert item.id not in cards


def links(inside: str) -> list[str]:
    return re.findall(r'<a href="([^"]+)">[^<]+</a>(?:</h2>)?<p>[^<]+</p>', inside)


def expected_places(page: str) -> dict[str, int]:
    match page.removeprefix("/ar") or "/":
        case "/services":
            return {}
        case "/":
            return {"lead": 1, "home": 3, "discover": 3}
        case "/moving" | "/moving/new-to-riverton":
            return {"guides": 6 if page == "/moving/new-to-riverton" else 5}
        case _:
            return {"related": 3}


def test_all_services_stand_under_their_first_letter(site: Path, pages: tuple[Page, ...]) -> None:
    """Each once, in both alphabets: with a hamza or without, an alef is one letter."""
    for lang, folder in (("en", ""), ("ar", "ar/")):
        text = (site / folder / "services/index.html").read_text("utf-8")
        letters = re.findall(r'<h2 class="letter__name">(.)</h2>', text)
        assert letters == sorted(set(letters))
        assert "أ" not in letters
        listed = re.findall(r'<li><a class="govuk-link" href="([^"]+)">', text)
        kinds = ("page", "preferences", "alerts", "flow")
        assert sorted(listed) == sorted(
            page.id for page in pages if page.lang == lang and page.layout in kinds
        )


def test_every_picture_is_a_part_of_one_file_with_words_in_the_pages_language(
    site: Path, outlines: dict[str, Outline], catalogue: Catalogue
) -> None:
    """Which part is shown is in no request; a page says what it shows, in the catalogue's own words."""
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (site / "assets/pictures.svg").read_text("utf-8")))
    words: dict[tuple[str, str], str] = {}
    for item in catalogue.items:
        if item.picture is not None:
            assert item.picture.name in drawn
            words[item.lang, item.picture.name] = item.picture.alt
    assert {name for lang, name in words if lang == "en"} == drawn
    seen = 0
    for name, outline in outlines.items():
        lang = "ar" if name.startswith("/ar/") else "en"
        for (tag, svg), (_, use) in pairwise(outline.elements):
            if tag == "svg" and svg.get("class") == "picture":
                file, part = (use["href"] or "").split("#")
                assert (file, svg["role"]) == ("/assets/pictures.svg", "img"), name
                assert svg["aria-label"] == words[lang, part], name
                seen += 1
    assert seen == 4 + 4 + 5 + 6 + 5


def test_a_picture_without_words_in_some_language_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "pictures.yaml"
    file.write_text("waste: {en: Two bins, ar: ' '}\n")
    with pytest.raises(Malformed, match="pictures: waste"):
        load_pictures(file)


def test_the_catalogue_is_what_the_pages_say(
    site: Path, outlines: dict[str, Outline], catalogue: Catalogue
) -> None:
    """Each item is a page that names itself, and each page that names itself is an item."""
    named = {}
    for name, outline in outlines.items():
        for meta in outline.all("meta"):
            if meta.get("name") == "nearside:item":
                named[meta["content"]] = name
    assert sorted(named) == list(catalogue.pages)
    for item in catalogue.items:
        assert named[item.id] == f"{item.id.rstrip('/')}/index.html"
        for lang, other in item.translations.items():
            translated = catalogue.get(other)
            assert translated is not None
            assert (translated.lang, translated.translations[item.lang]) == (lang, item.id)


def test_the_city_has_substance(pages: tuple[Page, ...]) -> None:
    """Enough pages to learn from, each long enough to be of use and short enough to be read."""
    english = list(articles(pages, "en"))
    assert len(english) >= 72
    assert len(list(articles(pages, "ar"))) >= 14
    for page in english:
        words = " ".join((page.body, *page.needs, page.time)).split()
        assert 120 <= len(words) <= 350, page.id
        assert 3 <= len(page.related) <= 6, page.id
        assert len(set(page.related)) == len(page.related), page.id


def test_sentences_are_short(pages: tuple[Page, ...]) -> None:
    for page in articles(pages, "en"):
        prose = [line for line in page.body.splitlines() if line and line[0] not in "|#-"]
        sentences = re.split(r"[.?:!]\**\s+", " ".join(prose))
        words = sum(len(sentence.split()) for sentence in sentences)
        assert words / len(sentences) <= SENSIBLE_SENTENCE, page.id


def test_every_transaction_can_be_started(pages: tuple[Page, ...], outlines: dict[str, Outline]) -> None:
    """A transaction says what is needed and how long it takes, and its button leads to a form that ends."""
    transactions = [page for page in pages if page.kind == ItemKind.TRANSACTION]
    assert len(transactions) > 30
    for page in transactions:
        assert page.needs, page.id
        assert page.time, page.id
        links = {link.get("href") for link in outlines[f"{page.id}/index.html"].all("a")}
        assert f"{page.id}/apply" in links
        [form] = outlines[f"{page.id}/apply/index.html"].all("form")
        assert form["action"] == f"{page.id}/done"


def test_raw_html_in_a_page_is_shown_and_never_run() -> None:
    assert "<script>" not in render_markdown(
        "Hello <script>alert(1)</script>\n\n<img src=x onerror=alert(1)>"
    )


GOOD = "---\ntitle: A\nsummary: B\ntopic: waste\nkind: information\n---\nText\n"


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (GOOD.removeprefix("---\n"), "no front matter"),
        (GOOD.replace("topic: waste\n", ""), r"missing fields \['topic'\]"),
        (GOOD.replace("topic:", "colour: red\ntopic:"), r"unknown fields \['colour'\]"),
        (GOOD.replace("kind: information", "kind: advert"), "unknown kind"),
        (GOOD.replace("kind:", "essential: maybe\nkind:"), "field essential has the wrong type"),
        (GOOD.replace("kind:", "life_events: [winning-the-lottery]\nkind:"), "winning-the-lottery"),
        (GOOD.replace("title: A", f"title: {'A' * 53}"), "too long for a card"),
        (GOOD.replace("Text", "# Text"), "first-level heading"),
    ],
)
def test_a_page_that_is_not_what_it_claims_is_refused(bad: str, words: str) -> None:
    assert parse_page(GOOD, lang="en", name="waste/a.md").id == "/waste/a"
    with pytest.raises(Malformed, match=words):
        parse_page(bad, lang="en", name="waste/a.md")


def test_links_between_pages_that_lead_nowhere_are_refused() -> None:
    page = parse_page(GOOD, lang="en", name="waste/a.md")
    linking = parse_page(GOOD.replace("kind:", "related: [/waste/b]\nkind:"), lang="en", name="waste/a.md")
    check_pages([page])
    with pytest.raises(Untrue, match="/waste/b"):
        check_pages([linking])
    with pytest.raises(Untrue, match="translates no English page"):
        check_pages([parse_page(GOOD, lang="ar", name="waste/a.md")])


def test_a_form_with_an_unknown_question_is_refused() -> None:
    page = parse_page(GOOD.replace("kind:", "form: [shoe-size]\nkind:"), lang="en", name="waste/a.md")
    with pytest.raises(Untrue, match="shoe-size"):
        form_of(page, load_fields(HERE / "content" / "fields.yaml"))
