"""The model card: what a model was made from, how good it is, and what it must not be used for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from consent_ledger import canonical
from edge_client.wire.catalogue import hash_pages
from edge_client.wire.release import Release
from model_export.evaluate import DECAY, HIT_AT, NDCG_AT, RECENT, Accuracy, Figure
from model_export.training import Recipe, Trained

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
    """`model.json` and `MODEL_CARD.md` of one trained model."""

    trained: Trained
    releases: tuple[Release, ...]
    from_catalogue: bool

    def to_bytes(self) -> bytes:
        """The card as canonical JSON; shares are in thousandths, since canonical JSON has no fractions."""
        return canonical.encode(self.to_json())

    def to_json(self) -> dict[str, Any]:
        """The card as the JSON object that `docs/formats/model.md` describes."""
        trained, settings = self.trained, self.trained.settings
        return {
            "v": 1,
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
            "recipe": {
                "content_share_milli": _milli(settings.content_share),
                "damping_milli": _milli(settings.damping),
                "kappa_milli": _milli(settings.kappa),
                "popularity_milli": _milli(settings.popularity),
                "top_k": settings.top_k,
            },
            "shipped": trained.shipped.value,
            "gate": {
                "on": trained.gated_on,
                "hit_at_5_milli": {
                    recipe.value: _milli(accuracy.hit.mean) for recipe, accuracy in trained.gate.items()
                },
            },
            "releases": [_release(release) for release in self.releases],
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
        trained, settings = self.trained, self.trained.settings
        lines = [
            f"# Model card: next pages of {self.releases[0].site}",
            "",
            "Ranks the pages that a visitor may want next, on the visitor's own device.",
            "",
            "## Made from",
            "",
            *(_release_line(release) for release in self.releases),
            "",
            "Nothing else about any visit was read in training.",
            "",
            "## The model",
            "",
            f"- Ships: {trained.shipped.value}, chosen on {trained.gated_on}: {_gate_line(trained)}.",
            f"- {len(trained.pages)} pages, the {settings.top_k} nearest of each in eight bits; content"
            f" weighs {settings.kappa:g} visits a page and {settings.content_share:g} a visit counted;"
            f" {len(trained.onnx_bytes)} bytes.",
            f"- ONNX Runtime and the reference agree on {trained.parity.queries} queries; the largest"
            f" difference of a score is {trained.parity.largest_difference:.2g}.",
            "",
            "## Accuracy",
            "",
            *_accuracy_lines(trained),
            "",
            "## Not for",
            "",
            *(f"- {use}" for use in NOT_FOR),
            "",
            "## Limits",
            "",
            *(f"- {limit}" for limit in LIMITS),
            "",
        ]
        return "\n".join(lines)


def card_of(trained: Trained, releases: Sequence[Release], *, from_catalogue: bool) -> ModelCard:
    """The card of a model trained on `releases`."""
    return ModelCard(trained, tuple(releases), from_catalogue)


def _milli(value: float) -> int:
    return round(value * 1000)


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
    privacy = release.privacy
    return {
        "bound": {"pairs": release.bound.pairs, "unit": release.bound.unit.value},
        "delta_exp": privacy.delta_exp,
        "epsilon_milli": privacy.epsilon_milli,
        "k": privacy.k,
        "mechanism": privacy.mechanism.value,
        "period": {"from": release.period.start, "to": release.period.end},
        "sha256": hashlib.sha256(release.to_bytes()).hexdigest(),
        "source": release.source.value,
    }


def _release_line(release: Release) -> str:
    privacy, totals = release.privacy, release.totals
    noise = "no noise"
    if privacy.epsilon_milli is not None:
        delta = "" if privacy.delta_exp is None else f", delta 1e-{privacy.delta_exp}"
        noise = f"{privacy.mechanism.value} noise, epsilon {privacy.epsilon_milli / 1000:g}{delta}"
    period = f"{release.period.start} to {release.period.end}" if release.period.start else "period not told"
    return (
        f"- {totals['kept_moves']} moves over {totals['kept_cells']} pairs of pages"
        f" ({release.source.value}; {period}): k = {privacy.k}, {noise},"
        f" at most {release.bound.pairs} pairs a {release.bound.unit.value}."
    )


def _gate_line(trained: Trained) -> str:
    return f"hit@{HIT_AT} " + ", ".join(
        f"{found.hit.mean:.3f} {recipe.value}" for recipe, found in trained.gate.items()
    )


def _accuracy_lines(trained: Trained) -> list[str]:
    if not trained.accuracy:
        return ["No sequences were held out, so nothing is claimed."]
    found = next(iter(trained.accuracy.values()))
    rows = [
        f"{found.steps} steps of held-out sequences, {found.reachable} of them to a page that the model has"
        f" (within reach); 95 % intervals in brackets.",
        "",
        f"| recipe | hit@{HIT_AT} | within reach | NDCG@{NDCG_AT} | coverage@{NDCG_AT} |",
        "| --- | --- | --- | --- | --- |",
    ]
    for recipe in Recipe:
        if recipe in trained.accuracy:
            found = trained.accuracy[recipe]
            rows.append(
                f"| {recipe.value} | {_interval(found.hit)} | {_interval(found.hit_reachable)} |"
                f" {_interval(found.ndcg)} | {found.coverage:.3f} |"
            )
    return rows


def _interval(figure: Figure) -> str:
    return f"{figure.mean:.3f} [{figure.low:.3f}, {figure.high:.3f}]"
