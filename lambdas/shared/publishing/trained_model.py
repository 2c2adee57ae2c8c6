"""A trained model as an agency hands it in: `model.onnx` and `model.json`, its card, held against each other.

The format is `docs/formats/model.md`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.fields import Fields
from edge_client.wire.catalogue import MOST_ITEMS, Catalogue, hash_pages

_OBJECTS: Final = ("accuracy", "gate", "input", "parity", "recipe")
_OBJECTS_SINCE_2: Final = ("drift", "privacy", "size")
_LISTS: Final = ("limits", "not_for", "releases")
_MOST_ROWS: Final = 1000
PAGED: Final = 3
"""The version of a card whose model nobody trained: it was paged, or made of a catalogue's own words."""


@dataclass(frozen=True, slots=True)
class MadeFrom:
    """What a paged model was made from, SHA-256 in hex: the model and the card that people decided on, and
    the catalogue whose pages they are of."""

    model: str
    card: str
    catalogue: str

    @classmethod
    def of(cls, value: canonical.Json) -> MadeFrom:
        """Read it. Raises `Malformed`."""
        fields = Fields(value, "model: made from")
        model, card, catalogue = (fields.hex(name, 32).hex() for name in ("model", "card", "catalogue"))
        fields.done()
        return cls(model, card, catalogue)

    def to_json(self) -> dict[str, canonical.Json]:
        """Print what `of` reads."""
        return {"model": self.model, "card": self.card, "catalogue": self.catalogue}


@dataclass(frozen=True, slots=True)
class Card:
    """What a card says that can be checked: the bytes that it speaks of, and the pages of the model.

    `is_paged` says that nobody trained it: it was made from `made_from`, or for None of words alone.
    """

    file_bytes: int
    file_sha256: bytes
    pages: int
    pages_hash: bytes
    is_paged: bool = False
    made_from: MadeFrom | None = None

    @classmethod
    def parse(cls, raw: bytes) -> Card:
        """Read a card. Raises `Malformed` with the field that is wrong."""
        fields = Fields(canonical.decode(raw), "model card")
        version = fields.whole("v", low=1, high=PAGED)
        fields.text("kind", pattern="next-page")
        for name in ("site", "shipped", "pages_from"):
            fields.text(name)
        for name in (*_OBJECTS, *(_OBJECTS_SINCE_2 if version > 1 else ())):
            if not isinstance(fields.take(name), dict):
                raise Malformed(f"model card: {name} is not an object")
        for name in _LISTS:
            fields.rows(name, max_length=_MOST_ROWS)
        source = fields.take("paged_from") if version == PAGED else None
        file = Fields(fields.take("file"), "model card: file")
        card = cls(
            file_bytes=file.whole("bytes"),
            file_sha256=file.hex("sha256", 32),
            pages=fields.whole("pages", high=MOST_ITEMS),
            pages_hash=fields.hex("pages_hash", 32),
            is_paged=version == PAGED,
            made_from=None if source is None else MadeFrom.of(source),
        )
        file.done()
        fields.done()
        return card

    def is_of(self, catalogue: Catalogue) -> bool:
        """Whether the model is one of these pages, in this order."""
        return (self.pages, self.pages_hash.hex()) == (len(catalogue.items), hash_pages(catalogue.pages))


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
    if not card.is_of(catalogue):
        raise Untrue("model: trained for another catalogue")
    return model


def check_trained(card: bytes, *, noun: str) -> None:
    """Raise `Refused` for the card of a model that nobody trained, `Malformed` for no card."""
    # Whose model it counts as is what its card says, and who hands it in could say anything.
    if Card.parse(card).is_paged:
        raise Refused(f"{noun}: a model that was paged is made when it is published, and not handed in")


def source_of(model: bytes, card: bytes, *, catalogue: str) -> MadeFrom | None:
    """What these are made anew from for other pages: what they were made from, or else they themselves.

    None for words alone. `catalogue` is the SHA-256 of that whose pages they are of. Raises `Malformed`.
    """
    read = Card.parse(card)
    if read.is_paged:
        return read.made_from
    return MadeFrom(hashlib.sha256(model).hexdigest(), hashlib.sha256(card).hexdigest(), catalogue)
