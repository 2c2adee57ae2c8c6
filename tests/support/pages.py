"""Catalogues of numbered pages, and dice that fall alike for the same seed: for suites that run in both
Pythons."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from edge_client.dice import Chance, Dice
from edge_client.scoring import Candidates, History, Question, candidates_of
from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind, hash_pages
from edge_client.wire.paths import ItemId
from edge_client.wire.rules import Rules, SlotRule
from edge_client.wire.task import MeasurementTask, TaskKind

SITE = "smallville"


def numbered(topics: Sequence[str]) -> Catalogue:
    """Return a catalogue of one page for each of `topics`, in this order: `/p/00`, `/p/01`, ..."""
    return Catalogue(
        SITE,
        tuple(
            CatalogueItem(
                ItemId(f"/p/{number:02d}"),
                f"Page {number}",
                f"Words of page {number}.",
                topic,
                ItemKind.INFORMATION,
                "en",
            )
            for number, topic in enumerate(topics)
        ),
    )


def slot_rule(*, count: int = 3, per_topic: int = 2, explore_milli: int = 0) -> SlotRule:
    """Return a slot that is on every page and shows information."""
    return SlotRule(
        slot="related",
        pages=(),
        count=count,
        kinds=("information",),
        not_topics=(),
        per_topic=per_topic,
        explore_milli=explore_milli,
    )


def site_rules(*slots: SlotRule, recent_pages: int = 5, decay_milli: int = 600) -> Rules:
    """Return rules with these slots, and nothing sensitive."""
    return Rules(
        slots=slots,
        recent_pages=recent_pages,
        decay_milli=decay_milli,
        keep_days=90,
        never_topics=(),
        never_items=(),
    )


def candidates(
    scores: Sequence[float], *, allowed: Iterable[int] | None = None, without: Sequence[Sequence[float]] = ()
) -> Candidates:
    """Return what a model with these scores answers; all items may appear where none are named.

    `without` are its scores after the history that lacks one entry, for each entry.
    """
    mask = bytearray(len(scores))
    for index in range(len(scores)) if allowed is None else allowed:
        mask[index] = 1
    history = History(tuple(range(len(without))), (1.0,) * len(without))
    said = {history: scores} | {history.without(place): without[place] for place in range(len(without))}
    return candidates_of(Question(history, bytes(mask)), said.__getitem__)


def task_for(catalogue: Catalogue, *, pairs_per_week: int = 4) -> MeasurementTask:
    """Return the learning task of a catalogue."""
    return MeasurementTask(
        task_id=f"{SITE}-moves-1",
        kind=TaskKind.PAGE_PAIRS,
        site=SITE,
        pages_hash=hash_pages(catalogue.pages),
        pages=len(catalogue.items),
        pairs_per_week=pairs_per_week,
        k=10,
        epsilon_milli=1000,
        delta_exp=6,
        purpose="learn",
        sentence="Each week this device adds some page pairs, or nothing, to a count.",
    )


def dice(seed: int) -> Dice:
    """Return dice that fall alike for the same seed."""
    return Dice(random.Random(seed).randbytes)


def chance(*, visible: int, hidden: int) -> Chance:
    """Return both kinds of chance, each from a seed of its own."""
    return Chance(visible=dice(visible), hidden=dice(hidden))
