"""Pages whose words, and whose visitors, say another topic than their tag does."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from model_export.advisor.finding import Code, Evidence, Finding, Fix, Silence, Sure, Told, replaced
from model_export.advisor.material import Material

NEIGHBOURS = 8
_FEWEST_NEAR = 5
_OF_ANOTHER = 0.75
_OF_ITS_OWN = 0.1
_ALIKE = 0.12
_FEWEST_PAGES = 4
_WITHOUT_WORDS = 0.5
_ALMOST_ALL = 0.85
_CLOSE = 0.25
_FEWEST_MOVES = 3


@dataclass(frozen=True, slots=True)
class _Doubt:
    """What speaks for another topic: its share of likeness, the own topic's, and of the page's moves (None
    where too few are shown)."""

    topic: str
    likeness: float
    own: float
    moves: float | None


def mistagged(material: Material) -> Iterator[Told]:
    """Pages whose most alike pages, almost all, carry one other topic, in every language."""
    catalogue = material.catalogue
    sizes = Counter((item.topic, item.lang) for item in catalogue.items)
    votes = [_votes(material, at) for at in range(len(catalogue.items))]
    judged = [
        at
        for at, (item, vote) in enumerate(zip(catalogue.items, votes, strict=True))
        if vote and sizes[item.topic, item.lang] >= _FEWEST_PAGES
    ]
    right = sum(1 for at in judged if _first(votes[at]) == catalogue.items[at].topic)
    if not judged or right < _WITHOUT_WORDS * len(judged):
        yield Silence(
            Code.MISTAGGED,
            f"the words of pages tell their topic for {right} of {len(judged)} pages: too few to judge by",
        )
        return
    doubts = {at: doubt for at in judged if (doubt := _doubt(material, at, votes[at], sizes)) is not None}
    for versions in _versions(material, doubts):
        found = [doubts[at] for at in versions if at in doubts]
        # What the words of one language say and those of another do not is about the words.
        if any(at not in doubts and at in judged for at in versions) or len({one.topic for one in found}) > 1:
            continue
        first, items = found[0], [catalogue.items[at] for at in versions]
        told = "" if first.moves is None else f"; so are {first.moves:.0%} of the moves to and from it"
        patches = [replaced(catalogue, at, "topic", first.topic) for at in versions]
        moves = () if first.moves is None else (Evidence("moves to its pages", first.moves, "share"),)
        yield Finding(
            Code.MISTAGGED,
            tuple(item.id for item in items),
            f"it is tagged {items[0].topic or 'with no topic'!r}, and {first.likeness:.0%} of its likeness to"
            f" the {NEIGHBOURS} pages that say the most similar things is to pages of {first.topic!r}{told}",
            (
                Evidence(f"likeness to {first.topic}", first.likeness, "share"),
                Evidence(f"likeness to {items[0].topic}", first.own, "share"),
                *moves,
                Evidence("other pages whose words tell their topic", right / len(judged), "share"),
            ),
            Fix(f"move it to the topic {first.topic!r}", patch=tuple(chain.from_iterable(patches))),
            Sure.LIKELY if first.moves is not None else Sure.LOOK,
            visitors=sum(material.visitors[item.id] for item in items),
        )


def missing_tags(material: Material) -> Iterator[Told]:
    """Pages without a life event that almost all pages that say the same things carry."""
    catalogue = material.catalogue
    sizes = Counter(event for item in catalogue.items for event in item.life_events)
    missing = {at: found for at in range(len(catalogue.items)) if (found := _missing(material, at, sizes))}
    for versions in _versions(material, missing):
        events = [
            event for event in missing[versions[0]] if all(event in missing.get(at, {}) for at in versions)
        ]
        if not events:
            continue
        items = [catalogue.items[at] for at in versions]
        patches = [
            replaced(catalogue, at, "life_events", [*catalogue.items[at].life_events, *events])
            for at in versions
        ]
        yield Finding(
            Code.MISSING_TAG,
            tuple(item.id for item in items),
            f"almost all of the {NEIGHBOURS} pages that say the most similar things carry {_listed(events)},"
            " and this one does not",
            tuple(
                Evidence(f"likeness to pages with {event}", missing[versions[0]][event], "share")
                for event in events
            ),
            Fix(f"add {_listed(events)}", patch=tuple(chain.from_iterable(patches))),
            Sure.LOOK,
            visitors=sum(material.visitors[item.id] for item in items),
        )


def _doubt(
    material: Material, at: int, vote: Mapping[str, float], sizes: Mapping[tuple[str, str], int]
) -> _Doubt | None:
    item = material.catalogue.items[at]
    other = _first(vote)
    if (
        other == item.topic
        or sizes[other, item.lang] < _FEWEST_PAGES
        or vote[other] < _OF_ANOTHER
        or vote.get(item.topic, 0.0) > _OF_ITS_OWN
    ):
        return None
    moves = _moves_by_topic(material, at)
    total = sum(moves.values())
    if total and moves.get(item.topic, 0.0) >= total / 2:
        return None  # its visitors say that the tag is right
    agreed = moves[other] / total if total and moves.get(other, 0.0) >= total / 2 else None
    return _Doubt(other, vote[other], vote.get(item.topic, 0.0), agreed)


def _missing(material: Material, at: int, sizes: Mapping[str, int]) -> dict[str, float]:
    """The life events that a page lacks, each with the share of likeness to pages that carry it."""
    items = material.catalogue.items
    near = material.words.nearest(at, NEIGHBOURS)
    likeness = sum(alike for _, alike in near)
    if len(near) < _FEWEST_NEAR or likeness < _CLOSE * len(near):
        return {}
    carried: dict[str, float] = defaultdict(float)
    for page, alike in near:
        for event in items[page].life_events:
            carried[event] += alike / likeness
    return {
        event: share
        for event, share in sorted(carried.items())
        if share >= _ALMOST_ALL
        and event not in items[at].life_events
        # What nearly every page carries tells nothing about this one.
        and FEWEST_WITH <= sizes[event] <= len(items) / 2
    }


def _versions(material: Material, found: Iterable[int]) -> Iterator[list[int]]:
    """For each page found all versions of it, in every language, once."""
    told: set[int] = set()
    for at in found:
        item = material.catalogue.items[at]
        others = [material.catalogue.index_of(page) for page in item.translations.values()]
        versions = [at, *sorted(other for other in others if other is not None)]
        if told.isdisjoint(versions):
            told.update(versions)
            yield versions


FEWEST_WITH = 6
"""A life event must be on as many pages before it can be missing from one."""


def _votes(material: Material, at: int) -> Mapping[str, float]:
    """The share of each topic in the likeness of the nearest pages; empty where nothing is alike enough."""
    near = material.words.nearest(at, NEIGHBOURS)
    total = sum(alike for _, alike in near)
    if len(near) < _FEWEST_NEAR or total < _ALIKE * len(near):
        return {}
    votes: dict[str, float] = defaultdict(float)
    for page, alike in near:
        votes[material.catalogue.items[page].topic] += alike / total
    return votes


def _first(vote: Mapping[str, float]) -> str:
    return max(sorted(vote), key=lambda topic: vote[topic])


def _moves_by_topic(material: Material, at: int) -> Mapping[str, float]:
    """The page's moves by the topic at their other end; empty where too few are shown."""
    found: dict[str, float] = defaultdict(float)
    moves = material.counts.moves
    near = moves[at] + moves[:, [at]].T.tocsr()
    if near.nnz >= _FEWEST_MOVES:
        for page, weight in zip(near.indices, near.data, strict=True):
            found[material.catalogue.items[int(page)].topic] += float(weight)
    return found


def _listed(tags: list[str]) -> str:
    return ", ".join(repr(tag) for tag in tags)
