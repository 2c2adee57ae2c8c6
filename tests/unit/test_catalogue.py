"""A catalogue is read strictly and names its pages by place."""

from __future__ import annotations

from typing import Any

import pytest

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind, Picture
from edge_client.wire.paths import ItemId

PERMIT: dict[str, Any] = {
    "essential": False,
    "id": "/parking/resident-permit",
    "kind": "transaction",
    "lang": "en",
    "life_events": ["moving"],
    "summary": "Park near your home",
    "title": "Resident permit",
    "topic": "parking",
    "translations": {"ar": "/ar/parking/resident-permit"},
}
HOME = PERMIT | {"essential": True, "id": "/", "kind": "information", "translations": {}}


def text(*items: object, **other: object) -> bytes:
    """A catalogue of these items."""
    return canonical.encode({"items": list(items), "site": "riverton", "v": 1} | other)


def test_a_catalogue_prints_back_as_it_was_read() -> None:
    """What parses prints back byte for byte, and every field arrives."""
    catalogue = Catalogue.parse(text(HOME, PERMIT))
    assert catalogue.to_bytes() == text(HOME, PERMIT)
    item = catalogue.items[1]
    assert (item.kind, item.life_events) == (ItemKind.TRANSACTION, ("moving",))
    assert item.translations == {"ar": "/ar/parking/resident-permit"}
    assert catalogue.items[0].essential


def test_an_item_may_have_a_picture_with_words_for_it() -> None:
    """It is named, and has no address: one without words, or with an address, is in the list below."""
    drawn = HOME | {"picture": {"name": "home", "alt": "A house with a garden"}}
    catalogue = Catalogue.parse(text(drawn, PERMIT))
    assert catalogue.to_bytes() == text(drawn, PERMIT)
    assert catalogue.items[0].picture == Picture("home", "A house with a garden")
    assert catalogue.items[1].picture is None


def test_an_items_place_is_its_page_index() -> None:
    """Device, task and model name a page by one number."""
    catalogue = Catalogue.parse(text(HOME, PERMIT))
    assert catalogue.pages == ("/", "/parking/resident-permit")
    assert [catalogue.index_of(page) for page in catalogue.pages] == [0, 1]
    assert catalogue.index_of(ItemId("/nowhere")) is None
    assert catalogue.get(ItemId("/nowhere")) is None
    assert catalogue.get(ItemId("/")) == catalogue.items[0]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        text(HOME, PERMIT) + b"\n",
        text(HOME, PERMIT, v=True),
        text(PERMIT, HOME),
        text(HOME, HOME),
        text(HOME, v=2),
        text(HOME, extra=1),
        text(HOME, site=3),
        text(HOME, items={}),
        text(7),
        text(HOME | {"kind": "advert"}),
        text(HOME | {"kind": ["information"]}),
        text(HOME | {"kind": {}}),
        text(HOME | {"essential": 1}),
        text(HOME | {"life_events": "moving"}),
        text(HOME | {"translations": []}),
        text(HOME | {"title": "x" * 2001}),
        text(HOME | {"id": "/a/"}),
        text(HOME | {"id": "/case/1234567"}),
        text(HOME | {"translations": {"ar": "https://elsewhere.example/"}}),
        text({name: value for name, value in HOME.items() if name != "topic"}),
        text(HOME | {"owner": "x"}),
        text(HOME | {"picture": None}),
        text(HOME | {"picture": {"name": "home"}}),
        text(HOME | {"picture": {"name": "home", "alt": ""}}),
        text(HOME | {"picture": {"name": "home", "alt": " "}}),
        text(HOME | {"picture": {"name": "home", "alt": "x" * 201}}),
        text(HOME | {"picture": {"name": "https://elsewhere.example/a.png", "alt": "A house"}}),
        text(HOME | {"picture": {"name": "/home.svg#home", "alt": "A house"}}),
        text(HOME | {"picture": {"name": "home", "alt": "A house", "src": "/a.png"}}),
    ],
)
def test_anything_else_is_malformed(data: bytes) -> None:
    """No catalogue is read that another reader could read differently."""
    with pytest.raises(Malformed):
        Catalogue.parse(data)


def test_an_item_from_code_needs_no_translations() -> None:
    """What is left out is empty."""
    item = CatalogueItem(ItemId("/a"), "A", "", "", ItemKind.INFORMATION, "en")
    assert CatalogueItem.from_json(item.to_json()) == item
