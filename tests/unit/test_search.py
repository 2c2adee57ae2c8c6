"""A search on the device: what is found in a site's index, and how far what was looked at moves it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from consent_ledger import canonical
from demo.catalogue import catalogue_of
from demo.content import load_pages
from demo.pictures import load_pictures
from edge_client.signals.words import words_of
from nearside.commands.index import index
from nearside.search_index import MOST_WORDS, search_indexes, telling_words
from tests.support.city import catalogue
from tests.support.node_twin import Twin, in_javascript

CONTENT = Path(__file__).resolve().parent.parent.parent / "demo" / "content"
SWAY = 0.5


@pytest.fixture(scope="module")
def searched() -> Iterator[Twin]:
    """What pages run."""
    with in_javascript(Path(__file__).parent.parent / "support" / "searching.mjs") as run:
        yield run


@pytest.fixture(scope="module")
def indexes() -> dict[str, dict[str, Any]]:
    """The demo city's indexes, by language."""
    pages = load_pages(CONTENT)
    built = search_indexes(
        catalogue_of(pages, load_pictures(CONTENT / "pictures.yaml")), {page.id: page.body for page in pages}
    )
    return {lang: canonical.decode_object(raw) for lang, raw in built.items()}


def test_an_index_is_of_one_language_and_the_same_however_often_it_is_made(
    indexes: dict[str, dict[str, Any]],
) -> None:
    """Every page of the catalogue is in one of them, sensitive ones as well, with words of its own text."""
    assert set(indexes) == {"ar", "en"}
    by_id = {page["id"]: page for page in indexes["en"]["pages"]}
    assert "/registration/register-death" in by_id
    assert not any(item.startswith("/ar") for item in by_id)
    assert all(len(page["words"].split()) <= MOST_WORDS for page in by_id.values())
    permit = by_id["/parking/resident-permit"]
    assert "permit" not in permit["words"].split()
    assert search_indexes(catalogue()) == search_indexes(catalogue())


def test_words_that_every_page_has_tell_nothing() -> None:
    """What tells one page from the others comes before what all of them say."""
    texts = {str(at): "the city and the city " + f"page{'abc'[at]} " * 2 for at in range(3)}
    assert telling_words(texts)["1"] == ("and", "city", "pageb", "the")
    many = {
        name: f"{text} {' '.join(f'{name}x' + 'y' * at for at in range(25))}" for name, text in texts.items()
    }
    assert "city" in telling_words(many)["0"]
    assert telling_words({"a": ""}) == {"a": ()}


@pytest.mark.parametrize(
    ("lang", "query", "first"),
    [
        ("en", "Pay a parking fine", "/parking/pay-fine"),
        ("en", "resident permits", "/parking/resident-permit"),
        ("en", "RESIDENT PERMIT?", "/parking/resident-permit"),
        ("en", "visiter permit", "/parking/visitor-permit"),
        ("en", "register death", "/registration/register-death"),
        ("en", "bin collec", "/waste/collection-days"),
        ("en", "parking zzzzqq", "/parking/zones"),
        ("ar", "تصريح وقوف", "/ar/parking/resident-permit"),
        ("ar", "التصريح", "/ar/parking/resident-permit"),
        ("ar", "ايام جمع النفايات", "/ar/waste/collection-days"),
    ],
)
def test_what_was_typed_is_found_in_its_language(
    searched: Twin, indexes: dict[str, dict[str, Any]], lang: str, query: str, first: str
) -> None:
    """Whatever its case, plural, article, hamza or a letter amiss; words that nothing has are passed over."""
    (found,) = searched({"index": indexes[lang], "queries": [query]})
    assert found[0]["id"] == first


def test_nothing_is_found_for_nothing(searched: Twin, indexes: dict[str, dict[str, Any]]) -> None:
    """No words, no letters, or words that no page has."""
    found = searched({"index": indexes["en"], "queries": ["", "   ", "?!", "qqqqzzzz", "٪"]})
    assert found == [[], [], [], [], []]


def test_a_page_that_is_called_what_was_typed_is_first(
    searched: Twin, indexes: dict[str, dict[str, Any]]
) -> None:
    """For every page of the city, by its own title."""
    pages = indexes["en"]["pages"] + indexes["ar"]["pages"]
    for lang, built in indexes.items():
        titles = [page["title"] for page in built["pages"]]
        for page, found in zip(built["pages"], searched({"index": built, "queries": titles}), strict=True):
            assert found[0]["exact"], (lang, page["title"])
            assert found[0]["id"] == page["id"] or titles.count(page["title"]) > 1
    assert len(pages) > 100


def test_a_page_that_is_called_what_was_typed_is_first_however_many_are_worth_more(searched: Twin) -> None:
    """On a site where more pages than are shown say the word in all that they say."""
    said = {"summary": "Parking", "topic": "parking", "words": "parking"}
    others = [{"id": f"/permits/{at}", "title": f"Parking permits {at}", **said} for at in range(80)]
    named = {"id": "/parking", "title": "Parking", "summary": "", "topic": "roads", "words": ""}
    (found,) = searched({"index": {"v": 1, "lang": "en", "pages": [*others, named]}, "queries": ["parking"]})
    assert (found[0]["id"], len(found)) == ("/parking", 50)


def test_words_have_the_forms_that_rules_know(searched: Twin) -> None:
    """What a rule would be told of a search finds the page, too: one form of a word on both ways."""
    words = words_of("permits المواقف bins")
    pages = [{"id": "/a", "title": " ".join(words), "summary": "", "topic": "", "words": ""}]
    small = {"v": 1, "lang": "en", "pages": pages}
    found = searched({"index": small, "queries": ["permits", "المواقف", "bins"]})
    assert [len(each) for each in found] == [1, 1, 1]


RESULTS = st.lists(
    st.tuples(st.floats(0.01, 100, allow_nan=False), st.booleans(), st.booleans(), st.integers(0, 1000)),
    max_size=30,
).map(lambda rows: sorted(rows, key=lambda row: (not row[1], -row[0])))


@given(RESULTS)
def test_text_comes_before_what_is_near(searched: Twin, rows: list[tuple[float, bool, bool, int]]) -> None:
    """Each is there once. Whatever was looked at: a page called what was typed and a sensitive one keep their
    place; no other passes one whose words are worth half as much again; and what says why stands further up
    than by the words."""
    found = [{"id": f"/{at}", "score": row[0], "exact": row[1]} for at, row in enumerate(rows)]
    near = [[f"/{at}", row[3], f"Page {at}"] for at, row in enumerate(rows) if row[3]]
    still = [f"/{at}" for at, row in enumerate(rows) if row[2]]
    placed = searched({"found": found, "order": {"near": near, "still": still}})
    order = [int(name[1:]) for name, _ in placed]
    assert sorted(order) == list(range(len(rows)))
    for at, row in enumerate(rows):
        if row[1] or row[2]:
            assert order[at] == at
    for place, one in enumerate(order):
        for other in order[place + 1 :]:
            if not (rows[one][2] or rows[other][2]):
                assert rows[other][1] <= rows[one][1]
                assert rows[other][0] <= rows[one][0] * (1 + SWAY) + 1e-9 or rows[one][1] or rows[other][1]
        because = placed[place][1]
        assert because == (f"Page {one}" if place < one and rows[one][3] else None)


def test_without_an_order_the_words_alone_count(searched: Twin) -> None:
    """No yes, nothing looked at, or no answer of the device yet: nothing is moved, and nothing says why."""
    found = [{"id": f"/{at}", "score": 9 - at, "exact": False} for at in range(5)]
    for order in (None, {"near": [], "still": ["/1"]}, {"near": [["/not-found", 1000, "A"]], "still": []}):
        assert searched({"found": found, "order": order}) == [[f"/{at}", None] for at in range(5)]
    order = {"near": [["/2", 1000, "Zones"]], "still": []}
    assert searched({"found": found, "order": order})[0] == ["/2", "Zones"]


def test_the_command_writes_a_file_a_language(tmp_path: Path) -> None:
    """The same bytes as the function's; what is no catalogue, or no texts, is said in one line."""
    (tmp_path / "catalogue.json").write_bytes(catalogue().to_bytes())
    (tmp_path / "texts.json").write_text('{"/bins/new": "wheelie bins of all colours"}', "utf-8")
    arguments = [str(tmp_path / "catalogue.json"), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(index, [*arguments, "--texts", str(tmp_path / "texts.json")])
    assert done.exit_code == 0, done.output
    made = (tmp_path / "out" / "en.json").read_bytes()
    assert made == search_indexes(catalogue(), {"/bins/new": "wheelie bins of all colours"})["en"]
    assert b"wheelie" in made
    for name, text in (("texts.json", "[]"), ("texts.json", "{"), ("catalogue.json", "{}")):
        (tmp_path / name).write_text(text, "utf-8")
        done = CliRunner().invoke(index, [*arguments, "--texts", str(tmp_path / "texts.json")])
        assert done.exit_code == 2
        assert done.output.count("\n") == 1
