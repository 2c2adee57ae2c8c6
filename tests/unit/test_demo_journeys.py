"""The demo city's synthetic citizens: what they need, and the journeys that it leads them on."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from consent_ledger.errors import Malformed
from demo.catalogue import catalogue_of
from demo.content import Page, load_pages
from demo.journeys import citizen_journeys
from demo.needs import load_needs
from demo.pictures import load_pictures
from demo.site import HERE
from edge_client.wire.catalogue import Catalogue

CONTENT = HERE / "content"


@pytest.fixture(scope="module")
def pages() -> tuple[Page, ...]:
    return load_pages(CONTENT)


@pytest.fixture(scope="module")
def catalogue(pages: tuple[Page, ...]) -> Catalogue:
    return catalogue_of(pages, load_pictures(CONTENT / "pictures.yaml"))


def test_journeys_repeat_with_their_seed(catalogue: Catalogue) -> None:
    first = list(citizen_journeys(catalogue, 300, 5))
    assert list(citizen_journeys(catalogue, 300, 5)) == first
    assert list(citizen_journeys(catalogue, 100, 5)) == first[:100]
    assert list(citizen_journeys(catalogue, 300, 6)) != first


def test_journeys_stay_in_the_catalogue_and_never_stand_still(catalogue: Catalogue) -> None:
    for journey in citizen_journeys(catalogue, 2000, 1):
        assert journey
        assert all(catalogue.get(page) is not None for page in journey)
        assert all(before != after for before, after in pairwise(journey))


def test_journeys_hold_something_to_learn(catalogue: Catalogue) -> None:
    """Pages of one need meet far more often than chance would have them meet."""
    journeys = [set(journey) for journey in citizen_journeys(catalogue, 4000, 2)]
    cost = sum("/benefits/funeral-costs" in journey for journey in journeys) / len(journeys)
    bereaved = [journey for journey in journeys if "/registration/register-death" in journey]
    assert len(bereaved) > 50
    assert sum("/benefits/funeral-costs" in journey for journey in bereaved) / len(bereaved) > 8 * cost


def test_needs_cover_the_city(pages: tuple[Page, ...]) -> None:
    needs = load_needs(HERE / "needs.yaml")
    assert len(needs) >= 25
    covered = {page for need in needs for step in need.steps for page in step.pages}
    articles = [page for page in pages if page.lang == "en" and page.layout == "page"]
    topics = {page.topic for page in articles if page.topic != "help"}
    assert {page.topic for page in pages if page.id in covered} == topics


@pytest.mark.parametrize(
    "steps", ["[{chance: 0.5}]", "[{page: /a, chance: 2}]", "[{page: /a, colour: red}]", "[{one_of: {}}]"]
)
def test_a_step_that_cannot_be_taken_is_refused(steps: str, tmp_path: Path) -> None:
    file = tmp_path / "needs.yaml"
    file.write_text(f"- {{need: lost, weight: 1, steps: {steps}}}\n")
    with pytest.raises(Malformed, match="need lost"):
        load_needs(file)
