"""The loader under an address that no other bytes ever have, for tags that say what it must be.

What to choose, and what an update takes: docs/integrating.md, "Which loader".
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from typing import Protocol

from lambdas.shared.publishing.device_code import LOADER, PREFIX


class Shelf(Protocol):
    """Public files, as browsers get them."""

    def read(self, path: str) -> bytes | None:
        """Return a file, or None."""
        ...


@dataclass(frozen=True, slots=True)
class PinnedLoader:
    """`path` is its address below the site's root, without a slash first; `integrity` is what `<script>`
    takes (Subresource Integrity, section 3.1)."""

    path: str
    integrity: str

    def __str__(self) -> str:
        """The attributes of a script tag."""
        return f'src="/{self.path}" integrity="{self.integrity}"'


def pinned(loader: bytes) -> PinnedLoader:
    """Return where this loader lies for good, beside `loader.js`, and what tells it from any other."""
    # Its own folder: the runtime's name is not one of the notices' words, which are in the loader.
    folder = hashlib.sha256(loader).hexdigest()[:16]
    integrity = b64encode(hashlib.sha384(loader).digest()).decode()
    return PinnedLoader(f"{PREFIX}runtime/{folder}/{LOADER}", f"sha384-{integrity}")


def pinned_on(shelf: Shelf) -> PinnedLoader | None:
    """Return where the loader that is served now lies for good; None where it does not, or there is none."""
    loader = shelf.read(PREFIX + LOADER)
    found = None if loader is None else pinned(loader)
    return found if found and shelf.read(found.path) == loader else None
