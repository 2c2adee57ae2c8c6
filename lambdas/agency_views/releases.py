"""Releases: what was counted, at which price, and where anybody can check it.

Only what the log holds is shown, and of that what the release says of itself. A release is public once it is
logged: its bytes are served beside the log under their hash. Sums that are not released yet, what fell below
the threshold, and how many took part are in no release, and nothing here reads them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.leaf import BudgetLeaf
from edge_client.wire.release import Release
from lambdas.agency_views.ports import Log, Releases

MOST_READ_BYTES: Final = 32 * 1024 * 1024
"""How much of releases one page of a list reads: a long one is on a page by itself."""


@dataclass(frozen=True, slots=True)
class ReleasesView:
    """The releases of a deployment, by site."""

    releases: Releases
    log: Log

    def page(self, site: str, *, after: str, limit: int) -> tuple[tuple[dict[str, Json], ...], str | None]:
        """Return some releases of a site by task and week, and after which name the next page begins.

        A page may have fewer than `limit`, or none, and be followed by more: how much it reads is bounded.
        """
        found: list[dict[str, Json]] = []
        read, last = 0, after
        for named in self.releases.names(after=after):
            is_full = len(found) == limit or (read and read + named.size_bytes > MOST_READ_BYTES)
            if is_full:
                return tuple(found), last
            read, last = read + named.size_bytes, named.name
            shown = self.one(site, named.task, named.period)
            found += [shown] if shown is not None else []
        return tuple(found), None

    def one(self, site: str, task: str, period: str) -> dict[str, Json] | None:
        """Return what one release says of itself; None for none, another site's, and one not in the log."""
        try:
            data = self.releases.read(task, period)
            release = None if data is None else Release.parse(data)
        except (Malformed, Untrue):
            # Whoever can write to the bucket stands in no release's way.
            return None
        if data is None or release is None or release.site != site:
            return None
        privacy, digest = release.privacy, hashlib.sha256(data)
        entry = BudgetLeaf(task, period, privacy.epsilon_milli, privacy.delta_exp, digest.digest())
        place = self.log.place(entry)
        if place is None:
            return None
        return {
            "task": task,
            "period": period,
            "source": release.source.value,
            "k": privacy.k,
            "threshold": release.threshold,
            "parts": release.parts,
            "mechanism": privacy.mechanism.value,
            "epsilon_milli": privacy.epsilon_milli,
            "delta_exp": privacy.delta_exp,
            "pairs": release.bound.pairs,
            "unit": release.bound.unit.value,
            "rows": len(release.cells),
            "bytes": len(data),
            "sha256": digest.hexdigest(),
            "place": place,
            "document": f"/ledger/documents/{digest.hexdigest()}",
        }
