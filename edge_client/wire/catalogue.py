"""The catalogue: what an agency's site offers, equal for every visitor.

`catalogue.json` is canonical JSON.
The place of an item in it is the item's page index, in reports and in the model.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from edge_client.wire.paths import ItemId, scrub_path

MOST_ITEMS = 50_000
LONGEST_TEXT = 2_000
LONGEST_ALT = 200
_PICTURE_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_FIELDS = {"essential", "id", "kind", "lang", "life_events", "summary", "title", "topic", "translations"}


class ItemKind(StrEnum):
    """Whether an item informs, or lets something be done."""

    INFORMATION = "information"
    TRANSACTION = "transaction"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of an item: its name in the site's one file of pictures, and what it shows, in words.

    One file for all, fetched by everybody: a picture of its own would tell the network what was suggested.
    """

    name: str
    alt: str

    @classmethod
    def from_json(cls, value: object) -> Picture:
        """Read its JSON object; raises Malformed, also for a picture without words for it."""
        if not isinstance(value, dict) or set(value) != {"alt", "name"}:
            raise Malformed("catalogue: a picture is not a name and an alternative text")
        name, alt = _text(value["name"]), _text(value["alt"])
        if _PICTURE_NAME.fullmatch(name) is None:
            raise Malformed("catalogue: a picture's name is not small letters, digits and hyphens")
        if not alt.strip() or len(alt) > LONGEST_ALT:
            raise Malformed("catalogue: a picture's alternative text is empty or too long")
        return cls(name, alt)


@dataclass(frozen=True, slots=True)
class CatalogueItem:
    """One page that can be recommended; `id` is its scrubbed path."""

    id: ItemId
    title: str
    summary: str
    topic: str
    kind: ItemKind
    lang: str
    life_events: tuple[str, ...] = ()
    essential: bool = False
    translations: Mapping[str, ItemId] = field(default_factory=lambda: MappingProxyType({}))
    picture: Picture | None = None

    @classmethod
    def from_json(cls, value: object) -> CatalogueItem:
        """Read one item's JSON object; raises Malformed."""
        if not isinstance(value, dict) or set(value) - {"picture"} != _FIELDS:
            raise Malformed("catalogue: an item has missing or unknown fields")
        texts = {name: _text(value[name]) for name in ("id", "lang", "summary", "title", "topic")}
        if value["kind"] not in list(ItemKind) or not isinstance(value["essential"], bool):
            raise Malformed("catalogue: an item's kind or essential mark is not one of those known")
        if not isinstance(value["life_events"], list) or not isinstance(value["translations"], dict):
            raise Malformed("catalogue: an item's life events or translations have the wrong type")
        return cls(
            id=_item_id(texts["id"]),
            title=texts["title"],
            summary=texts["summary"],
            topic=texts["topic"],
            kind=ItemKind(value["kind"]),
            lang=texts["lang"],
            life_events=tuple(_text(event) for event in value["life_events"]),
            essential=value["essential"],
            translations=MappingProxyType(
                {lang: _item_id(_text(path)) for lang, path in sorted(value["translations"].items())}
            ),
            picture=Picture.from_json(value["picture"]) if "picture" in value else None,
        )

    def to_json(self) -> dict[str, Any]:
        """The item as the JSON object that `from_json` reads."""
        return {
            "essential": self.essential,
            "id": self.id,
            "kind": self.kind.value,
            "lang": self.lang,
            "life_events": list(self.life_events),
            "summary": self.summary,
            "title": self.title,
            "topic": self.topic,
            "translations": dict(self.translations),
            **({"picture": {"alt": self.picture.alt, "name": self.picture.name}} if self.picture else {}),
        }


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A site's items, sorted by id without doubles."""

    site: str
    items: tuple[CatalogueItem, ...]
    _index: Mapping[ItemId, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ids = [item.id for item in self.items]
        if any(earlier >= later for earlier, later in pairwise(ids)):
            raise Malformed("catalogue: items are not sorted by id without doubles")
        if len(ids) > MOST_ITEMS:
            raise Malformed("catalogue: too many items")
        object.__setattr__(self, "_index", MappingProxyType({item_id: at for at, item_id in enumerate(ids)}))

    @classmethod
    def parse(cls, data: bytes) -> Catalogue:
        """Read `catalogue.json`; what parses prints back byte for byte. Raises Malformed."""
        value = canonical.decode(data)
        if not isinstance(value, dict) or set(value) != {"items", "site", "v"}:
            raise Malformed("catalogue: not a version 1 catalogue")
        if value["v"] != 1 or isinstance(value["v"], bool):
            raise Malformed("catalogue: not a version 1 catalogue")
        if not isinstance(value["items"], list):
            raise Malformed("catalogue: items is not a list")
        # Canonical bytes, and no field left over or filled in: what was read prints back as it was.
        return cls(_text(value["site"]), tuple(CatalogueItem.from_json(item) for item in value["items"]))

    def to_bytes(self) -> bytes:
        """The catalogue as canonical JSON."""
        return canonical.encode({"items": [item.to_json() for item in self.items], "site": self.site, "v": 1})

    @property
    def pages(self) -> tuple[ItemId, ...]:
        """The ids of all items, in page index order."""
        return tuple(item.id for item in self.items)

    def index_of(self, item: ItemId) -> int | None:
        """The page index of `item`, or None when the catalogue does not hold it."""
        return self._index.get(item)

    def get(self, item: ItemId) -> CatalogueItem | None:
        """The item of that id, or None when the catalogue does not hold it."""
        at = self._index.get(item)
        return None if at is None else self.items[at]


def hash_pages(pages: tuple[ItemId, ...]) -> str:
    """Hex SHA-256 of the canonical JSON list of `pages`, to agree on before indexes are swapped."""
    return hashlib.sha256(canonical.encode(list(pages))).hexdigest()


def page_above(item: str, catalogue: Catalogue) -> ItemId | None:
    """Return the page of the catalogue that `item` is, or is a step of: the form of a page lies below it."""
    while item and catalogue.get(ItemId(item)) is None:
        item = item.rpartition("/")[0]
    return ItemId(item) if item else None


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise Malformed("catalogue: a text is not a string of acceptable length")
    return value


def _item_id(text: str) -> ItemId:
    if scrub_path(text) != text:
        raise Malformed("catalogue: an item's id is not a scrubbed path")
    return ItemId(text)
