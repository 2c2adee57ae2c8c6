"""The archetypes of a site: which pages each is about, equal for every visitor.

`archetypes.json` is an optional file of a bundle; its format is `docs/formats/archetypes.md`.
"""

from __future__ import annotations

from dataclasses import dataclass

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.fields import Fields, print_base64, read_base64, read_hex
from edge_client.wire.catalogue import MOST_ITEMS, Catalogue, hash_pages
from edge_client.wire.rules import Rules, sensitive_pages

FEWEST = 2
MOST = 12
STRONGEST = 127
MOST_RECENT = 20
MOST_TYPICAL = 5
LONGEST_NAME = 80
LONGEST_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Archetype:
    """One learned group: a name for people to read, and the indexes of its most typical pages, best first."""

    name: str
    typical: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Archetypes:
    """All archetypes of a site, and how a device tells which one its recent pages are like.

    `table` holds for each page, in the order of the catalogue, one byte for each archetype: 0 (says nothing)
    to 127 (most typical).
    The last `recent` distinct pages count, each older one `decay_milli` thousandths of the one before;
    nothing is said from fewer than `least_pages` of them, nor where the best archetype has less than
    `floor_milli` thousandths of all likeness.
    """

    site: str
    pages_hash: str
    pages: int
    recent: int
    decay_milli: int
    least_pages: int
    floor_milli: int
    archetypes: tuple[Archetype, ...]
    table: bytes

    def __post_init__(self) -> None:
        if not FEWEST <= len(self.archetypes) <= MOST:
            raise Malformed(f"archetypes: not between {FEWEST} and {MOST}")
        if len({archetype.name for archetype in self.archetypes}) != len(self.archetypes):
            raise Malformed("archetypes: a name is given twice")
        if len(self.table) != self.pages * len(self.archetypes) or max(self.table, default=0) > STRONGEST:
            raise Malformed("archetypes: the table is not a byte up to 127 for each page and archetype")
        if any(page >= self.pages for archetype in self.archetypes for page in archetype.typical):
            raise Untrue("archetypes: a typical page is outside the pages")
        if self.least_pages > self.recent:
            raise Untrue("archetypes: more pages are needed than are looked at")

    @classmethod
    def parse(cls, raw: bytes) -> Archetypes:
        """Read `archetypes.json`; what parses prints back byte for byte. Raises Malformed or Untrue."""
        fields = Fields(canonical.decode(raw, max_bytes=LONGEST_BYTES), "archetypes")
        fields.whole("v", low=1, high=1)
        parsed = cls(
            site=fields.text("site", pattern=r"[a-z0-9][a-z0-9.-]{0,62}"),
            pages_hash=read_hex(fields.text("pages_hash"), 32, noun="archetypes: pages_hash").hex(),
            pages=fields.whole("pages", high=MOST_ITEMS),
            recent=fields.whole("recent", low=1, high=MOST_RECENT),
            decay_milli=fields.whole("decay_milli", low=1, high=1000),
            least_pages=fields.whole("least_pages", low=3, high=MOST_RECENT),
            floor_milli=fields.whole("floor_milli", low=1, high=1000),
            archetypes=tuple(_archetype(value) for value in fields.rows("archetypes", max_length=MOST)),
            table=read_base64(fields.text("table", max_length=LONGEST_BYTES), noun="archetypes: table"),
        )
        fields.done()
        return parsed

    def to_bytes(self) -> bytes:
        """The file as canonical JSON."""
        return canonical.encode(
            {
                "v": 1,
                "site": self.site,
                "pages_hash": self.pages_hash,
                "pages": self.pages,
                "recent": self.recent,
                "decay_milli": self.decay_milli,
                "least_pages": self.least_pages,
                "floor_milli": self.floor_milli,
                "archetypes": [
                    {"name": archetype.name, "typical": list(archetype.typical)}
                    for archetype in self.archetypes
                ],
                "table": print_base64(self.table),
            }
        )

    def row(self, page: int) -> bytes:
        """How typical the page of that index is of each archetype."""
        return self.table[page * len(self.archetypes) : (page + 1) * len(self.archetypes)]

    def check_sensitive(self, catalogue: Catalogue, rules: Rules) -> None:
        """Raise Untrue where a page that the rules call sensitive says anything of anybody."""
        for page in sensitive_pages(catalogue, rules):
            index = catalogue.index_of(page)
            if index is not None and any(self.row(index)):
                raise Untrue("archetypes: a sensitive page is part of one")

    def check_catalogue(self, catalogue: Catalogue) -> None:
        """Raise Untrue unless the indexes are those of this catalogue."""
        if (self.site, self.pages_hash) != (catalogue.site, hash_pages(catalogue.pages)):
            raise Untrue("archetypes: made for another catalogue")
        if self.pages != len(catalogue.items):
            raise Untrue("archetypes: made for another number of pages")


def _archetype(value: canonical.Json) -> Archetype:
    fields = Fields(value, "archetypes: archetype")
    name = fields.text("name", pattern=r"\S(?:.*\S)?", max_length=LONGEST_NAME)
    typical = fields.rows("typical", max_length=MOST_TYPICAL)
    fields.done()
    pages = tuple(page for page in typical if isinstance(page, int) and not isinstance(page, bool))
    if len(pages) != len(typical) or min(pages, default=0) < 0 or len(set(pages)) != len(pages):
        raise Malformed("archetypes: typical pages are not different indexes")
    return Archetype(name, pages)
