"""Intent: what the citizen is probably after, from the model's scores; silent where they single nothing out.

A goal is a page that lets something be done; on a site whose catalogue knows no such pages, any page.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from edge_client.bundle import Bundle
from edge_client.wire.catalogue import CatalogueItem, ItemKind

MOST_INTENTS = 3
FLOOR_MILLI = 100
SUREST_MILLI = 300
_WHOLE = 1000


@dataclass(frozen=True, slots=True)
class Intent:
    """One goal by its page index, and how sure that it is the one, in thousandths."""

    goal: int
    sure_milli: int


def likely_intents(
    scores: Sequence[float], *, bundle: Bundle, lang: str, suppressed: Collection[int]
) -> tuple[Intent, ...]:
    """Name at most `MOST_INTENTS` goals, the surest first; none where the first is under `FLOOR_MILLI`.

    However far a goal is ahead, it is never said to be surer than `SUREST_MILLI`.

    `scores` has one number for each page of the catalogue. Sensitive pages are no goals, nor are those in
    `suppressed`: the page on screen, what was looked at already, and what the citizen called not relevant.
    """
    items = bundle.catalogue.items
    transactions = any(_is_transaction(item, lang) for item in items)
    # Scores are compared by ratio alone: whatever they are measured in, the answer is the same.
    largest = max(scores, default=0)
    squares = {
        index: (score / largest) ** 2
        for index, score in enumerate(scores)
        if score > 0
        and index not in suppressed
        and (_is_transaction(items[index], lang) if transactions else items[index].lang == lang)
        and not bundle.is_sensitive(items[index].id)
    }
    total = sum(squares.values())
    if total == 0:
        return ()
    # A share of the scores says too little, because a score spreads over all that is alike; that of their
    # squares says how often it comes true, up to three in ten (benchmarks/intent.py).
    surest = sorted(squares, key=lambda index: (-squares[index], index))[:MOST_INTENTS]
    found = tuple(Intent(index, min(int(_WHOLE * squares[index] / total), SUREST_MILLI)) for index in surest)
    return found if found[0].sure_milli >= FLOOR_MILLI else ()


def _is_transaction(item: CatalogueItem, lang: str) -> bool:
    return item.kind is ItemKind.TRANSACTION and item.lang == lang
