"""A made-up site of any size: sections of pages, words that they share, visits skewed as real ones are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Bound, Period, Privacy, Release, Source, Unit

SECTION = 40
CELLS_A_PAGE = 40
K = 10
_LETTERS = "abdefgiklmnoprstuvz"


def large_catalogue(pages: int) -> Catalogue:
    """So many pages in sections of forty; a page's title and summary are words of its section and of all."""
    rng = np.random.default_rng(1)
    words = ["".join(rng.choice(list(_LETTERS), size=rng.integers(4, 10))) for _ in range(2000 + pages // 5)]
    items = []
    for page in range(pages):
        section, number = divmod(page, SECTION)
        own = rng.integers(0, 12, size=4) + section * 7 % (len(words) - 12)
        common = np.minimum(rng.zipf(1.3, size=8) - 1, len(words) - 1)
        title, summary = " ".join(words[at] for at in own), " ".join(words[at] for at in common)
        path = ItemId(f"/s{section:04d}/{words[own[0]]}-{number:02d}")
        items.append(
            CatalogueItem(path, title, summary, f"topic {section // 10}", ItemKind.INFORMATION, "en")
        )
    return Catalogue("large", tuple(sorted(items, key=lambda item: item.id)))


def large_release(catalogue: Catalogue) -> Release:
    """Counts of at least ten between its pages, about forty cells a page: as many as a busy site has.

    Half of a page's moves stay in its section, a third go to three sections that it links to, the others
    anywhere; how often a page is left and reached falls as 1 / rank.
    """
    pages, rng = len(catalogue.pages), np.random.default_rng(2)
    popularity = 1 / (1 + rng.permutation(pages))
    rows = np.repeat(np.arange(pages), CELLS_A_PAGE * 2)
    section, draw = rows // SECTION, rng.random(len(rows))
    linked = (section * 17 + rng.integers(1, 4, size=len(rows)) * 31) % (pages // SECTION + 1)
    near = _within(section, rng=rng, pages=pages)
    far = np.where(draw < 0.83, _within(linked, rng=rng, pages=pages), rng.integers(0, pages, size=len(rows)))
    columns = np.where(draw < 0.5, near, far)
    busy = np.sqrt(popularity[rows] * popularity[columns]) * pages
    counts = (K / 2 + rng.pareto(1.2, size=len(rows)) * 8 * (1 + busy)).astype(np.int64)
    paths = catalogue.pages
    cells = {
        (paths[a], paths[b]): min(int(count), 10**9)
        for a, b, count in zip(rows, columns, counts, strict=True)
        if a != b
    }
    return Release.of(
        cells,
        site=catalogue.site,
        source=Source.LOG,
        period=Period("2026-11-01", "2026-11-30"),
        privacy=Privacy(K),
        bound=Bound(Unit.VISITOR, 4),
        pages=paths,
    )


def _within(section: NDArray[np.int64], *, rng: np.random.Generator, pages: int) -> NDArray[np.int64]:
    """A page of each section, the first ones likeliest."""
    place = np.minimum(rng.geometric(0.12, size=len(section)) - 1, SECTION - 1)
    return np.minimum(section * SECTION + place, pages - 1)
