"""The demo site's catalogue: every page that can be recommended, in the format that bundles carry."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TypedDict

from demo.content import Page, translation_key

SITE = "riverton"


class Item(TypedDict):
    """One catalogue item; `translations` maps a language to the id of the same page in it."""

    id: str
    title: str
    summary: str
    topic: str
    kind: str
    lang: str
    life_events: list[str]
    essential: bool
    translations: dict[str, str]


class Catalogue(TypedDict):
    """All items of a site, sorted by id; an item's position is its page index."""

    v: int
    site: str
    items: list[Item]


def translations_of(pages: Sequence[Page]) -> dict[str, dict[str, str]]:
    """For each page's id, the ids of its versions in every language, its own included."""
    versions: dict[str, dict[str, str]] = {}
    for page in pages:
        versions.setdefault(translation_key(page), {})[page.lang] = page.id
    return {page.id: versions[translation_key(page)] for page in pages}


def catalogue_of(pages: Sequence[Page]) -> Catalogue:
    """The catalogue of `pages`, sorted by id."""
    versions = translations_of(pages)
    items = [
        Item(
            id=page.id,
            title=page.title,
            summary=page.summary,
            topic=page.topic,
            kind=page.kind,
            lang=page.lang,
            life_events=list(page.life_events),
            essential=page.essential,
            translations={lang: path for lang, path in versions[page.id].items() if lang != page.lang},
        )
        for page in sorted(pages, key=lambda page: page.id)
    ]
    return Catalogue(v=1, site=SITE, items=items)


def print_catalogue(catalogue: Catalogue) -> bytes:
    """The catalogue's canonical JSON (RFC 8785: sorted keys, no spaces; it holds no floats and only ASCII keys)."""
    text = json.dumps(catalogue, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8")
