"""Synthetic citizens of the fictional city: visits that a program made up, for models to learn from.

No real person's visit is in here.
A citizen has one need, or two, follows its pages in order with chances, and wanders now and then
along related links, topic pages and the list of all services.
Some read Arabic where a page is translated.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from consent_ledger.errors import Untrue
from demo.content import load_pages
from demo.needs import Need, load_needs
from edge_client.wire.catalogue import Catalogue

HERE = Path(__file__).resolve().parent

# Shares of citizens or of steps. Chosen by hand to look like a council's site, not measured on one.
STARTS_AT_HOME = 0.3  # the others arrive from a search engine, on the page itself
OPENS_TOPIC_PAGE = 0.2
HAS_TWO_NEEDS = 0.15
WANDERS = 0.12
GIVES_UP = 0.06
READS_ARABIC = 0.05
LONGEST = 24


@dataclass(frozen=True, slots=True)
class _City:
    """What a simulated citizen can see of the site."""

    needs: tuple[Need, ...]
    weights: tuple[int, ...]
    topics: Mapping[str, str]
    related: Mapping[str, tuple[str, ...]]
    arabic: Mapping[str, str]


def citizen_journeys(catalogue: Catalogue, citizens: int, seed: int) -> Iterator[tuple[str, ...]]:
    """One journey for each citizen: item ids in the order of opening.

    A journey has at least one page and never the same page twice in a row.
    The same seed gives the same journeys, and adding citizens does not change those before them.
    Raises Untrue when a need names a page that the catalogue lacks.
    """
    city = _city(catalogue)
    for citizen in range(citizens):
        # Seeding by text keeps neighbouring citizens apart; these dice decide nothing about privacy.
        dice = random.Random(f"riverton/{seed}/{citizen}")  # noqa: S311 - a simulation, meant to be repeatable
        yield _journey(city, dice)


def _city(catalogue: Catalogue) -> _City:
    items = set(catalogue.pages)
    needs = load_needs(HERE / "needs.yaml")
    for need in needs:
        for page in (page for step in need.steps for page in step.pages):
            if page not in items:
                raise Untrue(f"need {need.name}: page {page} is not in the catalogue")
    english = [item for item in catalogue.items if item.lang == "en"]
    return _City(
        needs=needs,
        weights=tuple(need.weight for need in needs),
        topics={item.id: f"/{item.topic}" for item in english if f"/{item.topic}" in items},
        related={page.id: page.related for page in load_pages(HERE / "content") if page.id in items},
        arabic={item.id: item.translations["ar"] for item in english if "ar" in item.translations},
    )


def _journey(city: _City, dice: random.Random) -> tuple[str, ...]:
    count = 2 if dice.random() < HAS_TWO_NEEDS else 1
    path: list[str] = ["/"] if dice.random() < STARTS_AT_HOME else []
    for need in dice.choices(city.needs, city.weights, k=count):
        _follow(city, need, path, dice)
    if dice.random() < READS_ARABIC:
        path = [city.arabic.get(page, page) for page in path]
    kept = [page for place, page in enumerate(path) if place == 0 or page != path[place - 1]]
    return tuple(kept[:LONGEST])


def _follow(city: _City, need: Need, path: list[str], dice: random.Random) -> None:
    opened = 0
    for step in need.steps:
        if dice.random() >= step.chance:
            continue
        page = dice.choices(step.pages, step.weights)[0]
        if page in path:
            continue
        if opened == 0 or dice.random() < OPENS_TOPIC_PAGE:
            _approach(city, page, path, dice)
        path.append(page)
        opened += 1
        if dice.random() < WANDERS:
            # A wanderer mostly comes back, as people do with the back button.
            path.append(dice.choice(city.related[page]))
            if dice.random() < 0.5:
                path.append(page)
        if dice.random() < GIVES_UP:
            return
    if opened == 0:
        path.append(need.steps[0].pages[0])


def _approach(city: _City, page: str, path: list[str], dice: random.Random) -> None:
    """Reach `page` the way people do: through its topic, through the list of services, or straight away."""
    roll = dice.random()
    if roll < 0.3 and page in city.topics:
        path.append(city.topics[page])
    elif roll < 0.36 and path:
        path.append("/services")
