"""Which page pairs a count may be about, chosen from the site's public content and links alone.

Noise on these pairs only leaves far more of the counts than noise on every pair that could be, and as no
visit was looked at, the choice itself tells nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from edge_client.wire.catalogue import Catalogue
from edge_client.wire.paths import ItemId, stands_for_many
from model_export.learning.content import similar_pages

PER_PAGE = 64


def candidate_pairs(
    pages: Sequence[ItemId],
    catalogue: Catalogue | None = None,
    *,
    links: Iterable[tuple[ItemId, ItemId]] = (),
    per_page: int = PER_PAGE,
) -> list[tuple[int, int]]:
    """Ordered pairs of page indexes, sorted without doubles, at most `per_page` a page beside its links.

    A page's candidates are, in this order: the pages that it links to (`links`, public; never cut off), the
    essential pages, those most alike by content, then those of its sections, life events and topic, the
    nearest in order of path first.
    A page that stands for many is never a target: there is no address to send anyone to.
    """
    index = {page: at for at, page in enumerate(pages)}
    target = [not stands_for_many(page) for page in pages]
    linked: defaultdict[int, list[int]] = defaultdict(list)
    for source, page in links:
        if source in index and page in index:
            linked[index[source]].append(index[page])
    alike = similar_pages(pages, catalogue, neighbours=per_page)
    groups = _groups(pages, catalogue)
    members: defaultdict[str, list[int]] = defaultdict(list)
    for at, names in enumerate(groups):
        for name in names:
            members[name].append(at)
    essential = [
        at
        for at, page in enumerate(pages)
        if catalogue is not None and (item := catalogue.get(page)) is not None and item.essential
    ]
    pairs: list[tuple[int, int]] = []
    for at in range(len(pages)):
        row = slice(alike.indptr[at], alike.indptr[at + 1])
        near = [int(other) for _, other in sorted(zip(-alike.data[row], alike.indices[row], strict=True))]
        chosen = {other for other in linked[at] if target[other] and other != at}
        room = per_page
        for other in chain(essential, near, *(_nearest(members[name], at) for name in groups[at])):
            if room == 0:
                break
            if target[other] and other != at and other not in chosen:
                chosen.add(other)
                room -= 1
        pairs.extend((at, other) for other in sorted(chosen))
    return pairs


def _groups(pages: Sequence[ItemId], catalogue: Catalogue | None) -> list[list[str]]:
    """What each page shares with others, the narrowest first; languages are kept apart."""
    found = []
    for page in pages:
        item = None if catalogue is None else catalogue.get(page)
        names = [f"in {page.rpartition('/')[0] or '/'}", f"in {page[: page.find('/', 1) + 1] or '/'}"]
        if item is not None:
            names[1:1] = [f"event {event}" for event in item.life_events] + [f"topic {item.topic}"]
        found.append([f"{'' if item is None else item.lang} {name}" for name in dict.fromkeys(names)])
    return found


def _nearest(members: Sequence[int], at: int) -> Iterator[int]:
    """The others of a sorted group, the nearest to `at` first, of two equally near the earlier one."""
    below = bisect_left(members, at) - 1
    above = below + 1
    while below >= 0 or above < len(members):
        if above == len(members) or (below >= 0 and at - members[below] <= members[above] - at):
            yield members[below]
            below -= 1
        else:
            yield members[above]
            above += 1
