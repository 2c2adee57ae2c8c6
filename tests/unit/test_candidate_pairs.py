"""Candidate pairs come from public content and links, cover what people do, and stay few."""

from __future__ import annotations

from collections import Counter

from edge_client.wire.candidates import Candidates
from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind
from edge_client.wire.paths import ItemId
from model_export.learning.candidates import candidate_pairs


def item(
    path: str, title: str, *, topic: str = "", lang: str = "en", essential: bool = False
) -> CatalogueItem:
    """A catalogue item."""
    return CatalogueItem(ItemId(path), title, "", topic, ItemKind.INFORMATION, lang, (), essential)


TOWN = Catalogue(
    "riverton",
    tuple(
        sorted(
            [
                item("/alerts", "emergencies", essential=True),
                item("/ar/permit", "resident parking permit", lang="ar"),
                item("/parking/permit", "resident parking permit", topic="travel"),
                item("/parking/zones", "where residents may park", topic="travel"),
                item("/train", "timetables", topic="travel"),
                item("/swim", "pools"),
                item("/zoo", "animals"),
            ],
            key=lambda one: one.id,
        )
    ),
)


def named(pairs: list[tuple[int, int]], pages: tuple[ItemId, ...]) -> set[tuple[str, str]]:
    """The pairs by path."""
    return {(pages[a], pages[b]) for a, b in pairs}


def test_sections_topics_words_and_essential_pages_make_pairs() -> None:
    """What belongs together in public is a candidate; other languages are not, unless they are essential."""
    found = named(candidate_pairs(TOWN.pages, TOWN), TOWN.pages)
    assert ("/parking/permit", "/parking/zones") in found
    assert ("/train", "/parking/permit") in found
    assert all((page, "/alerts") in found for page in TOWN.pages if page != "/alerts")
    assert ("/parking/permit", "/ar/permit") not in found
    assert not any(a == b for a, b in found)


def test_links_are_never_cut_off() -> None:
    """Every public link is a candidate, however few pairs a page may have."""
    links = [(ItemId("/zoo"), page) for page in TOWN.pages] + [(ItemId("/zoo"), ItemId("/elsewhere"))]
    found = named(candidate_pairs(TOWN.pages, TOWN, links=links, per_page=1), TOWN.pages)
    assert {b for a, b in found if a == "/zoo"} == set(TOWN.pages) - {"/zoo"}


def test_pairs_a_page_are_bounded() -> None:
    """A section of a thousand pages does not make a million pairs."""
    pages = tuple(ItemId(f"/news/{number:04}-item") for number in range(1000))
    pairs = candidate_pairs(pages, per_page=8)
    assert set(Counter(a for a, _ in pairs).values()) == {8}
    assert pairs == sorted(set(pairs))


def test_neighbours_in_a_section_are_the_nearest_by_path() -> None:
    """Without a word in common the section's pages nearest in order come first."""
    pages = tuple(ItemId(f"/s/{letter}{letter}") for letter in "abcdefgh")
    pairs = candidate_pairs(pages, per_page=7)
    assert {b for a, b in pairs if a == 0} == set(range(1, 8))


def test_a_page_that_stands_for_many_is_no_target() -> None:
    """It may be where people come from."""
    pages = (ItemId("/born"), ItemId("/born/:date"), ItemId("/born/where"))
    found = candidate_pairs(pages)
    assert (1, 0) in found
    assert all(b != 1 for _, b in found)


def test_the_pairs_make_a_candidates_file() -> None:
    """What is found prints and parses as the file that a release names."""
    made = Candidates.of(candidate_pairs(TOWN.pages, TOWN), pages=TOWN.pages)
    assert Candidates.parse(made.to_bytes()) == made
    assert made.public.count == len(made.pairs)
