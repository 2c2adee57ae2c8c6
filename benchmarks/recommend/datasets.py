"""Public journeys: visits as walks over a catalogue, and how each is parted into training rows and questions.

`msweb`: areas that 32,711 visitors of one site saw in a week of 1998; the catalogue is the file's own list.
A fifth of the visitors is held out, and asked for the last area of each.
`msweb-truncated`: nobody is held out; every visitor's last area is the question and is in no training row.
`govuk-journeys`: distinct page sequences of GOV.UK visits, and one day's published totals of moves.
In five parts: the sequences of each in turn are held out, whole, however often they occurred.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.recommend.rows import Questions, Rows, Walk
from consent_ledger.errors import Malformed
from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind
from edge_client.wire.paths import ItemId, scrub_path, stands_for_many

PARTS = 5
MSWEB, TRUNCATED, GOVUK = "msweb", "msweb-truncated", "govuk-journeys"


@dataclass(frozen=True, slots=True)
class Part:
    """Training rows, and questions from visits that are not among them."""

    rows: Rows
    questions: Questions


@dataclass(frozen=True, slots=True)
class Site:
    """A data set: the catalogue that all contenders rank whole, and its parts, which are asked one by one."""

    name: str
    catalogue: Catalogue
    parts: tuple[Part, ...]

    @property
    def pages(self) -> int:
        """How many pages are ranked."""
        return len(self.catalogue.pages)

    @property
    def with_totals(self) -> bool:
        """Whether totals of moves were published beside the visits."""
        return len(self.parts[0].rows.moves) > 0


def load(name: str, folder: Path) -> Site:
    """Read that data set; raises FileNotFoundError where it is missing, Malformed where it is broken."""
    match name:
        case "msweb":
            return _msweb(folder / "msweb" / "anonymous-msweb.data", truncated=False)
        case "msweb-truncated":
            return _msweb(folder / "msweb" / "anonymous-msweb.data", truncated=True)
        case "govuk-journeys":
            return _govuk(folder / "govuk-journeys")
        case _:
            raise ValueError(f"data set: not one of {MSWEB}, {TRUNCATED}, {GOVUK}")


def parse_msweb(lines: Iterable[str]) -> tuple[dict[str, tuple[str, str]], dict[str, tuple[str, ...]]]:
    """Areas (id to title and path), and each visitor's areas in the order listed.

    Lines are `A,id,1,"title","/path"`, `C,"visitor",visitor` and, after it, `V,id,1`; others are headers.
    Raises Malformed for a vote without a visitor or for an area that is not listed.
    """
    areas: dict[str, tuple[str, str]] = {}
    visits: dict[str, list[str]] = {}
    visitor = None
    for row in csv.reader(lines):
        match row:
            case ["A", area, _, title, path]:
                areas[area] = (title, path)
            case ["C", visitor, _]:
                visits[visitor] = []
            case ["V", area, _]:
                if visitor is None or area not in areas:
                    raise Malformed("msweb: a vote for no area or by no visitor")
                visits[visitor].append(area)
            case ["I" | "T" | "N", *_] | []:
                pass
            case _:
                raise Malformed("msweb: a line of no known kind")
    return areas, {visitor: tuple(dict.fromkeys(seen)) for visitor, seen in visits.items()}


def _msweb(path: Path, *, truncated: bool) -> Site:
    with path.open(encoding="latin-1", newline="") as lines:
        areas, visits = parse_msweb(lines)
    catalogue = _catalogue("msweb", {scrub_path(path): title for title, path in areas.values()})
    index = _index(catalogue)
    at = {area: index[scrub_path(path)] for area, (_, path) in areas.items()}
    walks = {visitor: tuple(at[area] for area in seen) for visitor, seen in visits.items() if seen}
    pages = len(catalogue.pages)
    if truncated:
        asked = list(walks.values())
        known = [walk[:-1] for walk in asked if len(walk) > 1]
        return Site(TRUNCATED, catalogue, (Part(Rows.of(pages, known), Questions.of(asked)),))
    asked = [walk for visitor, walk in walks.items() if _part_of(visitor) == 0]
    known = [walk for visitor, walk in walks.items() if _part_of(visitor) != 0]
    return Site(MSWEB, catalogue, (Part(Rows.of(pages, known), Questions.of(asked)),))


def _govuk(folder: Path) -> Site:
    occurred: Counter[tuple[ItemId, ...]] = Counter()
    for times, sequence in _table(folder / "sessions.csv"):
        pages = (scrub_path(page) for page in sequence.split(">>"))
        # A page that stands for many (`:date`) is no page that anyone can be sent to.
        occurred[tuple(dict.fromkeys(page for page in pages if not stands_for_many(page)))] += int(times)
    moved: Counter[tuple[ItemId, ItemId]] = Counter()
    for source, target, times in _table(folder / "moves.csv"):
        pair = scrub_path(source), scrub_path(target)
        if pair[0] != pair[1] and not any(stands_for_many(page) for page in pair):
            moved[pair] += int(times)
    named = {page for sequence in (*occurred, *moved) for page in sequence}
    catalogue = _catalogue("govuk", dict.fromkeys(named, ""))
    at = _index(catalogue)
    moves = [(at[a], at[b], times) for (a, b), times in sorted(moved.items())]
    sequences = sorted(sequence for sequence in occurred if sequence)
    parts = []
    for part in range(PARTS):
        known = [sequence for sequence in sequences if _part_of(">>".join(sequence)) != part]
        asked = [sequence for sequence in sequences if _part_of(">>".join(sequence)) == part]
        rows = Rows.of(
            len(catalogue.pages),
            [tuple(at[page] for page in sequence) for sequence in known],
            times=[occurred[sequence] for sequence in known],
            moves=moves,
        )
        parts.append(Part(rows, Questions.of([tuple(at[page] for page in sequence) for sequence in asked])))
    return Site(GOVUK, catalogue, tuple(parts))


def _table(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from list(csv.reader(lines))[1:]


def _catalogue(site: str, titles: dict[ItemId, str]) -> Catalogue:
    return Catalogue(
        site,
        tuple(
            CatalogueItem(page, title, "", "", ItemKind.INFORMATION, "en")
            for page, title in sorted(titles.items())
        ),
    )


def _index(catalogue: Catalogue) -> dict[ItemId, int]:
    return {page: at for at, page in enumerate(catalogue.pages)}


def _part_of(name: str) -> int:
    """Which of the parts a visit belongs to: chosen by a hash, so that it is the same wherever it is read."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % PARTS


def sequences(walks: Sequence[Walk], catalogue: Catalogue) -> list[tuple[ItemId, ...]]:
    """The walks as paths."""
    return [tuple(catalogue.pages[page] for page in walk) for walk in walks]
