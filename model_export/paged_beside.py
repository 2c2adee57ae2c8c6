"""What lies beside a model and is of pages, too, for others: archetypes, and the pairs that are counted."""

from __future__ import annotations

from dataclasses import replace

from edge_client.wire.archetypes import Archetypes
from edge_client.wire.candidates import Candidates
from edge_client.wire.catalogue import Catalogue, hash_pages
from model_export.learning.candidates import candidate_pairs


def page_archetypes(data: bytes, before: Catalogue, after: Catalogue) -> bytes:
    """The archetypes of the pages of `before` for those of `after`.

    A page that is gone leaves; a new one says nothing of anybody: which visitors look at it, nobody counted.
    Raises Malformed, and Untrue for archetypes of other pages.
    """
    old = Archetypes.parse(data)
    old.check_catalogue(before)
    index = {page: at for at, page in enumerate(before.pages)}
    place = {index[page]: at for at, page in enumerate(after.pages) if page in index}
    blank = bytes(len(old.archetypes))
    return replace(
        old,
        site=after.site,
        pages_hash=hash_pages(after.pages),
        pages=len(after.pages),
        archetypes=tuple(
            replace(each, typical=tuple(place[page] for page in each.typical if page in place))
            for each in old.archetypes
        ),
        table=b"".join(old.row(index[page]) if page in index else blank for page in after.pages),
    ).to_bytes()


def page_candidates(data: bytes, before: Catalogue, after: Catalogue) -> bytes:
    """The public pairs of the pages of `before` for those of `after`.

    Pairs of pages that stay are those that were chosen; a new page's are chosen from what the catalogue says,
    without a look at any visit, as all of them were. Raises Malformed, and Untrue for pairs of other pages.
    """
    old = Candidates.parse(data)
    old.check_pages(before.pages)
    index = {page: at for at, page in enumerate(after.pages)}
    place = [index.get(page, -1) for page in before.pages]
    kept = {(place[a], place[b]) for a, b in old.pairs if place[a] >= 0 and place[b] >= 0}
    known = {at for at in place if at >= 0}
    if len(known) == len(after.pages):
        return Candidates.of(kept, pages=after.pages).to_bytes()
    chosen = candidate_pairs(after.pages, after)
    return Candidates.of(
        kept | {pair for pair in chosen if not known.issuperset(pair)}, pages=after.pages
    ).to_bytes()
