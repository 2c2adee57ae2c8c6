"""What is there already of the pages that an import brings: read some at a time, not one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from lambdas.shared.agency.rows import AgencyId, AgencyRows, Place, Row

_SPARE: Final = 2
"""So many times as many rows as names are read at once: what lies between the names is read along."""


def rows_named(rows: AgencyRows, agency: AgencyId, place: Place, names: Sequence[str]) -> Mapping[str, Row]:
    """Return the rows of these names that there are; `names` are sorted.

    An import and a draft mostly have the same neighbours, so that two requests do. Where a draft has many
    rows between the names, those that one page of rows did not reach are read by name.
    """
    first, *others = names
    found = {}
    if row := rows.read(agency, place, first):
        found[first] = row
    if not others:
        return found
    limit = _SPARE * len(others)
    page = rows.page(agency, place, after=first, limit=limit)
    wanted = set(others)
    found |= {row.name: row for row in page if row.name in wanted}
    if len(page) == limit:
        for name in (each for each in others if each > page[-1].name):
            if row := rows.read(agency, place, name):
                found[name] = row
    return found
