"""Pages of the demo site as an editor writes them: Markdown with front matter."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from consent_ledger.errors import Malformed, Untrue

LANGUAGES = ("en", "ar")
KINDS = ("information", "transaction")
LAYOUTS = ("page", "hub", "home", "services", "preferences", "alerts", "flow")
LIFE_EVENTS = frozenset(
    {
        "becoming-a-carer",
        "bereavement",
        "buying-a-home",
        "emergency",
        "getting-involved",
        "getting-married",
        "getting-older",
        "having-a-baby",
        "health-condition",
        "learning",
        "living-with-a-disability",
        "losing-a-job",
        "money-worries",
        "moving-home",
        "new-to-the-city",
        "new-vehicle",
        "raising-children",
        "renovating-a-home",
        "renting-a-home",
        "separation",
        "starting-a-business",
        "starting-school",
    }
)
# A card reserves room for this much text, so that a longer one could shift the page.
TITLE_CHARACTERS = 52
SUMMARY_CHARACTERS = 110
_REQUIRED = ("title", "summary", "topic", "kind")
_OPTIONAL = (
    "life_events", "essential", "related", "layout", "needs", "time", "form", "featured", "flow", "reminder",
    "renewal", "keeps", "lead", "discover", "slides", "exit", "asks",
)  # fmt: skip
_LISTS = frozenset({"life_events", "related", "needs", "form", "featured", "renewal", "discover", "slides"})
_TEXTS = frozenset(
    {"title", "summary", "topic", "kind", "layout", "time", "flow", "reminder", "lead", "exit", "asks"}
)


@dataclass(frozen=True, slots=True)
class Page:
    """One page in one language; `id` is its path on the site, `body` is Markdown below the title.

    `keeps` says that answers to its form may be kept for the next one; those of a `renewal` always may.
    Its slots show, where nothing else was decided: `lead` alone in the largest, `featured` on cards,
    `discover` on cards with pictures, `slides` one after the other, in place of the related cards. `exit` is
    where a press leads who wants to be gone at once; `asks` the question of the rules that the page asks.
    """

    id: str
    lang: str
    title: str
    summary: str
    topic: str
    kind: str
    body: str
    life_events: tuple[str, ...] = ()
    essential: bool = False
    related: tuple[str, ...] = ()
    layout: str = "page"
    needs: tuple[str, ...] = ()
    time: str = ""
    form: tuple[str, ...] = ()
    featured: tuple[str, ...] = ()
    flow: str = ""
    reminder: str = ""
    renewal: tuple[str, ...] = ()
    keeps: bool = False
    lead: str = ""
    discover: tuple[str, ...] = ()
    slides: tuple[str, ...] = ()
    exit: str = ""
    asks: str = ""


def page_id(name: str, *, lang: str) -> str:
    """The path of a page on the site, from its file name below the language's folder (`parking/zones.md`)."""
    parts = name.removesuffix(".md").split("/")
    if parts[-1] == "index":
        parts.pop()
    if lang != LANGUAGES[0]:
        parts.insert(0, lang)
    return "/" + "/".join(parts)


def parse_page(text: str, *, lang: str, name: str) -> Page:
    """Read one page: front matter between two `---` lines, then Markdown.

    Raises Malformed, naming the file, when a field is missing, unknown or outside its vocabulary.
    """
    match text.split("---\n", 2):
        case ["", front, body]:
            fields = yaml.safe_load(front)
        case _:
            raise Malformed(f"page {name}: no front matter between two lines of ---")
    if not isinstance(fields, dict):
        raise Malformed(f"page {name}: front matter is not a mapping")
    unknown = set(fields) - set(_REQUIRED) - set(_OPTIONAL)
    missing = set(_REQUIRED) - set(fields)
    if unknown or missing:
        raise Malformed(f"page {name}: unknown fields {sorted(unknown)}, missing fields {sorted(missing)}")
    page = Page(
        id=page_id(name, lang=lang),
        lang=lang,
        body=body.strip() + "\n",
        **{key: _value(key, fields[key], name) for key in fields},
    )
    _check_vocabulary(page, name)
    return page


def _value(key: str, value: object, name: str) -> Any:
    match key, value:
        case "essential" | "keeps", bool():
            return value
        case _, list() if key in _LISTS and all(isinstance(entry, str) for entry in value):
            return tuple(value)
        case _, str() if key in _TEXTS:
            return value
        case _:
            raise Malformed(f"page {name}: field {key} has the wrong type")


def _check_vocabulary(page: Page, name: str) -> None:
    if page.kind not in KINDS or page.layout not in LAYOUTS:
        raise Malformed(f"page {name}: unknown kind or layout")
    if not set(page.life_events) <= LIFE_EVENTS:
        raise Malformed(f"page {name}: unknown life events {sorted(set(page.life_events) - LIFE_EVENTS)}")
    if len(page.title) > TITLE_CHARACTERS or len(page.summary) > SUMMARY_CHARACTERS:
        raise Malformed(f"page {name}: title or summary too long for a card")
    if page.body.startswith("# ") or "\n# " in page.body:
        raise Malformed(f"page {name}: the title is the only first-level heading")


def load_pages(folder: Path) -> tuple[Page, ...]:
    """Read every page below `folder/<lang>/`, sorted by id, and check that they fit together."""
    pages = [
        parse_page(path.read_text("utf-8"), lang=lang, name=path.relative_to(folder / lang).as_posix())
        for lang in LANGUAGES
        for path in sorted((folder / lang).rglob("*.md"))
    ]
    pages.sort(key=lambda page: page.id)
    check_pages(pages)
    return tuple(pages)


def check_pages(pages: list[Page]) -> None:
    """Raise Untrue when a link between pages leads nowhere, to itself, or into another language."""
    langs = {page.id: page.lang for page in pages}
    for page in pages:
        lead = (page.lead,) if page.lead else ()
        for target in (*page.related, *page.featured, *lead, *page.discover, *page.slides):
            if langs.get(target) != page.lang or target == page.id:
                raise Untrue(f"page {page.id}: related page {target} is missing or in another language")
        if page.lang != LANGUAGES[0] and translation_key(page) not in langs:
            raise Untrue(f"page {page.id}: translates no English page")


def translation_key(page: Page) -> str:
    """The id of the English page that `page` is, or translates."""
    if page.lang == LANGUAGES[0]:
        return page.id
    return page.id.removeprefix(f"/{page.lang}") or "/"
