"""Which archetype this device's recent pages are like, worked out on the device and kept there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from consent_ledger import canonical
from edge_client.bundle import Bundle
from edge_client.interest import counts_as_interest
from edge_client.profile import Profile
from edge_client.told import NOTHING_TOLD, Told
from edge_client.wire.archetypes import Archetype, Archetypes
from edge_client.wire.catalogue import Catalogue, CatalogueItem

MOST_REASONS = 3
MOST_TITLES = 2
_WHOLE = 1000


@dataclass(frozen=True, slots=True)
class Likeness:
    """The archetype that recent pages are most like: its place in the file, and its share of all likeness in
    thousandths.

    `because` are the indexes of the pages that say so most, strongest first.
    """

    archetype: int
    share_milli: int
    because: tuple[int, ...]


def likeness_of(profile: Profile, bundle: Bundle, told: Told = NOTHING_TOLD) -> Likeness | None:
    """Say which archetype the profile's recent pages are like; None where too little is known, or the citizen
    switched this off.

    Pages that the rules call sensitive say nothing, whatever an older profile or file may hold; nor do pages
    of a topic that was looked at in fewer sessions than the rules ask of an interest.
    """
    archetypes = bundle.archetypes
    if archetypes is None or not profile.grouped:
        return None
    of_interest = counts_as_interest(profile, catalogue=bundle.catalogue, rules=bundle.rules, told=told)
    indexes = tuple(
        index
        for item in profile.recent_among(archetypes.recent, of_interest)
        if (index := bundle.catalogue.index_of(item)) is not None and not bundle.is_sensitive(item)
    )
    return assign(archetypes, indexes)


def described(profile: Profile, bundle: Bundle, told: Told = NOTHING_TOLD) -> canonical.Json:
    """Say for the citizen's eyes what `likeness_of` finds and why, and whether they let the device say so.

    None where the site has no archetypes.
    """
    if bundle.archetypes is None:
        return None
    found = likeness_of(profile, bundle, told)
    if found is None:
        return {"on": profile.grouped, "name": None, "names": {}, "because": []}
    because: list[canonical.Json] = [
        [bundle.catalogue.items[index].id, bundle.catalogue.items[index].title] for index in found.because
    ]
    archetype = bundle.archetypes.archetypes[found.archetype]
    names: dict[str, canonical.Json] = dict(names_of(archetype, bundle.catalogue))
    return {"on": profile.grouped, "name": archetype.name, "names": names, "because": because}


def names_of(archetype: Archetype, catalogue: Catalogue) -> dict[str, str]:
    """Name an archetype for readers of other languages than its pages': by the titles of the most typical
    ones, in the reader's language where one is translated."""
    typical = [catalogue.items[index] for index in archetype.typical[:MOST_TITLES]]
    others = {lang for item in typical for lang in item.translations} - {item.lang for item in typical}
    return {lang: " · ".join(_title_in(lang, item, catalogue) for item in typical) for lang in sorted(others)}


def _title_in(lang: str, item: CatalogueItem, catalogue: Catalogue) -> str:
    path = item.translations.get(lang)
    translated = None if path is None else catalogue.get(path)
    return (translated or item).title


def assign(archetypes: Archetypes, recent: Sequence[int]) -> Likeness | None:
    """Assign distinct page indexes, most recent first, to the nearest archetype, or to none.

    Whole numbers throughout: every runtime gives the same answer to the last digit.
    """
    scores = likenesses(archetypes, recent)
    total = sum(scores)
    told = sum(1 for page in recent[: archetypes.recent] if any(archetypes.row(page)))
    if told < archetypes.least_pages or total == 0:
        return None
    best = scores.index(max(scores))
    # Floor, so that the file's floor is never passed by rounding.
    share = scores[best] * _WHOLE // total
    if share < archetypes.floor_milli:
        return None
    weighed = zip(recent, weights_of(archetypes, len(recent)), strict=False)
    said = sorted(
        (-weight * archetypes.row(page)[best], place, page) for place, (page, weight) in enumerate(weighed)
    )
    return Likeness(best, share, tuple(page for value, _, page in said if value < 0)[:MOST_REASONS])


def likenesses(archetypes: Archetypes, recent: Sequence[int]) -> list[int]:
    """How like each archetype the pages are: the weighted sum of their rows."""
    scores = [0] * len(archetypes.archetypes)
    for page, weight in zip(recent, weights_of(archetypes, len(recent)), strict=False):
        for at, value in enumerate(archetypes.row(page)):
            scores[at] += weight * value
    return scores


def weights_of(archetypes: Archetypes, count: int) -> tuple[int, ...]:
    """The weights of that many recent pages, at most `archetypes.recent`, in whole thousandths."""
    weights: list[int] = []
    weight = _WHOLE
    for _ in range(min(count, archetypes.recent)):
        weights.append(weight)
        weight = weight * archetypes.decay_milli // _WHOLE
    return tuple(weights)
