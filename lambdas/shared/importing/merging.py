"""Drafts and the catalogue that there is already, to the next one.

The place of a page in a catalogue is its index in models and counts, and pages are in order of their paths:
as long as no page comes or goes, every index stays; otherwise `has_same_pages` says that what was made for
the earlier list has to be made again. Counts go along with a page that moved, by the file of renamed pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from consent_ledger import canonical
from consent_ledger.errors import Refused
from edge_client.wire.catalogue import MOST_ITEMS, Catalogue, CatalogueItem, hash_pages
from edge_client.wire.paths import ItemId
from lambdas.shared.importing.imported import DraftItem, Imported, Problem, Weight


@dataclass(frozen=True, slots=True)
class Merged:
    """The next catalogue; pages that came, changed and went; drafts that are still to be finished; problems
    that are left; and whether page indexes are those of before."""

    catalogue: Catalogue
    added: tuple[ItemId, ...]
    changed: tuple[ItemId, ...]
    gone: tuple[ItemId, ...]
    drafts: tuple[DraftItem, ...]
    problems: tuple[Problem, ...]
    has_same_pages: bool


def merge(
    imported: Imported, site: str, *, before: Catalogue | None = None, keep_gone: bool = True
) -> Merged:
    """Join what was imported with what there is.

    Of a page that is there already the source says the texts, languages and life events; topic, kind,
    picture and whether it is essential stay as the author decided. Pages that the source no longer has
    stay, unless they are to go (`keep_gone`); a page that moved goes where its new address is there. Raises
    `Refused` for more than a catalogue holds, and for a catalogue of another site.
    """
    if before is not None and before.site != site:
        raise Refused("catalogue: of another site")
    earlier = {} if before is None else {item.id: item for item in before.items}
    items: dict[ItemId, CatalogueItem] = {}
    drafts = []
    for draft in imported.items:
        known = _decided(draft, earlier.get(draft.id))
        if known.wants:
            drafts.append(known)
            if draft.id in earlier:
                items[draft.id] = earlier[draft.id]
            continue
        items[draft.id] = _kept(known.finished(), earlier.get(draft.id))
    missing = set(earlier) - {draft.id for draft in imported.items}
    gone = {item for item in missing if not keep_gone or _end(item, imported.moved) in items}
    items |= {item: earlier[item] for item in missing - gone}
    catalogue = _catalogue(site, items)
    return Merged(
        catalogue=catalogue,
        added=tuple(item for item in catalogue.pages if item not in earlier),
        changed=tuple(item for item in catalogue.pages if item in earlier and items[item] != earlier[item]),
        gone=tuple(sorted(gone)),
        drafts=tuple(drafts),
        problems=_left(imported, drafts, stale=missing - gone),
        has_same_pages=before is not None and hash_pages(before.pages) == hash_pages(catalogue.pages),
    )


def renamed_pages(moved: Mapping[ItemId, ItemId]) -> bytes:
    """Where pages moved, as `nearside train --renamed` reads it: the ones that end somewhere."""
    ends = {old: new for old in moved if (new := _end(old, moved)) is not None}
    return canonical.encode(dict(sorted(ends.items())))


def _end(page: ItemId, moved: Mapping[ItemId, ItemId]) -> ItemId | None:
    seen = {page}
    while page in moved:
        page = moved[page]
        if page in seen:
            return None
        seen.add(page)
    return page


def _decided(draft: DraftItem, known: CatalogueItem | None) -> DraftItem:
    if known is None:
        return draft
    return replace(
        draft,
        title=draft.title or known.title,
        summary=draft.summary or known.summary,
        lang=draft.lang or known.lang,
        topic=known.topic,
        kind=known.kind,
        essential=known.essential,
        life_events=draft.life_events or known.life_events,
        translations={**known.translations, **draft.translations},
    )


def _kept(item: CatalogueItem, known: CatalogueItem | None) -> CatalogueItem:
    return item if known is None else replace(item, picture=known.picture)


def _catalogue(site: str, items: Mapping[ItemId, CatalogueItem]) -> Catalogue:
    if len(items) > MOST_ITEMS:
        raise Refused("catalogue: more pages than one holds")
    catalogue = Catalogue(site, tuple(items[item] for item in sorted(items)))
    if len(catalogue.to_bytes()) > canonical.MAX_BYTES:
        raise Refused("catalogue: longer than devices read")
    # As devices read it: nothing that they would refuse is handed on.
    return Catalogue.parse(catalogue.to_bytes())


def _left(imported: Imported, drafts: list[DraftItem], *, stale: set[ItemId]) -> tuple[Problem, ...]:
    wanting = {draft.place for draft in drafts}
    left = [
        problem
        for problem in imported.problems
        if problem.weight is not Weight.UNFINISHED or problem.place in wanting or problem.place == "all pages"
    ]
    if not stale:
        return tuple(left)
    what = f"{len(stale)} pages of the catalogue are not in the source, and stay; this is the first of them"
    return (*left, Problem(Weight.NOTE, min(stale), what, "have them go where they are gone"))
