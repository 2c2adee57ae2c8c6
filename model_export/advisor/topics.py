"""Pages whose words, and whose visitors, say another topic than their tag does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from model_export.advisor.finding import Code, Evidence, Finding, Fix, Silence, Sure, Told, replaced
from model_export.advisor.material import Material

NEIGHBOURS = 8
_OF_ANOTHER = 0.75
_OF_ITS_OWN = 0.1
_ALIKE = 0.12
_FEWEST_PAGES = 4
_WITHOUT_WORDS = 0.5
_ALMOST_ALL = 0.85
_CLOSE = 0.25
_FEWEST_MOVES = 3


def mistagged(material: Material) -> Iterator[Told]:
    """Pages of which the most alike pages, almost all, carry one other topic."""
    catalogue = material.catalogue
    sizes = Counter(item.topic for item in catalogue.items)
    votes = [_votes(material, at) for at in range(len(catalogue.items))]
    judged = [
        at for at, vote in enumerate(votes) if vote and sizes[catalogue.items[at].topic] >= _FEWEST_PAGES
    ]
    right = sum(1 for at in judged if max(votes[at], key=votes[at].__getitem__) == catalogue.items[at].topic)
    if not judged or right < _WITHOUT_WORDS * len(judged):
        yield Silence(
            Code.MISTAGGED,
            f"the words of pages tell their topic for {right} of {len(judged)} pages: too few to judge by",
        )
        return
    for at, vote in enumerate(votes):
        item = catalogue.items[at]
        other = max(vote, key=vote.__getitem__, default=item.topic)
        if (
            other == item.topic
            or sizes[other] < _FEWEST_PAGES
            or vote[other] < _OF_ANOTHER
            or vote[item.topic] > _OF_ITS_OWN
        ):
            continue
        moves = _moves_by_topic(material, at)
        total = sum(moves.values())
        if total and moves[item.topic] >= total / 2:
            continue  # its visitors say that the tag is right
        agreed = bool(total) and moves[other] >= total / 2
        yield Finding(
            Code.MISTAGGED,
            (item.id,),
            f"it is tagged {item.topic or 'with no topic'!r}, and {vote[other]:.0%} of the likeness to the"
            f" {NEIGHBOURS} pages that say the most similar things is to pages of {other!r}"
            + (f"; so are {moves[other] / total:.0%} of the moves to and from it" if agreed else ""),
            (
                Evidence(f"likeness to {other}", vote[other], "share"),
                Evidence(f"likeness to {item.topic}", vote[item.topic], "share"),
                Evidence("topics told by words elsewhere", right / len(judged), "share"),
                Evidence(f"moves to and from {other}", moves[other] / total if total else 0.0, "share"),
            ),
            Fix(f"move it to the topic {other!r}", patch=replaced(catalogue, at, "topic", other)),
            Sure.LIKELY if agreed else Sure.LOOK,
            visitors=material.visitors[item.id],
        )


def missing_tags(material: Material) -> Iterator[Told]:
    """Pages without a life event that almost all pages that say the same things carry."""
    catalogue = material.catalogue
    sizes = Counter(event for item in catalogue.items for event in item.life_events)
    for at, item in enumerate(catalogue.items):
        near = material.words.nearest(at, NEIGHBOURS)
        likeness = sum(alike for _, alike in near)
        if len(near) < NEIGHBOURS or likeness < _CLOSE * NEIGHBOURS:
            continue
        carried: Counter[str] = Counter()
        for page, alike in near:
            for event in catalogue.items[page].life_events:
                carried[event] += alike  # type: ignore[assignment]  # a Counter adds fractions too
        missing = [
            event
            for event, weight in sorted(carried.items())
            if weight >= _ALMOST_ALL * likeness
            and event not in item.life_events
            # What nearly every page carries tells nothing about this one.
            and FEWEST_WITH <= sizes[event] <= len(catalogue.items) / 2
        ]
        if missing:
            yield Finding(
                Code.MISSING_TAG,
                (item.id,),
                f"the {NEIGHBOURS} pages that say the most similar things carry {_listed(missing)}, and this"
                " one does not",
                tuple(
                    Evidence(f"likeness to pages with {event}", carried[event] / likeness, "share")
                    for event in missing
                ),
                Fix(
                    f"add {_listed(missing)}",
                    patch=replaced(catalogue, at, "life_events", [*item.life_events, *missing]),
                ),
                Sure.LOOK,
                visitors=material.visitors[item.id],
            )


FEWEST_WITH = 6
"""A life event must be on as many pages before it can be missing from one."""


def _votes(material: Material, at: int) -> Counter[str]:
    """The share of each topic in the likeness of the nearest pages; empty where nothing is alike enough."""
    near = material.words.nearest(at, NEIGHBOURS)
    total = sum(alike for _, alike in near)
    if len(near) < NEIGHBOURS or total < _ALIKE * NEIGHBOURS:
        return Counter()
    votes: Counter[str] = Counter()
    for page, alike in near:
        votes[material.catalogue.items[page].topic] += alike / total  # type: ignore[assignment]  # fractions
    return votes


def _moves_by_topic(material: Material, at: int) -> Counter[str]:
    """The page's moves by the topic at their other end; empty where too few are shown."""
    found: Counter[str] = Counter()
    moves = material.counts.moves
    near = moves[at] + moves[:, [at]].T.tocsr()
    if near.nnz < _FEWEST_MOVES:
        return found
    for page, weight in zip(near.indices, near.data, strict=True):
        found[material.catalogue.items[int(page)].topic] += float(np.round(weight, 6))  # type: ignore[assignment]  # fractions
    return found


def _listed(tags: list[str]) -> str:
    return ", ".join(repr(tag) for tag in tags)
