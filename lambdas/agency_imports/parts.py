"""An import in parts: each answer says where the next one goes on, and the upload is sent again with it.

Nothing of an upload is kept between two requests. A cursor names the upload by its hash, the last page that
was looked at, and how much was told; with another upload, or another answer to what it asks, it is refused.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from lambdas.shared.agency.cursors import print_cursor, read_cursor
from lambdas.shared.agency.rows import AgencyId, Kind, Place
from lambdas.shared.importing.gathering import Asked
from lambdas.shared.importing.uploads import SourceKind

_DIGITS: Final = 32


@dataclass(frozen=True, slots=True)
class Begun:
    """How far an import is: behind which document's name it goes on, and how many problems were told."""

    after: str = ""
    told: int = 0


@dataclass(frozen=True, slots=True)
class Upload:
    """What somebody sends: bytes of a kind, what they say of all pages, and whether they replace pages."""

    kind: SourceKind
    raw: bytes
    asked: Asked
    replaces: bool

    @property
    def name(self) -> str:
        """What tells it from another one, in hex."""
        said = [
            self.kind.value,
            hashlib.sha256(self.raw).hexdigest(),
            self.asked.host,
            self.asked.lang,
            "" if self.asked.kind is None else self.asked.kind.value,
            self.asked.by_section,
            self.replaces,
        ]
        return hashlib.sha256(canonical.encode(said)).hexdigest()[:_DIGITS]


def print_begun(agency: AgencyId, site: str, upload: Upload, begun: Begun) -> str:
    """Return the cursor of a part, for whoever sends the upload again."""
    return print_cursor(agency, _place(site, upload), f"{begun.told}:{begun.after}")


def read_begun(agency: AgencyId, site: str, upload: Upload, cursor: str | None) -> Begun:
    """Read a cursor; None begins. Raises `Malformed` for one of another upload."""
    if cursor is None:
        return Begun()
    told, _, after = read_cursor(agency, _place(site, upload), cursor).partition(":")
    if not told.isascii() or not told.isdigit():
        raise Malformed("cursor: not one of this import")
    return Begun(after, int(told))


def _place(site: str, upload: Upload) -> Place:
    return Place(Kind.DRAFTS, f"{site}#import#{upload.name}")
