"""Which releases may be learnt from together: those of one site, each of them once."""

from __future__ import annotations

from collections.abc import Sequence

from consent_ledger.errors import Refused
from edge_client.wire.candidates import Candidates
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.release import Release


def check_together(releases: Sequence[Release], catalogue: Catalogue | None = None) -> None:
    """Raise Refused unless releases and catalogue are of one site, and no release is there twice.

    Two sites have pages of the same path that have nothing to do with each other. Weeks that count the same
    are different releases; the same bytes twice would count every visitor of that week twice.
    """
    if len({release.site for release in releases}) > 1:
        raise Refused("release: the releases are of more than one site")
    if catalogue is not None and any(release.site != catalogue.site for release in releases):
        raise Refused("release: it is of another site than the catalogue")
    if len({release.to_bytes() for release in releases}) < len(releases):
        raise Refused("release: the same one is given twice")


def check_candidates(releases: Sequence[Release], candidates: Candidates) -> None:
    """Raise Untrue for a release on public pairs that are not these, or with a cell that is none of them."""
    for release in releases:
        # A release of what occurred was counted without any list.
        if release.candidates is not None:
            candidates.check_release(release)
