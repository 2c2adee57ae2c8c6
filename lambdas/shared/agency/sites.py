"""Whose each site is, as the deployer set it: nobody claims one by a request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from consent_ledger.errors import Malformed
from lambdas.shared.agency.rows import AgencyId

_PAIR: Final = re.compile(r"([a-z0-9](?:[a-z0-9.-]{0,98}[a-z0-9])?):([a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?)")

RESERVED: Final = frozenset({"files", "jobs", "begun"})
"""No site is called so: folders of the bucket are, and roles tell by these what they may touch."""


@dataclass(frozen=True, slots=True)
class Sites:
    """Every site of a deployment and its one agency."""

    owners: Mapping[str, AgencyId]

    @classmethod
    def parse(cls, text: str) -> Sites:
        """Read `agency:site` pairs parted by commas.

        Raises `Malformed`, also for a site of two agencies, and for one that is called as a folder is.
        """
        owners: dict[str, AgencyId] = {}
        for pair in text.split(","):
            found = _PAIR.fullmatch(pair)
            if found is None or found[2] in owners:
                raise Malformed("sites: not pairs of an agency and a site of its own")
            if found[2] in RESERVED:
                raise Malformed(f"sites: none may be called {found[2]}")
            owners[found[2]] = AgencyId(found[1])
        return cls(owners)

    def owner_of(self, site: str) -> AgencyId | None:
        """The agency of a site, or None for no site of this deployment."""
        return self.owners.get(site)

    def of(self, agency: AgencyId) -> tuple[str, ...]:
        """The sites of an agency, sorted."""
        return tuple(sorted(site for site, owner in self.owners.items() if owner == agency))
