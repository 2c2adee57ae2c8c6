"""A site's whole draft, document by document, in answers of a bounded length: to look at, or to take away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from lambdas.shared.agency.audit import AUDIT, read_entry
from lambdas.shared.agency.collection import Collection
from lambdas.shared.agency.cursors import print_cursor, read_cursor
from lambdas.shared.agency.document import Document, place_of, read_document
from lambdas.shared.agency.rows import AgencyId, AgencyRows, Kind, Place

MOST_ANSWERED: Final = 1_500_000
"""The bytes of one page's documents; as JSON in JSON any byte may take three of a function's six million."""

_ORDER: Final = tuple(Collection)
_READ: Final = 100


@dataclass(frozen=True, slots=True)
class WholePage:
    """Some documents with their collections, and where the next page begins; None for the last.

    `entry` is the number of the last entry in the trail before they were read: where all pages tell the same
    one, all of them are of one moment.
    """

    documents: tuple[tuple[Collection, Document], ...]
    cursor: str | None
    entry: int


def whole_page(rows: AgencyRows, agency: AgencyId, site: str, *, cursor: str | None, limit: int) -> WholePage:
    """Return at most `limit` documents, by collection and name. Raises `Malformed` for no cursor of this."""
    place = Place(Kind.DRAFTS, site)
    after = read_cursor(agency, place, cursor) if cursor is not None else ""
    last = rows.last(agency, AUDIT)
    entry = read_entry(last.body).number if last is not None else 0
    found: list[tuple[Collection, Document]] = []
    size, here = 0, after
    for collection, document in _behind(rows, agency, site, after):
        size += len(canonical.encode(document.body))
        if found and (len(found) == limit or size > MOST_ANSWERED):
            return WholePage(tuple(found), print_cursor(agency, place, here), entry)
        found.append((collection, document))
        here = f"{collection} {document.name}"
    return WholePage(tuple(found), None, entry)


def _behind(
    rows: AgencyRows, agency: AgencyId, site: str, after: str
) -> Iterator[tuple[Collection, Document]]:
    """Go through the documents behind one; what was deleted is none."""
    named, _, name = after.partition(" ")
    if named and named not in _ORDER:
        raise Malformed("cursor: not one of this list")
    for collection in _ORDER[_ORDER.index(Collection(named)) if named else 0 :]:
        start = name if collection == named else ""
        while read := rows.page(agency, place_of(site, collection), after=start, limit=_READ):
            for document in map(read_document, read):
                if document.body is not None:
                    yield collection, document
            start = read[-1].name
