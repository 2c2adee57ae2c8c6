"""Models for other pages, made on the machine of whoever runs a command, of files that everyone may fetch."""

from __future__ import annotations

from collections.abc import Mapping

from lambdas.shared.publishing.bundle_files import read_public
from lambdas.shared.publishing.live_bundle import Shelf
from lambdas.shared.publishing.paging import Pages, Wanted


def pages_of(shelf: Shelf, site: str) -> Pages:
    """Return what makes models of a site's published files, as the function that does so for agencies."""

    def made(wanted: Wanted) -> Mapping[str, bytes]:
        # Most commands make no model, and would wait for what makes them.
        from lambdas.page_model.maker import make

        return make(wanted, lambda sha256: read_public(shelf, site, digest=sha256))

    return made
