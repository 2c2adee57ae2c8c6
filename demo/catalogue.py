"""The demo site's catalogue: every page that can be recommended, in the format that bundles carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from demo.content import Page, translation_key
from demo.pictures import Pictures
from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind
from edge_client.wire.paths import ItemId

SITE = "riverton"


def translations_of(pages: Sequence[Page]) -> dict[str, Mapping[str, str]]:
    """For each page's id, the ids of its versions in every language, its own included."""
    versions: dict[str, dict[str, str]] = {}
    for page in pages:
        versions.setdefault(translation_key(page), {})[page.lang] = page.id
    return {page.id: versions[translation_key(page)] for page in pages}


def catalogue_of(pages: Sequence[Page], pictures: Pictures) -> Catalogue:
    """The catalogue of `pages`, sorted by id; `translations` leads to the same page in other languages."""
    versions = translations_of(pages)
    items = [
        CatalogueItem(
            id=ItemId(page.id),
            title=page.title,
            summary=page.summary,
            topic=page.topic,
            kind=ItemKind(page.kind),
            lang=page.lang,
            life_events=page.life_events,
            essential=page.essential,
            translations={
                lang: ItemId(path) for lang, path in versions[page.id].items() if lang != page.lang
            },
            picture=pictures.of(page),
        )
        for page in sorted(pages, key=lambda page: page.id)
    ]
    return Catalogue(SITE, tuple(items))
