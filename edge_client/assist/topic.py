"""Which topic of an agency's contacts this visit's pages are about, and which pages those are."""

from __future__ import annotations

from collections.abc import Collection

from consent_ledger import canonical
from edge_client.bundle import Bundle
from edge_client.interest import wanted_by
from edge_client.profile import Profile
from edge_client.told import Told
from edge_client.wire.catalogue import CatalogueItem, page_above
from edge_client.wire.paths import ItemId

LEAST_PAGES = 2
MOST_PAGES = 20


def help_of(
    profile: Profile, *, told: Told, bundle: Bundle, here: ItemId, topics: Collection[str], at_ms: int
) -> dict[str, canonical.Json]:
    """Return what the help page `here` shows: of the `topics` that it has contacts for, the one that this
    visit is about; and the visit's other pages, the first one first: each is an id, a title and a language.

    Pages that rules call sensitive are not among them, whatever an older profile holds.
    """
    seen = [item for item in pages_of_visit(profile, bundle=bundle, at_ms=at_ms) if item.id != here]
    is_wanted = wanted_by(told, bundle.catalogue)
    # A topic that the citizen stopped is not put before them; what they looked at, they looked at.
    stopped = {visit.item for visit in profile.visits if not is_wanted(visit)}
    topic = topic_of([item for item in seen if item.id not in stopped], topics)
    pages: list[canonical.Json] = [[item.id, item.title, item.lang] for item in seen]
    return {"here": here, "pages": pages, "topic": topic}


def pages_of_visit(profile: Profile, *, bundle: Bundle, at_ms: int) -> tuple[CatalogueItem, ...]:
    """Return the last `MOST_PAGES` pages of the session that goes on at `at_ms` (Unix milliseconds), in the
    order of the last look; a form counts as the page that it lies below."""
    if profile.starts_session(at_ms):
        return ()
    seen: dict[str, CatalogueItem] = {}
    for visit in profile.visits:
        page = page_above(visit.item, bundle.catalogue)
        known = bundle.catalogue.get(page) if page else None
        is_meant = visit.session == profile.last_session and not bundle.is_sensitive(visit.item)
        if known is not None and is_meant and not bundle.is_sensitive(known.id):
            seen.pop(known.id, None)
            seen[known.id] = known
    return tuple(seen.values())[-MOST_PAGES:]


def topic_of(seen: Collection[CatalogueItem], topics: Collection[str]) -> str | None:
    """Return the one of `topics` that most pages are about, of two with as many the one looked at last; None
    where fewer than `LEAST_PAGES` are about any: one look says too little."""
    counts: dict[str, int] = {}
    for item in seen:
        if item.topic in topics:
            counts[item.topic] = counts.pop(item.topic, 0) + 1  # the last one looked at comes last
    most = max(counts.values(), default=0)
    return [topic for topic, count in counts.items() if count == most][-1] if most >= LEAST_PAGES else None
