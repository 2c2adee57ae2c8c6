"""A trained model as an agency hands it in: `model.onnx` and `model.json`, its card, held against each other.

The format is `docs/formats/model.md`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.fields import Fields
from edge_client.wire.catalogue import MOST_ITEMS, Catalogue, hash_pages

_OBJECTS: Final = ("accuracy", "gate", "input", "parity", "recipe")
_OBJECTS_SINCE_2: Final = ("drift", "privacy", "size")
_LISTS: Final = ("limits", "not_for", "releases")
_MOST_ROWS: Final = 1000


@dataclass(frozen=True, slots=True)
class Card:
    """What a card says that can be checked: the bytes that it speaks of, and the pages of the model."""

    file_bytes: int
    file_sha256: bytes
    pages: int
    pages_hash: bytes

    @classmethod
    def parse(cls, raw: bytes) -> Card:
        """Read a card. Raises `Malformed` with the field that is wrong."""
        fields = Fields(canonical.decode(raw), "model card")
        version = fields.whole("v", low=1, high=2)
        fields.text("kind", pattern="next-page")
        for name in ("site", "shipped", "pages_from"):
            fields.text(name)
        for name in (*_OBJECTS, *(_OBJECTS_SINCE_2 if version > 1 else ())):
            if not isinstance(fields.take(name), dict):
                raise Malformed(f"model card: {name} is not an object")
        for name in _LISTS:
            fields.rows(name, max_length=_MOST_ROWS)
        file = Fields(fields.take("file"), "model card: file")
        card = cls(
            file_bytes=file.whole("bytes"),
            file_sha256=file.hex("sha256", 32),
            pages=fields.whole("pages", high=MOST_ITEMS),
            pages_hash=fields.hex("pages_hash", 32),
        )
        file.done()
        fields.done()
        return card


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """The exact bytes of both files, found to belong together."""

    onnx: bytes
    card: bytes


def check_model(model: TrainedModel, catalogue: Catalogue) -> TrainedModel:
    """Return a model that is one of the catalogue's pages.

    Raises `Malformed` for a card that is none, `Untrue` where card, model and catalogue contradict each
    other.
    """
    card = Card.parse(model.card)
    if (card.file_bytes, card.file_sha256) != (len(model.onnx), hashlib.sha256(model.onnx).digest()):
        raise Untrue("model: the card is not that of model.onnx")
    # An index that means another page on the device would suggest something nobody asked for.
    if (card.pages, card.pages_hash.hex()) != (len(catalogue.items), hash_pages(catalogue.pages)):
        raise Untrue("model: trained for another catalogue")
    return model
