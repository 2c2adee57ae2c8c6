"""A site's draft as a whole, read at one moment."""

from __future__ import annotations

from collections.abc import Mapping

from lambdas.shared.agency.audit import AUDIT
from lambdas.shared.agency.collection import Collection
from lambdas.shared.agency.composed import Drafts
from lambdas.shared.agency.document import Document, place_of, read_document
from lambdas.shared.agency.failures import Busy
from lambdas.shared.agency.rows import AgencyId, AgencyRows, all_rows

_TRIES = 5

Documents = Mapping[Collection, tuple[Document, ...]]
"""Every document of a site, those that were deleted among them."""


def read_draft(rows: AgencyRows, agency: AgencyId, site: str) -> Documents:
    """Read a site's whole draft as it was at one moment: every change has an entry, and none came between.

    Raises `Busy` when somebody changes something all the time.
    """
    for _ in range(_TRIES):
        before = rows.last(agency, AUDIT)
        found = {
            each: tuple(map(read_document, all_rows(rows, agency, place_of(site, each))))
            for each in Collection
        }
        if rows.last(agency, AUDIT) == before:
            return found
    raise Busy("draft: somebody is changing it")


def bodies(documents: Documents) -> Drafts:
    """What is there, without what was deleted."""
    return {
        collection: {each.name: each.body for each in found if each.body is not None}
        for collection, found in documents.items()
    }
