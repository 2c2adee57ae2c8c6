"""The card of a model that was paged: the card of what it was made from, with what is measured anew."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from consent_ledger import canonical
from edge_client.wire.catalogue import Catalogue, hash_pages
from model_export.card import LIMITS, NOT_FOR, recipe_of
from model_export.learning.evaluate import DECAY, RECENT
from model_export.learning.recipes import Recipe, Settings
from model_export.shipping.parity import Parity

_NOTHING_SPENT: Final[Mapping[str, None]] = {"delta_exp": None, "epsilon_milli": None, "unit": None}
_MILLI: Final = 1000


@dataclass(frozen=True, slots=True)
class Paged:
    """A file for the pages of a catalogue, and what is told of it: `lost` is a share from 0 to 1."""

    onnx_bytes: bytes
    catalogue: Catalogue
    parity: Parity
    new: int
    gone: int = 0
    renamed: int = 0
    lost: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """The fields of a card that are measured anew."""
        pages = self.catalogue.pages
        return {
            "v": 3,
            "file": {"bytes": len(self.onnx_bytes), "sha256": _digest(self.onnx_bytes)},
            "pages": len(pages),
            "pages_from": "catalogue",
            "pages_hash": hash_pages(pages),
            "drift": {
                "moves_lost_milli": round(_MILLI * self.lost),
                "pages_gone": self.gone,
                "pages_new": self.new,
                "pages_renamed": self.renamed,
            },
            "parity": {
                "largest_difference_nano": round(self.parity.largest_difference * 1e9),
                "queries": self.parity.queries,
            },
        }


def paged_card(card: Mapping[str, Any], made: Paged, *, of: tuple[bytes, bytes, bytes]) -> bytes:
    """The card of a model that was made `of` these: model, its `card` as it was read, and its catalogue.

    All that people decided by stays as it was told of that model.
    """
    model, printed, catalogue = (_digest(raw) for raw in of)
    # Version 1 told neither; what is not known is not made up.
    older = {"privacy": _NOTHING_SPENT, "size": {}}
    paged_from = {"card": printed, "catalogue": catalogue, "model": model}
    return canonical.encode({**older, **card, **made.to_json(), "paged_from": paged_from})


def card_of_words(made: Paged, by: Settings, *, most_bytes: int) -> bytes:
    """The card of a model that was made of a catalogue's own words."""
    return canonical.encode(
        {
            "kind": "next-page",
            "site": made.catalogue.site,
            "input": {"decay_milli": round(_MILLI * DECAY), "recent": RECENT},
            "recipe": recipe_of(by, tried=0),
            "size": {"budget_bytes": most_bytes, "looked_at": [], "shipped": {}},
            "shipped": Recipe.CONTENT.value,
            "gate": {"on": "nothing", "hit_at_5_milli": {}},
            "releases": [],
            "privacy": _NOTHING_SPENT,
            "accuracy": {},
            "not_for": list(NOT_FOR),
            "limits": list(LIMITS),
            **made.to_json(),
            "paged_from": None,
        }
    )


def settings_of(card: Mapping[str, Any]) -> Settings:
    """The settings that a model was made with, as far as its card tells; the usual ones for all else."""
    recipe, usual = card.get("recipe"), Settings()

    def told(name: str, otherwise: float, *, low: float, high: float) -> float:
        value = recipe.get(f"{name}_milli") if isinstance(recipe, dict) else None
        found = value / _MILLI if isinstance(value, int) and not isinstance(value, bool) else otherwise
        return min(max(found, low), high)

    return Settings(
        kappa=told("kappa", usual.kappa, low=0.0, high=1e6),
        content_share=told("content_share", usual.content_share, low=0.0, high=1e6),
        damping=told("damping", usual.damping, low=0.001, high=1e6),
        popularity=told("popularity", usual.popularity, low=0.001, high=1e3),
        power=told("power", usual.power, low=0.001, high=1.0),
        lift=told("lift", usual.lift, low=0.0, high=0.999),
    )


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
