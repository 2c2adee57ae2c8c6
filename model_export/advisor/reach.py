"""Pages that visitors do not come to, and pages from which they do not go on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from edge_client.wire.catalogue import ItemKind
from model_export.advisor.counts import Counts, Floats, interval
from model_export.advisor.discovery import discoveries, upper_tail
from model_export.advisor.finding import Code, Evidence, Finding, Fix, Silence, Sure, Told
from model_export.advisor.material import Material

GOES_ON = 0.2
"""A dead end is left for another page by fewer than this many for each visitor who comes."""

_CERTAINTY = 0.9999
_COARSE = 0.25
_MOST_LINKS = 3
_DESTINATIONS = 2_000


def never_reached(material: Material) -> Iterator[Told]:
    """Pages in no move at all, one finding a topic; silent where the releases could not have shown them."""
    counts, catalogue = material.counts, material.catalogue
    seen = counts.arrivals + counts.departures
    asked = _asked_about(material)
    unseen = [page for page in asked if seen[page] == 0]
    if not unseen:
        unlisted = len(catalogue.items) - len(material.sensitive) - len(asked)
        if unlisted:
            yield Silence(
                Code.NEVER_REACHED,
                f"the releases do not list {unlisted} pages of the catalogue: they are new, or the releases"
                " were made without it and name only pages that were seen",
            )
        return
    typical = 2 * counts.total / max(1, len(asked))
    limits = {page: fewest_shown(counts, to=page) for page in unseen}
    hidden = [page for page, limit in limits.items() if limit is None or limit > _COARSE * typical]
    if hidden:
        least = min((limit for limit in limits.values() if limit is not None), default=None)
        yield Silence(
            Code.NEVER_REACHED,
            f"{len(hidden)} pages are in no move, and the releases are too coarse to tell whether anybody"
            f" opens them: a typical page has {typical:.0f} visitors, and "
            + ("no number" if least is None else f"only {least:.0f} or more")
            + " would surely be seen",
        )
    topics: dict[tuple[str, str], list[int]] = defaultdict(list)
    for page in unseen:
        if page not in hidden:
            topics[catalogue.items[page].topic, catalogue.items[page].lang].append(page)
    for (topic, lang), pages in sorted(topics.items()):
        limit = max(limits[page] or 0.0 for page in pages)
        links = tuple(
            (catalogue.pages[near], catalogue.pages[page])
            for page in pages
            for near in _busiest_alike(material, page)
        )
        essential = sum(catalogue.items[page].essential for page in pages)
        yield Finding(
            Code.NEVER_REACHED,
            tuple(catalogue.pages[page] for page in pages),
            f"{_pages(len(pages))} of the topic {topic or 'without a name'} ({lang}) {_are(len(pages))} in no"
            f" move to or from any other page: fewer than {limit:.0f} visitors each"
            + (f"; {essential} of them essential" if essential else ""),
            (
                Evidence("pages", len(pages), "pages"),
                Evidence("visitors of each, at most", 0.0, "visitors", 0.0, limit),
                Evidence("visitors of a typical page", typical, "visitors"),
            ),
            Fix("link them from busy pages that say similar things, merge them, or retire them", links=links),
            Sure.LIKELY,
        )


def dead_ends(material: Material) -> Iterator[Told]:
    """Information pages that many come to and hardly anyone leaves for another page."""
    counts, catalogue = material.counts, material.catalogue
    arrivals, departures = counts.arrivals, counts.departures
    came_variance, went_variance = counts.arrivals_variance, counts.departures_variance
    noise = counts.departures_noise
    spread = _spread(arrivals)
    tested, expected, p_values = [], [], []
    for page in _asked_about(material):
        if catalogue.items[page].kind is ItemKind.TRANSACTION or arrivals[page] <= 0:
            continue  # where a task is done, a visit may end
        others = np.flatnonzero(spread)
        others = others[others != page]
        onward = GOES_ON * arrivals[page] * spread[others] / max(float(spread[others].sum()), 1e-12)
        public = None if counts.public is None else counts.public[[page]].toarray().ravel()[others]
        _, shown = counts.shown(onward, public=public)
        variance = counts.together * shown + GOES_ON**2 * came_variance[page] + noise[page]
        if shown > 0:
            tested.append(page)
            expected.append(shown)
            p_values.append(float(upper_tail((shown - departures[page]) / np.sqrt(variance))))
    found = discoveries(p_values)
    for page, shown in sorted(
        ((page, shown) for page, shown, is_found in zip(tested, expected, found, strict=True) if is_found),
        key=lambda pair: -arrivals[pair[0]],
    ):
        low, high = interval(float(departures[page]), float(went_variance[page]))
        came_low, came_high = interval(float(arrivals[page]), float(came_variance[page]))
        where = catalogue.pages[page]
        next_pages = [near for near, _ in material.words.nearest(page, _MOST_LINKS)]
        yield Finding(
            Code.DEAD_END,
            (where,),
            f"{arrivals[page]:,.0f} visitors come here from other pages and {departures[page]:,.0f} go on;"
            f" if even one in {1 / GOES_ON:.0f} went on, the releases would show about {shown:,.0f}",
            (
                Evidence("visitors who come", float(arrivals[page]), "visitors", came_low, came_high),
                Evidence("visitors who go on", float(departures[page]), "visitors", low, high),
                Evidence("shown if one in five went on", shown, "visitors"),
            ),
            Fix(
                "see whether the page answers what people come for; if not, say on it what to do next",
                links=tuple((where, catalogue.pages[near]) for near in next_pages),
            ),
            Sure.LIKELY,
            visitors=float(arrivals[page]),
        )


def fewest_shown(counts: Counts, *, to: int) -> float | None:
    """The fewest visitors with whom a page, come to as other pages are, would surely be in a release."""
    spread = _spread(counts.arrivals)
    others = np.flatnonzero(spread)
    others = others[others != to]
    if not others.size or not counts.lenses:
        return None
    public = None if counts.public is None else counts.public[:, [to]].toarray().ravel()[others]

    def sure(visitors: float) -> bool:
        chance, _ = counts.shown(visitors * spread[others], public=public)
        return float(np.prod(1 - np.minimum(chance, 1 - 1e-12))) <= 1 - _CERTAINTY

    high = 1.0
    while not sure(high):
        high *= 2
        if high > 1e9:
            return None
    low = high / 2
    while high - low > 0.01 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if sure(middle) else (middle, high)
    return high


def _spread(arrivals: Floats) -> Floats:
    """Where visitors might go from a page: half of them as all visitors do, half to any page alike.

    More evenly than pages really are left, so that more is hidden by thresholds than really is.
    """
    busiest = np.argsort(-arrivals, kind="stable")[:_DESTINATIONS]
    even = np.zeros_like(arrivals)
    even[busiest] = 1 / max(1, len(busiest))
    return np.asarray(0.5 * arrivals / max(float(arrivals.sum()), 1e-12) + 0.5 * even)


def _asked_about(material: Material) -> list[int]:
    """Pages that devices may report and that the releases list: what they do not list may be new."""
    listed = {page for release in material.releases for page in release.pages}
    return [
        at
        for at, page in enumerate(material.catalogue.pages)
        if page in listed and page not in material.sensitive
    ]


def _busiest_alike(material: Material, page: int) -> list[int]:
    alike = [near for near, _ in material.words.nearest(page, 10)]
    arrivals = material.counts.arrivals
    return sorted((near for near in alike if arrivals[near] > 0), key=lambda near: (-arrivals[near], near))[
        :_MOST_LINKS
    ]


def _pages(count: int) -> str:
    return "1 page" if count == 1 else f"{count} pages"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
