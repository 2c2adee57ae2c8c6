"""What became of the pages that releases counted: new, renamed and retired ones.

A page's counts go with it to its new address when the agency says so (`renamed`).
That two pages may be one is only ever proposed, never assumed: a wrong guess would send visitors astray.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import scipy.sparse as sp

from edge_client.wire.catalogue import Catalogue
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Release
from model_export.learning.content import tokens_of, vectors_of

LIKELY = 0.5


@dataclass(frozen=True, slots=True)
class Proposal:
    """A page that is gone and a new one that reads like it, by a cosine between 0 and 1."""

    old: ItemId
    new: ItemId
    likeness: float


@dataclass(frozen=True, slots=True)
class Drift:
    """Pages of the catalogue that no release names, and pages of releases that the catalogue does not have.

    `renamed` are those that the agency named; `proposals` are for a human to look at.
    """

    new: tuple[ItemId, ...]
    retired: tuple[ItemId, ...]
    renamed: Mapping[ItemId, ItemId]
    proposals: tuple[Proposal, ...]


def drift_of(
    releases: Sequence[Release],
    catalogue: Catalogue,
    *,
    renamed: Mapping[ItemId, ItemId] | None = None,
    before: Catalogue | None = None,
) -> Drift:
    """Compare what was counted with what there is; `before` is the catalogue of then, if it was kept."""
    moved = resolve(renamed or {})
    named = {page for release in releases for page in release.pages}
    known = set(catalogue.pages)
    used = {moved.get(page, page) for page in named}
    new = tuple(page for page in catalogue.pages if page not in used)
    retired = tuple(sorted(page for page in named if moved.get(page, page) not in known))
    return Drift(new, retired, moved, propose_renames(retired, new, catalogue=catalogue, before=before))


def propose_renames(
    retired: Sequence[ItemId], new: Sequence[ItemId], *, catalogue: Catalogue, before: Catalogue | None = None
) -> tuple[Proposal, ...]:
    """Pairs of a retired and a new page that read alike, the most alike first, each page at most once.

    A retired page is known by its title and summary in `before`, or else by its path alone.
    """
    if not retired or not new:
        return ()
    texts = [tokens_of(page, None if before is None else before.get(page)) for page in retired]
    # Without the text of then, the text of now would only be in the way.
    texts += [tokens_of(page, None if before is None else catalogue.get(page)) for page in new]
    vectors = vectors_of(texts)
    likeness = sp.coo_matrix(vectors[: len(retired)] @ vectors[len(retired) :].T)
    likely = sorted(
        (-round(float(value), 9), int(row), int(column))
        for value, row, column in zip(likeness.data, *likeness.coords, strict=True)
        if value >= LIKELY
    )
    rows: set[int] = set()
    columns: set[int] = set()
    found = []
    for value, row, column in likely:
        if row not in rows and column not in columns:
            rows.add(row)
            columns.add(column)
            found.append(Proposal(retired[row], new[column], -value))
    return tuple(found)


def resolve(renamed: Mapping[ItemId, ItemId]) -> dict[ItemId, ItemId]:
    """Where each page ended up, however often it was renamed; raises ValueError when it goes round."""
    ends = {}
    for page in renamed:
        seen, end = {page}, renamed[page]
        while end in renamed and end not in seen:
            seen.add(end)
            end = renamed[end]
        if end in seen:
            raise ValueError("drift: a page was renamed to itself")
        ends[page] = end
    return ends


def ages_of(releases: Iterable[Release]) -> list[float]:
    """How many days before the newest release each one ended; 0 where a period is not told."""
    ends = [_last_day(release.period.end) for release in releases]
    newest = max((end for end in ends if end is not None), default=None)
    return [0.0 if end is None or newest is None else float((newest - end).days) for end in ends]


def weights_of(releases: Sequence[Release], *, half_life_days: float | None = None) -> list[float]:
    """By what each release's counts are multiplied before they are added up.

    Noise counts against a release as its variance does: a typical cell's own variance is its count, so that
    weights are as 1 / (count + noise ** 2), and the quietest release has 1.
    With `half_life_days` a release that is so much older than the newest counts half.
    """
    typical = [
        float(np.mean([*release.weights().values()])) if release.cells else 1.0 for release in releases
    ]
    noise = [release.noise_scale**2 for release in releases]
    least = min(noise, default=0.0)
    return [
        (count + least) / (count + own) * (0.5 ** (age / half_life_days) if half_life_days else 1.0)
        for count, own, age in zip(typical, noise, ages_of(releases), strict=True)
    ]


def _last_day(day: str | None) -> date | None:
    """The day, or the Sunday of the ISO week."""
    if day is None:
        return None
    year, _, week = day.partition("-W")
    return date.fromisocalendar(int(year), int(week), 7) if week else date.fromisoformat(day)
