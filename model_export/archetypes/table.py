"""From learned groups to the table that ships: rounded to whole numbers, named, with nothing sensitive."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from consent_ledger.errors import Refused
from edge_client.wire.archetypes import (
    LONGEST_NAME,
    MOST_TYPICAL,
    STRONGEST,
    Archetype,
    Archetypes,
)
from edge_client.wire.catalogue import Catalogue, hash_pages
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Release
from edge_client.wire.rules import Rules, sensitive_pages
from model_export.archetypes.grouping import (
    FEWEST_ARCHETYPES,
    Stability,
    max_archetypes,
    originals,
    stability,
    together,
)
from model_export.archetypes.transformer import UNLIKE, ArchetypeTransformer
from model_export.learning.belonging import check_together

RECENT = 10
DECAY_MILLI = 850
LEAST_PAGES = 3
FLOOR_MILLI = 400
_TITLES = 2


@dataclass(frozen=True, slots=True)
class LearnedArchetypes:
    """The file that ships, how the number was chosen (None where it was given), and the fitted estimator.

    `grouped` is how many pages have a place in an archetype.
    """

    file: Archetypes
    stability: Stability | None
    estimator: ArchetypeTransformer
    grouped: int


def learn_archetypes(
    releases: Sequence[Release],
    catalogue: Catalogue,
    *,
    rules: Rules | None = None,
    number: int | None = None,
    names: Mapping[ItemId, str] | None = None,
) -> LearnedArchetypes:
    """Learn the archetypes of `catalogue` from `releases`.

    Pages that `rules` call sensitive are left out before anything is learnt.
    `names` gives an archetype the name that a person chose for it, by a page: the archetype that the page is
    most typical of gets it, also when it is learnt anew.
    Raises Refused when the releases tell fewer than three archetypes apart, are of another site, or one of
    them is given twice.
    """
    check_together(releases, catalogue)
    pages = catalogue.pages
    seen = together(
        releases, pages, catalogue=catalogue, left_out=sensitive_pages(catalogue, rules) if rules else ()
    )
    found = stability(seen) if number is None else None
    wanted = found.best if found is not None else min(number or FEWEST_ARCHETYPES, max_archetypes(seen))
    estimator = ArchetypeTransformer(wanted, seen.noise_scale).fit(seen.counts)
    if len(set(estimator.labels_) - {UNLIKE}) < FEWEST_ARCHETYPES:
        raise Refused("archetypes: the releases do not tell enough groups of pages apart")
    # Squared, so that a page that is a little like everything says little.
    values = np.round(estimator.transform(seen.counts) ** 2 * STRONGEST).astype(np.uint8)
    visits = np.asarray(seen.counts.sum(axis=1)).ravel()
    spread = values[np.array(originals(pages, catalogue), dtype=np.int64)]
    for at in _sensitive_indexes(catalogue, rules):
        spread[at] = 0
    file = Archetypes(
        site=catalogue.site,
        pages_hash=hash_pages(pages),
        pages=len(pages),
        recent=RECENT,
        decay_milli=DECAY_MILLI,
        least_pages=LEAST_PAGES,
        floor_milli=FLOOR_MILLI,
        archetypes=_named(values, estimator.labels_, visits, catalogue=catalogue, names=names or {}),
        table=spread.tobytes(),
    )
    return LearnedArchetypes(file, found, estimator, int((spread.max(axis=1) > 0).sum()))


def _sensitive_indexes(catalogue: Catalogue, rules: Rules | None) -> Collection[int]:
    never = frozenset() if rules is None else sensitive_pages(catalogue, rules)
    return [at for at, page in enumerate(catalogue.pages) if page in never]


def _named(
    values: NDArray[np.uint8],
    labels: NDArray[np.int64],
    visits: NDArray[np.float64],
    *,
    catalogue: Catalogue,
    names: Mapping[ItemId, str],
) -> tuple[Archetype, ...]:
    """Each archetype with its most typical pages and a name: a person's, or else its first titles."""
    chosen: dict[int, str] = {}
    for page, name in sorted(names.items()):
        at = catalogue.index_of(page)
        if at is None or labels[at] == UNLIKE:
            raise Refused("archetypes: a name is given to a page that is in no archetype")
        chosen[int(labels[at])] = name
    typical = [
        sorted(
            np.flatnonzero(labels == group).tolist(),
            key=lambda page: (-float(values[page, group]) * visits[page], page),
        )[:MOST_TYPICAL]
        for group in range(values.shape[1])
    ]
    taken: set[str] = set()
    found = []
    for group, pages in enumerate(typical):
        name = chosen.get(group) or _name(pages, catalogue)
        while name in taken:
            name = f"{name[: LONGEST_NAME - 4].rstrip()} {group + 1}"
        taken.add(name)
        found.append(Archetype(name, tuple(pages)))
    return tuple(found)


def _name(pages: Sequence[int], catalogue: Catalogue) -> str:
    """The first titles: citizens read them, and topics are words of the agency's own."""
    items = [catalogue.items[page] for page in pages]
    titles = ", ".join((item.title or item.id) for item in items[:_TITLES]) or "unnamed"
    return re.sub(r"\s+", " ", titles)[:LONGEST_NAME].strip()
