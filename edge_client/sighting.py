"""Where a decision was shown: on which page, when, and which items. It never leaves the device."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from consent_ledger.errors import Malformed
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.paths import ItemId

_TEXT: Final = re.compile(rb"(\d{1,16}):(\d{1,6}):(\d{1,6}(?:/\d{1,6}){0,99})")


@dataclass(frozen=True, slots=True)
class Sighting:
    """One page that showed what was decided; page and items are indexes of the catalogue."""

    at_ms: int
    page: int
    items: tuple[int, ...]

    def __bytes__(self) -> bytes:
        """Print it in one word."""
        return b"%d:%d:%s" % (self.at_ms, self.page, b"/".join(b"%d" % item for item in self.items))

    @classmethod
    def from_bytes(cls, raw: bytes) -> Sighting:
        """Read what `bytes` printed. Raises `Malformed` on anything else."""
        found = _TEXT.fullmatch(raw)
        if found is None:
            raise Malformed("decided: a sighting is not a time, a page and its items")
        at_ms, page, items = found.groups()
        sighting = cls(int(at_ms), int(page), tuple(map(int, items.split(b"/"))))
        if bytes(sighting) != raw:
            raise Malformed("decided: a number begins with a nought")
        return sighting

    @classmethod
    def of(
        cls, page: ItemId, shown: tuple[ItemId, ...], *, at_ms: int, catalogue: Catalogue
    ) -> Sighting | None:
        """Say what a page shows, as far as the catalogue knows it; None where it shows nothing of that."""
        place = catalogue.index_of(page)
        items = tuple(index for item in shown if (index := catalogue.index_of(item)) is not None)
        return None if place is None or not items else cls(at_ms, place, items)
