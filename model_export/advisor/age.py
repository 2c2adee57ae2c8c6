"""Content that time has left behind: years gone by, old reviews, names that are no page any more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from edge_client.wire.paths import ItemId, stands_for_many
from model_export.advisor.finding import Code, Evidence, Finding, Fix, Silence, Sure, Told
from model_export.advisor.material import Material

REVIEW_DAYS = 730
LONG_AGO = 15
"""A year further back is history, or the date of a law."""

# Not within a row of digits, as telephone numbers are.
_YEAR = re.compile(r"(?<![\d-])(?<!\d\s)(?:19|20)\d{2}(?!\d|\s\d)")
_SPAN = re.compile(r"((?:19|20)\d{2})\s*(?:-|to|/|–)\s*(\d{2})(?!\d)")
_SAME_NAME = 0.72
_MOST_NAMED = 20


def past_years(material: Material) -> Iterator[Told]:
    """Pages whose title or summary names a year before the last one, and none since."""
    if material.today is None:
        return
    for item in material.catalogue.items:
        text = f"{item.title} {item.summary}"
        years = [int(year) for year in _YEAR.findall(text)]
        years += [int(start[:2] + end) for start, end in _SPAN.findall(text)]
        if years and material.today.year - LONG_AGO <= max(years) < material.today.year - 1:
            yield Finding(
                Code.PAST_YEAR,
                (item.id,),
                f"its title or summary speaks of {max(years)} and of no year since",
                (Evidence("latest year named", max(years), "year"),),
                Fix("bring it up to date, or say in the title that it is history"),
                Sure.LOOK,
                visitors=material.visitors[item.id],
            )


def unreviewed(material: Material) -> Iterator[Told]:
    """Pages that nobody has looked at for two years, in one finding, the busiest first."""
    if material.today is None or not material.reviewed:
        return
    ages = {
        item.id: (material.today - material.reviewed[item.id]).days
        for item in material.catalogue.items
        if item.id in material.reviewed
    }
    old = sorted(
        (page for page, days in ages.items() if days > REVIEW_DAYS),
        key=lambda page: (-material.visitors[page], page),
    )
    if not old:
        return
    visitors = sum(material.visitors[page] for page in old)
    total = sum(material.visitors.values()) or 1.0
    yield Finding(
        Code.UNREVIEWED,
        tuple(old),
        f"{len(old)} of {len(ages)} pages were last reviewed more than {REVIEW_DAYS // 365} years ago;"
        f" {visitors / total:.0%} of all visits go to them",
        (
            Evidence("pages", len(old), "pages"),
            Evidence("oldest review", max(ages[page] for page in old), "days"),
            Evidence("visitors of these pages", visitors, "visitors"),
        ),
        Fix("review them in this order: the busiest comes first"),
        Sure.CERTAIN,
        visitors=visitors,
    )


def retired_names(material: Material) -> Iterator[Told]:
    """Pages that releases count and the catalogue does not have: renamed, retired, or forgotten."""
    catalogue = material.catalogue
    lost: dict[ItemId, float] = {}
    for release in material.releases:
        for (_, target), weight in release.weights().items():
            if catalogue.get(target) is None and not stands_for_many(target):
                lost[target] = lost.get(target, 0.0) + weight
    if len(lost) > len(catalogue.items):
        yield Silence(
            Code.RETIRED_NAME,
            f"the releases count {len(lost)} pages that the catalogue does not have, more than it has:"
            " they are of a larger site",
        )
        return
    order = sorted(lost, key=lambda page: (-lost[page], page))
    heirs = {page: heir for page in order if (heir := _heir(page, material)) is not None}
    for page, heir in heirs.items():
        yield Finding(
            Code.RETIRED_NAME,
            (page, heir),
            f"visitors still open {page}, which the catalogue does not have; {heir} looks like its new name",
            (Evidence("visitors of the old name", lost[page], "visitors"),),
            Fix(f"redirect {page} to {heir}", redirects=((page, heir),)),
            Sure.LIKELY,
            visitors=lost[page],
        )
    others = [page for page in order if page not in heirs]
    if others:
        visitors = sum(lost[page] for page in others)
        yield Finding(
            Code.RETIRED_NAME,
            tuple(others[:_MOST_NAMED]),
            f"visitors open {len(others)} pages that the catalogue does not have, and that look like none of"
            " its pages",
            (Evidence("visitors of these pages", visitors, "visitors"),),
            Fix("put them into the catalogue if they are pages to be found, or say there where they went"),
            Sure.CERTAIN,
            visitors=visitors,
        )


def _heir(page: ItemId, material: Material) -> ItemId | None:
    """The page that has almost the same name, and no visits under the old one's beside."""
    best, heir = _SAME_NAME, None
    for item in material.catalogue.items:
        match = SequenceMatcher(None, page, item.id, autojunk=False)
        if match.real_quick_ratio() > best and match.quick_ratio() > best and match.ratio() > best:
            best, heir = match.ratio(), item.id
    # The last part of a name is what it is about; a shared folder alone is no likeness.
    if heir is not None and _tail_alike(page, heir):
        return heir
    return None


def _tail_alike(first: ItemId, second: ItemId) -> bool:
    one, other = (name.rstrip("/").rpartition("/")[2] for name in (first, second))
    return bool(SequenceMatcher(None, one, other, autojunk=False).ratio() > _SAME_NAME)
