"""The model card: what a model was made from, how good it is, and what it must not be used for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from consent_ledger import canonical
from edge_client.wire.catalogue import hash_pages
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Release
from model_export.card_page import print_card
from model_export.choosing.sizing import Fitted, Size
from model_export.learning.drift import resolve
from model_export.learning.evaluate import DECAY, RECENT, Accuracy, Figure
from model_export.learning.recipes import Settings
from model_export.spent import Spent, spent_by
from model_export.training import Trained

NOT_FOR = (
    "deciding anything about a person: eligibility, priority, fraud, enforcement or price",
    "inferring health, origin, belief or any other trait of a person from the pages visited",
    "hiding or reordering essential or emergency information",
    "running on a server over anybody's visits: it is made for the visitor's own device",
)
LIMITS = (
    "it knows which pages follow which, not why: a detour that many take looks like a good path",
    "pages that few visited are placed by their words alone",
    "a change of the site or of the season makes it stale; retrain when the catalogue changes",
)


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What `model.json` and `MODEL_CARD.md` say of one trained model."""

    trained: Trained
    releases: tuple[Release, ...]
    from_catalogue: bool
    renamed: Mapping[ItemId, ItemId] = field(default_factory=dict)

    @property
    def drift(self) -> dict[str, int]:
        """How far the model's pages are from the releases', and the share of moves that this lost."""
        pages, moved = set(self.trained.pages), resolve(self.renamed)
        named = {page for release in self.releases for page in release.pages}
        used = {moved.get(page, page) for page in named}
        weights = [cell for release in self.releases for cell in release.weights().items()]
        every = sum(weight for _, weight in weights)
        lost = sum(
            weight for pair, weight in weights if any(moved.get(page, page) not in pages for page in pair)
        )
        return {
            "moves_lost_milli": _milli(lost / every) if every else 0,
            "pages_gone": len(used - pages),
            "pages_new": len(pages - used),
            "pages_renamed": len(named & set(moved)),
        }

    def to_bytes(self) -> bytes:
        """The card as canonical JSON; shares are in thousandths, since canonical JSON has no fractions."""
        return canonical.encode(self.to_json())

    def to_json(self) -> dict[str, Any]:
        """The card as the JSON object that `docs/formats/model.md` describes."""
        trained, settings = self.trained, self.trained.settings
        return {
            "v": 2,
            "kind": "next-page",
            "site": self.releases[0].site,
            "file": {
                "bytes": len(trained.onnx_bytes),
                "sha256": hashlib.sha256(trained.onnx_bytes).hexdigest(),
            },
            "pages": len(trained.pages),
            "pages_from": "catalogue" if self.from_catalogue else "releases",
            "pages_hash": hash_pages(trained.pages),
            "input": {"decay_milli": _milli(DECAY), "recent": RECENT},
            "recipe": recipe_of(settings, tried=len(trained.trials)),
            "size": _sizes(trained.fitted, budget_bytes=settings.budget_bytes),
            "shipped": trained.shipped.value,
            "gate": {
                "on": trained.gated_on,
                "hit_at_5_milli": {
                    recipe.value: _milli(accuracy.hit.mean) for recipe, accuracy in trained.gate.items()
                },
            },
            "releases": [_release(release) for release in self.releases],
            "privacy": _spent(spent_by(self.releases)),
            "drift": self.drift,
            "accuracy": {recipe.value: _accuracy(found) for recipe, found in trained.accuracy.items()},
            "parity": {
                "largest_difference_nano": round(trained.parity.largest_difference * 1e9),
                "queries": trained.parity.queries,
            },
            "not_for": list(NOT_FOR),
            "limits": list(LIMITS),
        }

    def __str__(self) -> str:
        """The card in Markdown."""
        return print_card(self.trained, self.releases, drift=self.drift, not_for=NOT_FOR, limits=LIMITS)


def card_of(
    trained: Trained,
    releases: Sequence[Release],
    *,
    from_catalogue: bool,
    renamed: Mapping[ItemId, ItemId] | None = None,
) -> ModelCard:
    """The card of a model trained on `releases`; `renamed` says which of their pages is which of today's."""
    return ModelCard(trained, tuple(releases), from_catalogue, renamed or {})


def recipe_of(settings: Settings, *, tried: int) -> dict[str, Any]:
    """The settings of a model, and how many others were `tried`."""
    return {
        "content_share_milli": _milli(settings.content_share),
        "damping_milli": _milli(settings.damping),
        "half_life_milli_days": None if settings.half_life_days is None else _milli(settings.half_life_days),
        "kappa_milli": _milli(settings.kappa),
        "lift_milli": _milli(settings.lift),
        "mix_milli": _milli(settings.mix),
        "popularity_milli": _milli(settings.popularity),
        "power_milli": _milli(settings.power),
        "tried": tried,
    }


def _milli(value: float) -> int:
    return round(value * 1000)


def _sizes(fitted: Fitted, *, budget_bytes: int | None) -> dict[str, Any]:
    return {
        "budget_bytes": budget_bytes,
        "looked_at": [_size(size) for size in fitted.sizes],
        "shipped": _size(fitted.size),
    }


def _size(size: Size) -> dict[str, Any]:
    return {
        "bits": size.layout.bits,
        "brotli_bytes": size.brotli_bytes,
        "bytes": size.file_bytes,
        "entries": size.layout.entries,
        "hit_at_5_milli": _milli(size.hit),
        "kept_milli": _milli(size.kept),
        "ndcg_at_10_milli": _milli(size.ndcg),
        "rank": size.layout.rank,
        "spread": size.layout.spread.value,
    }


def _spent(spent: Spent | None) -> dict[str, Any]:
    """All releases together; null where no bound can be told."""
    if spent is None:
        return {"delta_exp": None, "epsilon_milli": None, "unit": None}
    return {"delta_exp": spent.delta_exp, "epsilon_milli": spent.epsilon_milli, "unit": spent.unit}


def _figure(figure: Figure) -> dict[str, int]:
    return {
        "high_milli": _milli(figure.high),
        "low_milli": _milli(figure.low),
        "mean_milli": _milli(figure.mean),
    }


def _accuracy(found: Accuracy) -> dict[str, Any]:
    return {
        "coverage_at_10_milli": _milli(found.coverage),
        "hit_at_5": _figure(found.hit),
        "hit_at_5_within_reach": _figure(found.hit_reachable),
        "ndcg_at_10": _figure(found.ndcg),
        "ndcg_at_10_within_reach": _figure(found.ndcg_reachable),
        "steps": found.steps,
        "steps_within_reach": found.reachable,
    }


def _release(release: Release) -> dict[str, Any]:
    privacy, public = release.privacy, release.candidates
    return {
        "bound": {"pairs": release.bound.pairs, "unit": release.bound.unit.value},
        "candidates": None if public is None else public.sha256,
        "delta_exp": privacy.delta_exp,
        "epsilon_milli": privacy.epsilon_milli,
        "k": privacy.k,
        "mechanism": privacy.mechanism.value,
        "parts": release.parts,
        "period": {"from": release.period.start, "to": release.period.end},
        "sha256": hashlib.sha256(release.to_bytes()).hexdigest(),
        "source": release.source.value,
        "threshold": release.threshold,
    }
