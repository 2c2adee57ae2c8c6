"""Intent: what the citizen is probably after, from the model's scores; silent where they single nothing out.

A goal is a page that lets something be done; on a site whose catalogue knows no such pages, any page.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from edge_client.bundle import Bundle
from edge_client.scoring import Candidates, History, Question, candidates_of
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


def goals_of(bundle: Bundle, *, lang: str) -> bytes:
    """Return which items of the catalogue are goals, a byte for each, 1 or 0: what can be done in a language,
    or any page of it where nothing can be done on the whole site. Sensitive pages are none."""
    items = bundle.catalogue.items
    transactions = any(_is_transaction(item, lang) for item in items)
    return bytes(
        (_is_transaction(item, lang) if transactions else item.lang == lang)
        and not bundle.is_sensitive(item.id)
        for item in items
    )


def intents_of(goals: Candidates) -> tuple[Intent, ...]:
    """Name at most `MOST_INTENTS` of the goals, the surest first; none if the first is under `FLOOR_MILLI`.

    However far a goal is ahead, it is never said to be surer than `SUREST_MILLI`.
    """
    if not goals.scores:
        return ()
    # A share of the scores says too little, because a score spreads over all that is alike; that of their
    # squares says how often it comes true, up to three in ten (benchmarks/intent.py). Scores are compared by
    # ratio alone: whatever they are measured in, the answer is the same.
    squares = [(score / goals.scores[0]) ** 2 for score in goals.scores]
    total = sum(squares)
    found = tuple(
        Intent(index, min(round(_WHOLE * square / total), SUREST_MILLI))
        for index, square in zip(goals.indexes[:MOST_INTENTS], squares, strict=False)
    )
    return found if found[0].sure_milli >= FLOOR_MILLI else ()


def likely_intents(
    scores: Sequence[float], *, bundle: Bundle, lang: str, suppressed: Collection[int]
) -> tuple[Intent, ...]:
    """Name intents by one score for each page of the catalogue.

    Items in `suppressed` are no goals: the page on screen, what was looked at already, and what the citizen
    called not relevant.
    """
    question = Question(History((), ()), goals_of(bundle, lang=lang), frozenset(suppressed))
    return intents_of(candidates_of(question, lambda _: scores))


def _is_transaction(item: CatalogueItem, lang: str) -> bool:
    return item.kind is ItemKind.TRANSACTION and item.lang == lang
