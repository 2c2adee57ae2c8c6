"""Sitemaps and the HTML of the pages that they list, to drafts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from consent_ledger.errors import Malformed
from edge_client.wire.catalogue import ItemKind
from edge_client.wire.marks import MarkKind
from edge_client.wire.paths import ItemId
from lambdas.shared.importing.addresses import read_address
from lambdas.shared.importing.gathering import Asked, Gathering
from lambdas.shared.importing.govuk_types import kind_of
from lambdas.shared.importing.imported import DraftItem, Imported
from lambdas.shared.importing.page_html import SERVICE, PageFacts, read_page
from lambdas.shared.importing.sitemap import Entry, parse_sitemap

_BETWEEN: Final = (" - ", " | ", " – ", " — ", " · ", " :: ")
_FEWEST_TITLES: Final = 3


def import_sitemap(
    sitemaps: Mapping[str, bytes],
    pages: Iterable[tuple[str, bytes]],
    asked: Asked,
    *,
    moved: Mapping[str, str] | None = None,
    told: Collection[str] = (),
) -> Imported:
    """Read sitemaps by name and pages by address; `moved` is where addresses led on to, and `told` are
    those of which somebody said already why they are no pages. Raises `Malformed`.

    Without any sitemap the pages alone are taken. A page that is listed and was not given is a draft
    without a title; one that was given and is not listed is a draft too, and said.
    """
    gathering = Gathering(asked)
    given = _given(gathering, pages)
    led_on = {
        old: new for raw, new in (moved or {}).items() if (old := gathering.address(raw, raw, quietly=True))
    }
    no_pages = {gathering.address(raw, raw, quietly=True) for raw in told}
    listed = _listed(gathering, sitemaps)
    for item, (place, entry) in listed.items():
        if item in no_pages and item not in given:
            continue
        if item in led_on and item not in given:
            gathering.move(place, item, led_on[item])
            continue
        _take(gathering, item, entry, place=place, html=given.get(item, (place, None))[1])
    for item, (place, html) in given.items():
        if item in listed:
            continue
        if listed:
            gathering.say(place, "is listed in no sitemap", "leave it out where it is not meant to be found")
        _take(gathering, item, None, place=place, html=html)
    _drop_site_name(gathering)
    return gathering.imported()


def _given(gathering: Gathering, pages: Iterable[tuple[str, bytes]]) -> dict[ItemId, tuple[str, bytes]]:
    found: dict[ItemId, tuple[str, bytes]] = {}
    for raw, html in pages:
        item = gathering.address(raw, raw)
        if item is None:
            continue
        if item in found:
            gathering.leave_out(raw, "is the same page as one before it", "give each page once")
            continue
        found[item] = (raw, html)
    return found


def _listed(gathering: Gathering, sitemaps: Mapping[str, bytes]) -> dict[ItemId, tuple[str, Entry]]:
    found: dict[ItemId, tuple[str, Entry]] = {}
    for name, raw in sitemaps.items():
        sitemap = parse_sitemap(raw)
        if sitemap.unread:
            gathering.leave_out(
                name,
                f"{sitemap.unread} entries are more than is read",
                "share the pages out among more sitemaps",
            )
        known = {address.rpartition("/")[2] for address in sitemaps}
        for address in sitemap.sitemaps:
            if address.rpartition("/")[2] not in known and address not in sitemaps:
                gathering.leave_out(name, "names a sitemap that was not given", "give that one too")
        for entry in sitemap.pages:
            place = f"{name} line {entry.line}"
            item = gathering.address(place, entry.address)
            if item is None:
                continue
            if item in found:
                gathering.leave_out(place, "is the same page as one before it", "list each page once")
                continue
            found[item] = (place, entry)
    return found


def _take(gathering: Gathering, item: ItemId, entry: Entry | None, *, place: str, html: bytes | None) -> None:
    facts = PageFacts()
    if html is None:
        gathering.say(place, "was not given with its markup", "give the page's HTML too, for its title")
    else:
        try:
            facts = read_page(html)
        except Malformed as error:
            gathering.say(place, str(error), "give the page as browsers get it")
    if facts.is_unlisted:
        gathering.leave_out(
            place, "asks search engines not to list it", "list it, or take it off the sitemap"
        )
        return
    if facts.leads_on and (target := read_address(facts.leads_on, host=gathering.asked.host).id) != item:
        gathering.move(place, item, target or facts.leads_on)
        return
    canonical = gathering.address(place, facts.canonical, quietly=True) if facts.canonical else item
    if canonical is None:
        gathering.say(place, "names a page elsewhere as its canonical one", "check which of both is meant")
    elif canonical != item:
        gathering.move(place, item, canonical)
        return
    gathering.add(_draft(gathering, item, entry, facts, place))


def _draft(
    gathering: Gathering, item: ItemId, entry: Entry | None, facts: PageFacts, place: str
) -> DraftItem:
    alternates = {**(entry.alternates if entry else {}), **facts.alternates}
    translations = {
        lang: path
        for lang, raw in sorted(alternates.items())
        if (path := gathering.address(place, raw, quietly=True)) is not None
    }
    if len(translations) < len(alternates):
        gathering.say(
            place,
            "has a translation at an address that is no page of this site",
            "name the site's own pages in hreflang",
        )
    formats = facts.marked(MarkKind.FORMAT)
    kind = ItemKind.TRANSACTION if SERVICE in facts.types else kind_of(formats[0]) if formats else None
    return DraftItem(
        id=item,
        place=place,
        title=facts.title,
        summary=facts.summary,
        topic=facts.topic,
        kind=kind,
        lang=facts.lang,
        life_events=facts.marked(MarkKind.LIFE_EVENT),
        translations=translations,
        audiences=facts.marked(MarkKind.AUDIENCE),
        marks=facts.marks,
        modified=facts.modified or (entry.modified if entry else ""),
    )


def _drop_site_name(gathering: Gathering) -> None:
    """Take off titles what most of a language end in: the site's name, which its cards need not repeat."""
    taken = 0
    for lang in sorted({draft.lang for draft in gathering.items.values()}):
        drafts = [each for each in gathering.items.values() if each.lang == lang and each.title]
        most = Counter(end for each in drafts for end in _ends(each.title)).most_common(1)
        if not most or most[0][1] < max(_FEWEST_TITLES, len(drafts) / 2):
            continue
        end, count = most[0]
        taken += count
        for draft in drafts:
            title = draft.title.removesuffix(end).rstrip()
            gathering.items[draft.id] = replace(draft, title=title or draft.title)
    if taken:
        what = f"{taken} titles end in the same words, which were taken off"
        gathering.say("all pages", what, "say so in the draft where they belong to the title")


def _ends(title: str) -> Sequence[str]:
    return [title[title.rindex(between) :] for between in _BETWEEN if between in title[1:]]
