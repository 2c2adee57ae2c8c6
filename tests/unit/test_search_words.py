"""Of a search nothing is kept but words of the site's own titles, in Python and on the page alike."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_client.signals.words import lexicon_of, scrub_query, words_of
from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind
from edge_client.wire.paths import ItemId

ROOT = Path(__file__).resolve().parent.parent.parent
TWIN = ROOT / "tests/support/words.mjs"
VECTORS = json.loads((ROOT / "tests/vectors/search_words.json").read_text("utf-8"))["vectors"]


def in_javascript(queries: list[str], known: list[str]) -> list[list[list[str]]]:
    """Let the page's own code take each query apart: its words, and those of them that are known."""
    done = subprocess.run(
        ["node", str(TWIN)],
        input=json.dumps({"queries": queries, "known": known}),
        capture_output=True,
        text=True,
        check=True,
    )
    said: list[list[list[str]]] = json.loads(done.stdout)
    return said


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["why"])
def test_every_vector_holds_in_python(vector: dict[str, object]) -> None:
    """Each says what of a query are words."""
    assert list(words_of(str(vector["query"]))) == vector["words"]


def test_every_vector_holds_on_the_page() -> None:
    """The twin takes the same queries apart alike."""
    said = in_javascript([vector["query"] for vector in VECTORS], [])
    assert [words for words, _ in said] == [vector["words"] for vector in VECTORS]


@settings(max_examples=10, deadline=None)
@given(queries=st.lists(st.text(st.characters(codec="utf-8"), max_size=40), min_size=20, max_size=60))
def test_both_take_any_text_apart_alike(queries: list[str]) -> None:
    """Letters, digits, marks and spaces of every script, and some known words among them."""
    known = sorted({word for query in queries[::2] for word in words_of(query)})
    expected = [(list(words_of(query)), scrub_query(query, known)) for query in queries]
    assert [(words, tuple(sorted(left))) for words, left in in_javascript(queries, known)] == expected


def item(path: str, title: str, topic: str) -> CatalogueItem:
    """One page."""
    return CatalogueItem(ItemId(path), title, "", topic, ItemKind.INFORMATION, "en")


def test_a_word_speaks_for_the_topic_of_most_pages_with_it() -> None:
    """Where no topic has most of them, or it is a sensitive one, the word says nothing."""
    pages = Catalogue(
        "smallville",
        (
            item("/a", "Parking permits for carers", "parking"),
            item("/b", "Pay for a permit", "parking"),
            item("/c", "Pay a bill", "bills"),
            item("/d", "Help for carers", "care"),
            item("/e", "Carers and their rights", "care"),
        ),
    )
    found = lexicon_of(pages, lambda page: page in ("/d", "/e"))
    assert found == {"parking": "parking", "permit": "parking", "bill": "bills"}
