"""Languages that a site serves less well than its main one, and translations that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from edge_client.wire.catalogue import CatalogueItem
from edge_client.wire.paths import ItemId
from model_export.advisor.finding import Code, Evidence, Finding, Fix, Sure, Told, replaced
from model_export.advisor.material import Material

COVERED = 0.8
"""A language is served when as large a share of the main language's visits is to pages that it has."""

SPOKEN = 0.01
"""A language is missing when as large a share of visitors reads it best."""

_MOST_LISTED = 10
_FEWEST_CELLS = 10


def untranslated(material: Material) -> Iterator[Told]:
    """For each further language: the pages that it lacks, weighed by how many visit them."""
    items, main = material.catalogue.items, material.main_language
    spoken = [item for item in items if item.lang == main and item.id not in material.sensitive]
    total = sum(material.visitors[item.id] for item in spoken)
    for lang in sorted({item.lang for item in items} - {main}):
        lacking = [item for item in spoken if lang not in item.translations]
        missed = sum(material.visitors[item.id] for item in lacking)
        share = 1 - (missed / total if total else len(lacking) / max(1, len(spoken)))
        if share >= COVERED:
            continue
        first = sorted(lacking, key=lambda item: (not item.essential, -material.visitors[item.id], item.id))
        essential = sum(item.essential for item in lacking)
        stuck = _left_for_main(material, lang, main)
        yield Finding(
            Code.UNTRANSLATED,
            tuple(item.id for item in first[:_MOST_LISTED]),
            f"{len(spoken) - len(lacking)} of {len(spoken)} pages are in {lang}; {share:.0%} of visits to the"
            f" pages in {main} are to those; {essential} essential pages are missing",
            (
                Evidence(f"visits in {main} to pages that {lang} has", share, "share"),
                Evidence(f"pages that {lang} lacks", len(lacking), "pages"),
                *(
                    ()
                    if stuck is None
                    else (Evidence(f"moves from {lang} pages on to {main} pages", stuck, "share"),)
                ),
            ),
            Fix("translate in the order given: essential pages first, then the busiest"),
            Sure.CERTAIN,
            visitors=missed,
        )


def missing_languages(material: Material) -> Iterator[Told]:
    """Languages that many visitors read best and that no page is in."""
    have = {item.lang.split("-")[0] for item in material.catalogue.items}
    for lang, share in sorted(material.speakers.items(), key=lambda pair: (-pair[1], pair[0])):
        if share >= SPOKEN and lang.split("-")[0] not in have:
            yield Finding(
                Code.MISSING_LANGUAGE,
                (),
                f"{share:.1%} of visitors read {lang} best, and no page is in it",
                (Evidence(f"visitors who read {lang} best", share, "share"),),
                Fix("translate the essential pages first"),
                Sure.CERTAIN,
                visitors=share * sum(material.visitors.values()),
            )


def broken_translations(material: Material) -> Iterator[Told]:
    """Translations that are no page, are in another language, or do not lead back."""
    for at, item in enumerate(material.catalogue.items):
        wrong = {
            lang: reason
            for lang, page in item.translations.items()
            if (reason := _wrong(material, item, lang, page)) is not None
        }
        if not wrong:
            continue
        kept = {lang: page for lang, page in item.translations.items() if lang not in wrong}
        yield Finding(
            Code.BROKEN_TRANSLATION,
            (item.id, *(item.translations[lang] for lang in wrong)),
            "; ".join(f"its translation into {lang} {reason}" for lang, reason in wrong.items()),
            (Evidence("translations that lead nowhere", len(wrong), "links"),),
            Fix(
                "name the right page, or take the translation out until there is one",
                patch=replaced(material.catalogue, at, "translations", kept),
            ),
            Sure.CERTAIN,
            visitors=material.visitors[item.id],
        )


def _wrong(material: Material, item: CatalogueItem, lang: str, page: ItemId) -> str | None:
    other = material.catalogue.get(page)
    if other is None:
        return f"({page}) is no page of the catalogue"
    if other.lang != lang:
        return f"({page}) is in {other.lang}"
    if other.translations.get(item.lang) != item.id:
        return f"({page}) does not lead back"
    return None


def _left_for_main(material: Material, lang: str, main: str) -> float | None:
    """Of the moves that begin on pages in `lang`, the share that ends on pages in the main language.

    None where the releases show too few of them to tell.
    """
    items = material.catalogue.items
    inside = [at for at, item in enumerate(items) if item.lang == lang]
    outside = [at for at, item in enumerate(items) if item.lang == main]
    moves = material.counts.moves[inside]
    return float(moves[:, outside].sum() / moves.sum()) if moves.nnz >= _FEWEST_CELLS else None
